"""What must be true before a dataset, version or agreement may move on, each refusal a sentence."""

from typing import TYPE_CHECKING

from django.conf import settings
from django.utils.translation import gettext as _

from aifactory.datasets.personal_data import Confidence
from aifactory.datasets.terms import Decision, UseRequest, decide, read
from aifactory.kit import clock
from aifactory.kit.canonical import digest
from aifactory.kit.errors import Refused
from aifactory.people.language import spoken
from aifactory.ports.identity import Actor

if TYPE_CHECKING:
    from aifactory.datasets.models import Agreement, Dataset, DatasetVersion, DutyStatement


#: The profiles that every entry of the catalogue keeps to; of others the page says what is still missing.
GATE = ("dcat-ap", "dcat-ap-nl")


class NothingToPublish(Refused):
    """No version of the dataset is published yet."""


class NoFiles(Refused):
    """The version has no files."""


class ProfileNotKept(Refused):
    """The description lacks what a catalogue profile requires."""


class PersonalDataCannotBePublic(Refused):
    """A dataset with personal data was given to everyone."""


class LawNotTold(Refused):
    """What the GDPR asks to be written down of personal data is not complete."""


class PersonalDataWasNotAnnounced(Refused):
    """The inspection found signs of personal data where the holder said there is none."""


class NeedsAnotherSteward(Refused):
    """Who added the files may not be the one who publishes them."""

    status = 403


class ReportIsStale(Refused):
    """Files were added while the inspection ran."""


class TermsDoNotAllow(Refused):
    """The terms of the offer say no to this use."""


def can_be_published(dataset: "Dataset", _by: Actor) -> None:
    """Raise `NothingToPublish`, `PersonalDataCannotBePublic`, `LawNotTold` or `ProfileNotKept`."""
    if not dataset.versions.filter(state="published").exists():
        raise NothingToPublish(
            _("This dataset has no published version."),
            next_step=_("Upload files, inspect them and publish the version first."),
        )
    personal_is_not_public(dataset)
    law_is_told(dataset)
    profiles_are_kept(dataset)


def law_is_told(dataset: "Dataset") -> None:
    """Raise `LawNotTold` with every article of the GDPR that asks for something that is not written down."""
    from aifactory.datasets.processing.queries import said_of, today
    from aifactory.datasets.processing.said import missing

    found = missing(said_of(dataset), today()) if dataset.contains_personal_data else []
    if found:
        raise LawNotTold(
            _("It holds personal data, so the law asks for more. %(asked)s")
            % {"asked": " ".join(f"{one.message} ({one.rule})" for one in found)},
            field=found[0].field,
            rule="GDPR " + ", ".join(dict.fromkeys(str(one.rule) for one in found)),
            next_step=_("Change the description, then publish again."),
        )


def profiles_are_kept(dataset: "Dataset") -> None:
    """Raise `ProfileNotKept` with every clause of DCAT-AP and DCAT-AP-NL that the description misses."""
    from aifactory.datasets.readiness import missing

    found = [finding for profile in GATE for finding in missing(dataset, profile) if finding.required]
    if found:
        raise ProfileNotKept(
            " ".join(dict.fromkeys(finding.text.of(spoken()) for finding in found)),
            field=found[0].field or None,
            rule=", ".join(dict.fromkeys(finding.clause for finding in found)),
            next_step=_("Change the description, then publish again."),
        )


def personal_is_not_public(dataset: "Dataset") -> None:
    """Raise `PersonalDataCannotBePublic`."""
    if dataset.contains_personal_data and dataset.access == "public":
        raise PersonalDataCannotBePublic(
            _("A dataset with personal data can't be open to everyone."),
            field="access",
            rule="GDPR article 6",
            next_step=_("Choose restricted access."),
        )


def has_files(version: "DatasetVersion", _by: Actor) -> None:
    """Raise `NoFiles`."""
    if not version.files.exists():
        raise NoFiles(_("This version has no files."), next_step=_("Upload at least one file."))


def needs_another(version: "DatasetVersion", by: Actor) -> bool:
    """Say whether the factory asks for two people, and this one added files: then another publishes them.

    What came from another factory was published there: the part of the system that brings it in judges nothing.
    """
    person = not by.id.startswith("system:")
    return settings.SECOND_STEWARD and person and version.files.filter(added_by=by.id).exists()


