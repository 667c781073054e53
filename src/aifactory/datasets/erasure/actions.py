"""Recording that something must be erased, telling everybody who has some of it, and erasing.

A request names no person: the holder keeps who it was, the factory a number. Answers are statements of people;
only the bytes in the factory's own store are erased by the factory itself.
"""

from datetime import date

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from aifactory.audit.actions import enter, fire, refuse_nul
from aifactory.datasets import actions as datasets
from aifactory.datasets.erasure import lineage, queries
from aifactory.datasets.erasure.models import Erasure, ErasureDuty
from aifactory.datasets.erasure.reference import a_month_after, is_opaque, points_at_somebody
from aifactory.datasets.erasure.rules import FOLLOWER
from aifactory.datasets.models import Dataset, DatasetFile, DatasetVersion
from aifactory.datasets.permissions import Permission
from aifactory.datasets.processing.models import PersonalData
from aifactory.datasets.processing.queries import today
from aifactory.kit import clock
from aifactory.kit.errors import FieldError, Invalid, Refused
from aifactory.people.models import User
from aifactory.ports.identity import Actor
from aifactory.ports.object_store import ObjectStore
from aifactory.ports.registry import get

_OF_A_PERSON = [one for one in Erasure.Cause.values if one != Erasure.Cause.RETENTION]


class AskedAlready(Refused):
    """The request was recorded before."""


class NotAboutPeople(Refused):
    """The dataset holds no personal data."""


def record(
    dataset: Dataset, *, by: User, reference: str, cause: str, received_on: date | None = None
) -> Erasure:
    """Record that a person asks to be erased, and open a duty for everything that holds the data.

    Raises `Invalid` (also where the reference could point at somebody), `NotAllowed`, `AskedAlready`,
    `NotAboutPeople`.
    """
    received = received_on or today()
    errors = []
    if not is_opaque(reference):
        told = _("Give your own case number, 3 to 40 letters and digits: no name, no number of the person.")
        errors.append(FieldError("reference", told, "opaque"))
    if cause not in _OF_A_PERSON:
        errors.append(FieldError("cause", _("Choose one of the list."), "closed list"))
    if received > today():
        errors.append(FieldError("received_on", _("This day is still to come."), "order"))
    if errors:
        raise Invalid(errors)
    if not dataset.contains_personal_data:
        raise NotAboutPeople(_("This dataset is said to hold no personal data."))
    asked = Erasure(
        dataset=dataset, cause=cause, reference=reference, received_on=received, due_on=a_month_after(received),
        recorded_by=by,
    )  # fmt: skip
    return _open(asked, by=by)


def _open(erasure: Erasure, *, by: Actor) -> Erasure:
    try:
        with transaction.atomic():
            enter(erasure, "erasure:record", by=by, permission=Permission.ERASE)
            for version in queries.kept_versions(erasure.dataset):
                _owe(erasure, "version", version.thing, str(version.number), erasure.dataset.holder_id)
            follow(erasure)
    except IntegrityError as problem:
        raise AskedAlready(_("This request was recorded before."), field="reference") from problem
    erasure.refresh_from_db()
    return erasure


def follow(erasure: Erasure) -> None:
    """Add a duty for each copy and each model that came since; close what is answered, reopen what is not."""
    versions = queries.versions_of(erasure)
    known = set(erasure.duties.values_list("subject", flat=True))
    for agreement in queries.with_copies(versions):
        if agreement.thing not in known:
            _owe(erasure, "copies", agreement.thing, agreement.organisation.name, agreement.organisation_id)
    # What a model learned is not the data that the end of retention is about.
    for made in lineage.made_of(versions) if erasure.of_a_person else ():
        if made.thing not in known:
            _owe(erasure, "model", made.thing, made.name[:200], made.organisation)
    still_open = erasure.duties.filter(state="open").exists()
    if erasure.state == "open" and not still_open:
        fire(erasure, "close", by=FOLLOWER)
    elif erasure.state == "done" and still_open:
        fire(erasure, "reopen", by=FOLLOWER)


def _owe(erasure: Erasure, kind: str, subject: str, name: str, organisation: str) -> None:
    duty = ErasureDuty(erasure=erasure, kind=kind, subject=subject, name=name, organisation_id=organisation)
    facts = {"erasure": erasure.pk, "kind": kind, "subject": subject}
    enter(duty, "erasure_duty:open", by=FOLLOWER, permission=Permission.FOLLOW, data=facts)


def follow_project(project: str) -> None:
    """Look again at the erasures on data that a project had: it made something new."""
    for erasure in Erasure.objects.filter(dataset__versions__agreements__project=project).distinct():
        follow(erasure)


def answer(duty: ErasureDuty, *, by: User, met: bool, statement: str) -> ErasureDuty:
    """State what was erased, or why the law lets it be kept (Art. 17(3)).

    A version that is erased is withdrawn, which ends its agreements and stops its jobs, and its bytes are deleted.
    Raises `Invalid`, `NotAllowed`, `NotPossibleNow`.
    """
    said = statement.strip()
    if not 3 <= len(said) <= 500:
        told = _("Say in at most 500 characters what was done, or why not.")
        raise Invalid([FieldError("statement", told, "required")])
    refuse_nul({"statement": said})
    if points_at_somebody(said):
        told = _("This looks like a number or an address of a person. Say it without.")
        raise Invalid([FieldError("statement", told, "no personal data")])
    if (
        met
        and duty.kind == ErasureDuty.Kind.VERSION
        and duty.state == "open"
        and by.may(Permission.ANSWER, duty)
    ):
        _erase(DatasetVersion.objects.get(pk=duty.subject_id), by=by)
    step = "meet" if met else "except"
    with transaction.atomic():
        facts = {"erasure": duty.erasure_id, "subject": duty.subject}
        duty = fire(duty, step, by=by, data=facts, statement=said, answered_by=by, answered_at=clock.now())
        follow(Erasure.objects.get(pk=duty.erasure_id))
    return duty


def _erase(version: DatasetVersion, *, by: User) -> None:
    """Withdraw a version, then delete its bytes. Killed in between, answering again does the rest."""
    if version.state != "withdrawn":
        datasets.withdraw_version(
            version, by=by, reason=_("Personal data had to be erased. Ask for the newest version.")
        )
    keys = {file.key for file in version.files.all()}
    others = DatasetVersion.objects.filter(files__key__in=keys).exclude(pk=version.pk).distinct()
    shared = DatasetFile.objects.filter(version__in=queries.kept(others)).values_list("key", flat=True)
    for key in sorted(keys - set(shared)):
        get(ObjectStore).delete(key)


def watch() -> dict[str, int]:
    """Open an erasure where the time of personal data is over, and look again at what is open. Safe to repeat."""
    opened = 0
    over = PersonalData.objects.filter(keep_until__lt=today(), dataset__contains_personal_data=True)
    for kept in over.select_related("dataset").order_by("pk"):
        ended_on = kept.keep_until
        assert ended_on is not None  # noqa: S101 - the filter says so
        known = Erasure.objects.filter(dataset=kept.dataset_id, cause="retention", received_on=ended_on)
        if known.exists() or not queries.kept_versions(kept.dataset):
            continue
        ended = Erasure(dataset=kept.dataset, cause="retention", received_on=ended_on, due_on=ended_on)
        _open(ended, by=FOLLOWER)
        opened += 1
    still_open = Erasure.objects.filter(state="open").order_by("pk")
    for erasure in still_open:
        with transaction.atomic():
            follow(erasure)
    return {"opened": opened, "open": still_open.count()}
