"""What must be erased, where it still is, and whose turn it is."""

from collections.abc import Collection, Iterable
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from aifactory.audit.record import plain
from aifactory.datasets.dataspace.models import Transfer
from aifactory.datasets.erasure.models import Erasure, ErasureDuty
from aifactory.datasets.models import Agreement, Dataset, DatasetVersion, DutyStatement, Mount
from aifactory.people.models import Role, User
from aifactory.people.rules import visible

Facts = dict[str, Any]


def kept(versions: Iterable[DatasetVersion]) -> list[DatasetVersion]:
    """Return those of these versions whose bytes were not erased."""
    listed = list(versions)
    met = ErasureDuty.objects.filter(kind="version", state="met", subject__in=[v.thing for v in listed])
    gone = set(met.values_list("subject", flat=True))
    return [version for version in listed if version.thing not in gone]


def kept_versions(dataset: Dataset) -> list[DatasetVersion]:
    """Return the versions of which the factory has bytes, also those that are withdrawn; oldest first."""
    return kept(dataset.versions.filter(files__isnull=False).distinct().order_by("number"))


def versions_of(erasure: Erasure) -> list[str]:
    """Return the ids of the versions that an erasure is about: those that were kept when it was recorded."""
    return [duty.subject_id for duty in erasure.duties.filter(kind="version")]


def with_copies(versions: Collection[str]) -> list[Agreement]:
    """Return the agreements under which somebody may have copies of these versions, oldest first.

    A job got the data, a download is allowed, or it went to another participant of the dataspace; unless the duty
    to delete was last stated met. One query.
    """
    here = {"agreement": OuterRef("pk")}
    said = DutyStatement.objects.filter(**here, duty="delete-at-end").order_by("-pk").values("met")[:1]
    rows = Agreement.objects.filter(version__in=versions, valid_from__isnull=False).annotate(
        deleted=Coalesce(Subquery(said), Value(value=False)),
        mounted=Exists(Mount.objects.filter(**here)),
        sent=Exists(Transfer.objects.filter(negotiation__agreed=OuterRef("pk"))),
    )
    found = rows.filter(deleted=False).select_related("organisation").order_by("pk")
    return [a for a in found if a.mounted or a.sent or "download" in a.terms.get("actions", ())]


def erasures(viewer: Any) -> QuerySet[Erasure]:
    """Return the erasures that a viewer may see, with how many of their duties are open."""
    rows = visible(Erasure, viewer).select_related("dataset__holder")
    return rows.annotate(
        owed=Count("duties", distinct=True),
        waiting=Count("duties", filter=Q(duties__state="open"), distinct=True),
    )


def duties(erasure: Erasure, viewer: Any) -> QuerySet[ErasureDuty]:
    """Return the duties of an erasure that a viewer may see, the open ones first."""
    rows = visible(ErasureDuty, viewer).filter(erasure=erasure).select_related("organisation")
    return rows.order_by("-state", "pk")


def waiting_for(user: User) -> QuerySet[ErasureDuty]:
    """Return the open duties of a person's own organisations, the most pressing first."""
    rows = ErasureDuty.objects.filter(state="open", organisation__in=user.organisation_ids)
    if not user.has_role(Role.STEWARD):
        rows = rows.exclude(kind="version")
    return rows.select_related("erasure__dataset").order_by("erasure__due_on", "pk")


def open_ones() -> QuerySet[Any]:
    """Return all open erasures for the office, the most pressing first, each with the number `waiting`."""
    rows = Erasure.objects.filter(state="open").select_related("dataset__holder")
    return rows.annotate(waiting=Count("duties", filter=Q(duties__state="open"))).order_by("due_on", "pk")


def erasure_facts(erasure: Erasure) -> Facts:
    """Return one erasure as the API shows it to who may see it; `owed` and `waiting` count its duties."""
    return {
        "id": erasure.pk,
        "dataset": erasure.dataset_id,
        "title": erasure.dataset.title,
        "cause": erasure.cause,
        "reference": erasure.reference,
        "received_on": plain(erasure.received_on),
        "due_on": plain(erasure.due_on),
        "state": erasure.state,
        "owed": getattr(erasure, "owed", None),
        "waiting": getattr(erasure, "waiting", None),
    }


def duty_facts(duty: ErasureDuty) -> Facts:
    """Return one duty as the API shows it."""
    return {
        "id": duty.pk,
        "kind": duty.kind,
        "subject": duty.subject_id,
        "name": duty.name,
        "organisation": duty.organisation.name,
        "state": duty.state,
        "statement": duty.statement,
        "answered_at": plain(duty.answered_at),
    }
