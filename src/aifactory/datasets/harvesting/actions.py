"""What can be done with sources: add one, pause it, read it anew."""

import hashlib
from collections.abc import Sequence

import structlog
from django.db import transaction
from django.utils.translation import gettext as _

from aifactory.audit.actions import enter, fire
from aifactory.datasets.harvesting.fetching import Limits, pages
from aifactory.datasets.harvesting.models import CatalogueSource, FoundDataset, Harvest
from aifactory.datasets.harvesting.records import FoundRecord, address
from aifactory.datasets.harvesting.rules import HARVESTER
from aifactory.datasets.permissions import Permission
from aifactory.datasets.search import index
from aifactory.datasets.search.index import BATCH
from aifactory.datasets.search.models import Card
from aifactory.datasets.search.words import stems
from aifactory.kit import clock
from aifactory.kit.bilingual import Text
from aifactory.kit.errors import FieldError, Invalid, NotAllowed, Refused
from aifactory.people.models import User
from aifactory.ports.identity import Actor

#: What a harvest counts while it reads.
FIGURES = ("seen", "added", "changed", "same", "faulty")
FAILED_HERE = Text(
    en="Something in the factory failed while it was read. The operator finds it in the log.",
    nl="Er ging iets mis in de fabriek tijdens het lezen. De beheerder vindt het in het logboek.",
)
log = structlog.get_logger()


class SourceIsPaused(Refused):
    """A source that is paused is not read."""


def add_source(*, by: User, name: str, address: str, kind: str) -> CatalogueSource:
    """Add a catalogue to harvest. Raises `Invalid`, `NotAllowed`."""
    _check(name, address, kind)
    source = CatalogueSource(name=name.strip(), address=address.strip(), kind=kind, added_by=by)
    return enter(source, "source:add", by=by, permission=Permission.HARVEST)


def _check(name: str, at: str, kind: str) -> None:
    errors = []
    if not 0 < len(name.strip()) <= 120:
        errors.append(FieldError("name", _("This is needed, in at most 120 characters."), "required"))
    if not address(at):
        errors.append(FieldError("address", _("Write a full address that starts with https://."), "URL"))
    elif CatalogueSource.objects.filter(address=at.strip()).exists():
        errors.append(FieldError("address", _("This source is there already."), "unique"))
    if kind not in CatalogueSource.Kind.values:
        errors.append(FieldError("kind", _("Choose one of the list."), "closed list"))
    if errors:
        raise Invalid(errors)


def pause_source(source: CatalogueSource, *, by: Actor) -> CatalogueSource:
    """Read it no more, and show nothing of it until it is resumed and read again."""
    with transaction.atomic():
        source = fire(source, "pause", by=by, asked_at=None)
        source.found.all().delete()
    return source


def resume_source(source: CatalogueSource, *, by: Actor) -> CatalogueSource:
    """Read it again from the next harvest on."""
    return fire(source, "resume", by=by)


def ask(source: CatalogueSource, *, by: Actor) -> CatalogueSource:
    """Have the worker read a source as one of the next things it does; asked twice, it is read once.

    Raises `SourceIsPaused`, `NotAllowed`.
    """
    _may_read(source, by)
    if source.asked_at is None:
        source.asked_at = clock.now()
        enter(source, "source:ask", by=by, permission=Permission.HARVEST, fields=["asked_at"])
    return source


def harvest_asked() -> int:
    """Read every source that somebody asked for, who asked first first; return how many. Called by the worker."""
    waiting = CatalogueSource.objects.filter(asked_at__isnull=False, state="open").order_by("asked_at", "pk")
    for source in waiting:
        try:
            harvest(source, by=HARVESTER)
        except Exception:
            log.exception("harvest_failed", source=source.pk)
            _enter_harvest(
                source, by=HARVESTER, digest="", problem=FAILED_HERE, **dict.fromkeys(FIGURES, 0), gone=0
            )
    return len(waiting)


def _may_read(source: CatalogueSource, by: Actor) -> None:
    if not by.may(Permission.HARVEST, source):
        raise NotAllowed(_("Only stewards and the factory office can harvest."), rule=Permission.HARVEST)
    if source.state != "open":
        raise SourceIsPaused(_("This source is paused."), next_step=_("Resume it first."))