def another_steward_looked(version: "DatasetVersion", by: Actor) -> None:
    """Raise `NeedsAnotherSteward`."""
    if needs_another(version, by):
        raise NeedsAnotherSteward(
            _("You added files to this version, so another steward must read the report and publish it."),
            rule="second-steward",
            next_step=_("Ask another steward of the holder."),
        )


def report_allows(version: "DatasetVersion", by: Actor) -> None:
    """Raise `NeedsAnotherSteward`, `ReportIsStale`, `PersonalDataWasNotAnnounced` or `PersonalDataCannotBePublic`."""
    another_steward_looked(version, by)
    personal_is_not_public(version.dataset)
    report = version.report or {}
    if report.get("version") != digest(version.manifest()):
        raise ReportIsStale(
            _("The files are not the ones that were inspected."),
            rule="digest",
            next_step=_("Inspect the version again."),
        )
    found = [column for column, sure in signs_of_personal_data(report) if sure]
    if found and not version.dataset.contains_personal_data:
        raise PersonalDataWasNotAnnounced(
            _("The inspection found clear signs of personal data in: %(columns)s.")
            % {"columns": ", ".join(found[:5])},
            rule="no-signs-of-personal-data",
            next_step=_("Mark the dataset as personal data, or upload a version without these columns."),
        )


def signs_of_personal_data(report: dict[str, object]) -> list[tuple[str, bool]]:
    """Return the columns with signs, and whether one of them is certain (high confidence)."""
    files = report.get("files", [])
    assert isinstance(files, list)  # noqa: S101 - written by `actions.inspect_version`
    return [
        (column["name"], any(h["confidence"] == Confidence.HIGH for h in column["personal_data"]))
        for file in files
        if file["table"]
        for column in file["table"]["columns"]
        if any(h["confidence"] != Confidence.LOW for h in column["personal_data"])
    ]


#: What a job in the factory does with data: one of these must be allowed.
COMPUTING = ("analyse", "train")


def verdict(
    agreement: "Agreement", attempt: str = "", *, actions: tuple[str, ...] = COMPUTING, outside: bool = False
) -> Decision:
    """Evaluate the agreement's own terms for its purpose today: allowed is what any of `actions` is allowed.

    `attempt` is the use that is asked for, if it was counted already. A job runs in the environment that the terms
    ask for, because the gate sees to it; `outside` is a use that takes the data elsewhere.
    """
    organisation = agreement.organisation
    counted = agreement.terms.get("count") is not None and agreement.valid_from is not None
    uses = agreement.mounts.exclude(attempt=attempt).count() if counted else 0
    violated = frozenset(code for code, said in duties_of(agreement).items() if said and not said.met)
    terms = read(agreement.terms)
    decisions = (
        decide(
            terms,
            UseRequest(
                purpose=agreement.purpose,
                action=action,
                recipient=organisation.kind,
                country=organisation.country,
                on=clock.now().date(),
                uses=uses,
                violated=violated,
                environment="" if outside else str(agreement.terms.get("environment") or ""),
            ),
        )
        for action in actions
    )
    first = next(decisions)
    return first if first.allowed else next((other for other in decisions if other.allowed), first)


def duties_of(agreement: "Agreement") -> "dict[str, DutyStatement | None]":
    """Return each duty of an agreement with what was said of it last."""
    said: dict[str, DutyStatement | None] = dict.fromkeys(agreement.terms.get("duties", ()))
    if said and agreement.valid_from is not None and agreement.state != "requested":  # nothing is owed before
        said |= {
            x.duty: x for x in sorted(agreement.duty_statements.all(), key=lambda x: x.pk) if x.duty in said
        }
    return said


def terms_still_allow(agreement: "Agreement", _by: Actor) -> None:
    """Raise `TermsDoNotAllow` with every reason."""
    decision = verdict(agreement)
    if not decision.allowed:
        raise TermsDoNotAllow(
            " ".join(decision.reasons(spoken())),
            field="purpose",
            rule=", ".join(r.rule for r in decision.results if not r.passed),
            next_step=_("Choose another offer, or ask the holder for other terms."),
        )
