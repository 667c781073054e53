"""The trust card of a dataset: what somebody claims of it, and for each claim the evidence, or that there is none.

`proven`: the machine has checked it and says where anyone can see that. `said`: a person or organisation says so, and
is named. `none`: nobody has shown anything. Nothing here names a column, and few users are not counted out.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from aifactory.audit.models import Event, Seal
from aifactory.datasets import contracts, details, queries
from aifactory.datasets.dataspace.models import Transfer
from aifactory.datasets.guards import signs_of_personal_data
from aifactory.datasets.models import Agreement, Dataset, DatasetVersion, Offer
from aifactory.datasets.processing import words
from aifactory.datasets.processing.queries import said_of, today
from aifactory.datasets.processing.said import Said, missing
from aifactory.datasets.small_cells import FLOOR
from aifactory.kit.bilingual import Text
from aifactory.people.models import User
from aifactory.people.rules import can_view, visible

PROVEN, SAID, NONE = "proven", "said", "none"


@dataclass(frozen=True)
class Evidence:
    """Where one can look: an address (a path is one here), a digest, or both."""

    what: Text
    link: str = ""
    digest: str = ""

    def document(self) -> dict[str, Any]:
        """Return it as JSON."""
        return {"what": self.what.plain(), "link": self.link, "digest": self.digest}


@dataclass(frozen=True)
class Line:
    """One claim; without evidence its standing is `none`."""

    id: str
    title: Text
    says: Text
    standing: str
    evidence: tuple[Evidence, ...] = ()

    def __post_init__(self) -> None:
        if (self.standing == NONE) == bool(self.evidence):
            raise ValueError(
                f"The line {self.id} is {self.standing} with {len(self.evidence)} pieces of evidence."
            )

    def document(self) -> dict[str, Any]:
        """Return it as JSON, in both languages."""
        return {
            "id": self.id, "title": self.title.plain(), "says": self.says.plain(), "standing": self.standing,
            "evidence": [one.document() for one in self.evidence],
        }  # fmt: skip


def card(dataset: Dataset, viewer: Any) -> list[Line]:
    """Return the lines of a dataset's card as this viewer may read them. About ten queries, whatever its size."""
    return [*_Card(dataset, viewer if isinstance(viewer, User) else None).lines()]