def harvest(source: CatalogueSource, *, by: Actor, limits: Limits | None = None) -> Harvest:
    """Read a source: take in what is new or changed, take away what is gone, keep each record's errors.

    Nothing is taken away unless the source was read to its end. Raises `SourceIsPaused`, `NotAllowed`.
    """
    _may_read(source, by)
    reading, problem = _Reading(source), None
    for page in pages(source.kind, source.address, limits):
        problem = page.problem or problem
        for record in page.records:
            reading.take(record)
    reading.write()
    gone = [] if problem else sorted(reading.before)
    with transaction.atomic():
        for start in range(0, len(gone), BATCH):
            source.found.filter(identifier__in=gone[start : start + BATCH]).delete()
        digest = f"sha256:{reading.sums.hexdigest()}"
        return _enter_harvest(
            source, by=by, digest=digest, problem=problem, **reading.figures, gone=len(gone)
        )


class _Reading:
    """One reading of a source: each record counted, and what is new or changed written batch by batch.

    `before` holds the digests from before of those records that did not come by yet. Of two records with one
    identifier the first counts.
    """

    def __init__(self, source: CatalogueSource) -> None:
        self.source = source
        self.before: dict[str, str] = dict(source.found.values_list("identifier", "digest"))
        self.seen: set[str] = set()
        self.figures = dict.fromkeys(FIGURES, 0)
        self.sums = hashlib.sha256()
        self.waiting: list[FoundRecord] = []

    def take(self, record: FoundRecord) -> None:
        self.figures["seen"] += 1
        self.figures["faulty"] += any(error["required"] for error in record.errors)
        if not record.identifier or record.identifier in self.seen:
            return
        self.seen.add(record.identifier)
        digest, known = record.digest(), self.before.pop(record.identifier, None)
        self.sums.update(digest.encode())
        if digest == known:
            self.figures["same"] += 1
            return
        self.figures["added" if known is None else "changed"] += 1
        self.waiting.append(record)
        if len(self.waiting) == BATCH:
            self.write()

    def write(self) -> None:
        take_in(self.source, self.waiting)
        self.waiting = []


def _enter_harvest(
    source: CatalogueSource, *, by: Actor, digest: str, problem: Text | None, **figures: int
) -> Harvest:
    """Write down how a source was read, and that nobody waits for that any more."""
    with transaction.atomic():
        said = {"problem": problem.en[:300], "problem_nl": problem.nl[:300]} if problem else {}
        made = Harvest(source=source, digest=digest, **said, **figures)
        enter(made, "source:harvest", by=by, data=figures)
        if source.asked_at is not None:
            source.asked_at = None
            enter(source, "source:answer", by=by, permission=Permission.HARVEST, fields=["asked_at"])
    return made


def take_in(source: CatalogueSource, records: Sequence[FoundRecord]) -> None:
    """Write records and their cards, all or none of these."""
    now = clock.now()
    rows = [
        FoundDataset(
            source=source,
            identifier=one.identifier,
            digest=one.digest(),
            facts=one.facts(),
            errors=list(one.errors),
            shown=one.shown,
            seen_at=now,
        )
        for one in records
    ]
    with transaction.atomic():
        FoundDataset.objects.bulk_create(
            rows,
            update_conflicts=True,
            unique_fields=["source", "identifier"],
            update_fields=["digest", "facts", "errors", "shown", "seen_at"],
        )
        index.write([_card(row, one) for row, one in zip(rows, records, strict=True) if row.shown], "found")
        Card.objects.filter(found__in=[row.pk for row in rows if not row.shown]).delete()


def _card(row: FoundDataset, one: FoundRecord) -> Card:
    """Return what a search finds and shows of a record; a title in another language stands for English."""
    title = one.title.get("en") or next(iter(one.title.values()))
    summary = one.description.get("en") or next(iter(one.description.values()), "")
    words = " ".join(one.keywords)

    def stemmed(texts: dict[str, str]) -> str:
        return " ".join(stems(text, language) for language, text in texts.items())

    return Card(
        found=row,
        # Sorts below the keys of our own datasets, which a list without words shows first.
        key=f"away_{row.pk:012}",
        source=row.source_id,
        title=title,
        title_nl=one.title.get("nl", ""),
        summary=summary[:300],
        summary_nl=one.description.get("nl", "")[:300],
        holder=one.publisher,
        theme=one.theme,
        access=one.access,
        title_stems=stemmed(one.title),
        keyword_stems=f"{stems(words, 'en')} {stems(words, 'nl')}",
        text_stems=f"{stemmed(one.description)} {stems(one.publisher, '')}",
    )