class _Card:
    """One dataset as one viewer sees it; what several lines need is read once."""

    def __init__(self, dataset: Dataset, viewer: User | None) -> None:
        self.dataset, self.viewer = dataset, viewer

    @cached_property
    def version(self) -> DatasetVersion | None:
        found = queries.latest(self.dataset)
        if found:
            found.dataset = self.dataset
        return found

    @cached_property
    def inside(self) -> bool:
        """Whether files and columns may be named to this viewer."""
        return self.version is not None and queries.report_for(self.version, self.viewer) is not None

    def lines(self) -> Iterator[Line]:
        yield self._checksums()
        yield self._inspection()
        yield self._scan()
        yield self._drift()
        yield self._terms()
        yield self._contract()
        yield self._logged()
        yield self._source()
        if self.dataset.contains_personal_data:
            said = said_of(self.dataset)
            yield self._ground(said)
            yield self._people(said)
        yield self._accountable()

    def _checksums(self) -> Line:
        title = Text(en="The files are what was uploaded", nl="De bestanden zijn wat er is aangeleverd")
        event = self._event("version:publish")
        if self.version is None or event is None:
            return Line("checksums", title, NO_VERSION, NONE)
        says = Text(
            en="Every file was hashed again when the version was published, and is hashed again before each use.",
            nl="Elk bestand is bij publicatie opnieuw gehasht, en wordt voor elk gebruik opnieuw gehasht.",
        )
        manifest = f"/datasets/versions/{self.version.pk}/manifest.json" if self.inside else ""
        seen = Evidence(
            Text(en="Checksum over all files", nl="Controlegetal over alle bestanden"), manifest,
            self.version.digest,
        )  # fmt: skip
        return Line("checksums", title, says, PROVEN, (seen, self._in_log(event)))

    def _inspection(self) -> Line:
        title = Text(en="It was inspected", nl="Het is doorgelicht")
        if self.version is None:
            return Line("inspection", title, NO_VERSION, NONE)
        says = Text(
            en="The factory inspected the files itself. The report is bound to them and to every agreement.",
            nl="De fabriek heeft de bestanden zelf doorgelicht. Het rapport hoort bij precies deze bestanden "
            "en bij elke overeenkomst.",
        )
        return Line("inspection", title, says, PROVEN, (self._report(),))

    def _scan(self) -> Line:
        title = Text(en="It was searched for personal data", nl="Er is gezocht naar persoonsgegevens")
        if self.version is None:
            return Line("scan", title, NO_VERSION, NONE)
        says = Text(
            en="Every column of every table was searched. What was found stands in the report.",
            nl="Elke kolom van elke tabel is doorzocht. Wat er is gevonden staat in het rapport.",
        )
        if self.inside:
            signs = signs_of_personal_data(self.version.report or {})
            sure = sum(1 for _column, certain in signs if certain)
            says = Text(
                en="Columns with signs of personal data: {all}, of which sure: {sure}.",
                nl="Kolommen met tekenen van persoonsgegevens: {all}, waarvan zeker: {sure}.",
            ).fill(all=len(signs), sure=sure)
        return Line("scan", title, says, PROVEN, (self._report(),))

    def _drift(self) -> Line:
        title = Text(
            en="What changed since the version before", nl="Wat er veranderde sinds de vorige versie"
        )
        rows = visible(DatasetVersion, self.viewer).filter(dataset=self.dataset).exclude(report_digest="")
        number = self.version.number if self.version else 0
        before = rows.filter(number__lt=number).order_by("-number").defer("report").first()
        if self.version is None or before is None:
            only = Text(
                en="There is no earlier version to compare with.",
                nl="Er is geen eerdere versie om mee te vergelijken.",
            )
            return Line("drift", title, only if self.version else NO_VERSION, NONE)
        says = Text(
            en="Compared with version {number}, from the two reports. Who may know the columns sees what changed.",
            nl="Vergeleken met versie {number}, uit de twee rapporten. Wat er veranderde staat er voor wie de kolommen "
            "mag kennen.",
        ).fill(number=before.number)
        if found := queries.drift_of(self.version, self.viewer):
            notable = sum(1 for change in found[1] if change.notable)
            says = Text(
                en="Compared with version {number}: {all} changes, of which {notable} to look at.",
                nl="Vergeleken met versie {number}: {all} veranderingen, waarvan {notable} om naar te kijken.",
            ).fill(number=found[0].number, all=len(found[1]), notable=notable)
        earlier = Evidence(
            Text(en="Report of the version before", nl="Rapport van de vorige versie"),
            digest=before.report_digest,
        )
        return Line("drift", title, says, PROVEN, (self._report(), earlier))

    def _terms(self) -> Line:
        title = Text(en="A machine enforces the terms", nl="Een machine handhaaft de voorwaarden")
        offers = visible(Offer, self.viewer).filter(dataset=self.dataset, state="open").order_by("-pk")[:3]
        found = tuple(
            Evidence(
                Text(en="Terms of an offer (ODRL)", nl="Voorwaarden van een aanbod (ODRL)"),
                f"/offers/{offer.pk}/odrl.jsonld", offer.digest,
            )
            for offer in offers
        )  # fmt: skip
        if not found:
            says = Text(
                en="There is no open offer, so no terms.", nl="Er is geen open aanbod, dus geen voorwaarden."
            )
            return Line("terms", title, says, NONE)
        says = Text(
            en="No job gets the data unless its terms allow it at that moment. An unknown word counts as no.",
            nl="Geen taak krijgt de gegevens als de voorwaarden dat op dat moment niet toestaan. Een onbekend woord "
            "telt als nee.",
        )
        return Line("terms", title, says, PROVEN, found)

    def _contract(self) -> Line:
        title = Text(en="Use is under a signed contract", nl="Gebruik gaat onder een getekend contract")
        rows = Agreement.objects.filter(version__dataset=self.dataset).exclude(user_signature="")
        newest = rows.select_related("offer__dataset", "version", "organisation").order_by("-pk").first()
        if newest is None:
            says = Text(
                en="Nobody has signed an agreement yet.", nl="Nog niemand heeft een overeenkomst getekend."
            )
            return Line("contract", title, says, NONE)
        try:
            contracts.signed_by(newest, "holder")
            contracts.signed_by(newest, "user")
        except contracts.NoValidAgreement:
            says = Text(
                en="The signatures under the newest agreement do not hold.",
                nl="De handtekeningen onder de nieuwste overeenkomst kloppen niet.",
            )
            return Line("contract", title, says, NONE)
        says = Text(
            en="Agreements signed by both: {number}. Both signatures under the newest hold; checked just now.",
            nl="Overeenkomsten die beide tekenden: {number}. Onder de nieuwste kloppen beide handtekeningen; dat is "
            "zojuist nagegaan.",
        ).fill(number=self._count(rows.count()))
        page = f"/agreements/{newest.pk}/" if can_view(self.viewer, newest) else ""
        proof = Evidence(Text(en="The newest contract", nl="Het nieuwste contract"), page, newest.digest)
        return Line("contract", title, says, PROVEN, (proof,))

    def _logged(self) -> Line:
        title = Text(
            en="The log proves when it was published", nl="Het logboek bewijst wanneer het is gepubliceerd"
        )
        event = self._event("version:publish")
        seal: Seal | None = getattr(event, "seal", None)
        if event is None:
            return Line("log", title, NO_VERSION, NONE)
        if seal is None:
            says = Text(en="The event is not sealed yet.", nl="De gebeurtenis is nog niet verzegeld.")
            return Line("log", title, says, SAID, (self._in_log(event),))
        says = Text(
            en="The event is sealed at place {position} of the log; its page has the proof that it is in the tree.",
            nl="De gebeurtenis is verzegeld op plaats {position} van het logboek; op haar pagina staat het bewijs.",
        ).fill(position=seal.position)
        return Line("log", title, says, PROVEN, (self._in_log(event),))

    def _source(self) -> Line:
        title = Text(en="Where it comes from", nl="Waar het vandaan komt")
        came = Transfer.objects.filter(role="consumer", version__dataset=self.dataset).select_related(
            "participant"
        )
        if transfer := came.order_by("-pk").first():
            says = Text(
                en="It came over the dataspace from {name}; the checksums are those that were promised.",
                nl="Het kwam over de dataspace van {name}; de controlegetallen zijn die van de toezegging.",
            ).fill(name=transfer.participant.identifier)
            digest = self.version.digest if self.version else ""
            proof = Evidence(Text(en="The provider", nl="De aanbieder"), transfer.participant.address, digest)
            return Line("source", title, says, PROVEN, (proof,))
        said = details.read(self.dataset.details)
        if not said.provenance or not said.homepage:
            says = (
                Text(en="The holder tells how it was collected, and names no page to check that.",
                     nl="De houder vertelt hoe het is verzameld, en noemt geen pagina om dat na te gaan.")
                if said.provenance
                else Text(en="The holder does not say where it comes from.",
                          nl="De houder zegt niet waar het vandaan komt.")
            )  # fmt: skip
            return Line("source", title, says, NONE)
        told = Text(en=said.provenance, nl=said.provenance)
        page = Evidence(Text(en="Page of the holder", nl="Pagina van de houder"), said.homepage)
        return Line("source", title, told, SAID, (page,))

    def _ground(self, said: Said) -> Line:
        title = Text(en="There is a legal ground", nl="Er is een grondslag")
        event = self._event("personal_data:state", self._personal())
        if missing(said, today()) or event is None:
            says = Text(
                en="What the law asks is not written down in full.",
                nl="Wat de wet vraagt is niet volledig vastgelegd.",
            )
            return Line("ground", title, says, NONE)
        exception = words.CONDITIONS.get(said.condition)
        basis = words.BASES[said.basis]
        says = Text(
            en="{controller} says: {basis}{exception}. Kept until {day}.",
            nl="{controller} zegt: {basis}{exception}. Bewaard tot en met {day}.",
        )
        both = Text(
            en=says.en.format(controller=said.controller, basis=basis.en, day=said.keep_until,
                              exception=f"; {exception.en}" if exception else ""),
            nl=says.nl.format(controller=said.controller, basis=basis.nl, day=said.keep_until,
                              exception=f"; {exception.nl}" if exception else ""),
        )  # fmt: skip
        return Line("ground", title, both, SAID, (self._in_log(event),))

    def _people(self, said: Said) -> Line:
        title = Text(en="The people were told or asked", nl="De mensen zijn geïnformeerd of gevraagd")
        if not said.informed or not said.notice_page:
            says = (
                Text(en="The holder tells how, and names no page to check that.",
                     nl="De houder vertelt hoe, en noemt geen pagina om dat na te gaan.")
                if said.informed
                else Text(en="The holder does not say how.", nl="De houder zegt niet hoe.")
            )  # fmt: skip
            return Line("people", title, says, NONE)
        page = Evidence(Text(en="What they were told", nl="Wat hun is verteld"), said.notice_page)
        return Line("people", title, Text(en=said.informed, nl=said.informed), SAID, (page,))

    def _accountable(self) -> Line:
        title = Text(en="Somebody is accountable", nl="Iemand is aanspreekbaar")
        said = details.read(self.dataset.details)
        mailbox = said.contact or said.access_body_mail
        if not mailbox and self.dataset.contains_personal_data:
            mailbox = said_of(self.dataset).privacy_contact
        says = Text(en="{holder} answers for it.", nl="{holder} is ervoor verantwoordelijk.").fill(
            holder=self.dataset.holder.name
        )
        if not mailbox:
            nobody = Text(
                en="{holder} holds it, and names no mailbox.",
                nl="{holder} is de houder, en noemt geen mailadres.",
            ).fill(holder=self.dataset.holder.name)
            return Line("accountable", title, nobody, NONE)
        desk = Evidence(Text(en="Questions and complaints", nl="Vragen en klachten"), f"mailto:{mailbox}")
        return Line("accountable", title, says, SAID, (desk,))

    def _report(self) -> Evidence:
        assert self.version is not None  # noqa: S101 - asked only where there is one
        page = f"/datasets/versions/{self.version.pk}/report.json" if self.inside else ""
        return Evidence(
            Text(en="Inspection report", nl="Rapport van de doorlichting"), page, self.version.report_digest
        )

    def _personal(self) -> str:
        kept = getattr(self.dataset, "personal", None)
        return kept.thing if kept else ""

    def _event(self, name: str, thing: str = "") -> Event | None:
        thing = thing or (self.version.thing if self.version else "")
        rows = Event.objects.filter(thing=thing, name=name).select_related("seal").order_by("-pk")
        return rows.first() if thing else None

    def _in_log(self, event: Event) -> Evidence:
        return Evidence(
            Text(
                en="Event {number} of the public log", nl="Gebeurtenis {number} van het openbare logboek"
            ).fill(number=event.pk),
            f"/register/log/events/{event.pk}/",
            event.digest,
        )

    def _count(self, number: int) -> str:
        """Return a number, or that it is small where that could point at somebody."""
        hide = self.dataset.restricted and not self.inside
        return f"< {FLOOR}" if hide and number < FLOOR else str(number)


NO_VERSION = Text(en="Nothing is published yet.", nl="Er is nog niets gepubliceerd.")
