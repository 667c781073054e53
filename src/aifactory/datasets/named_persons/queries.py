"""Who may use the data of an agreement, and how that changed."""

from typing import Any

from django.db.models import QuerySet

from aifactory.audit.record import plain
from aifactory.datasets.models import Agreement
from aifactory.datasets.named_persons.models import PersonsChange
from aifactory.people.models import User


def changes(agreement: Agreement) -> QuerySet[PersonsChange]:
    """Return the changes of an agreement's list, newest first, with who asked and who decided."""
    rows = PersonsChange.objects.filter(agreement=agreement).select_related("asked_by", "decided_by")
    return rows.order_by("-pk")


def named_in(agreement: Agreement, listed: list[PersonsChange]) -> dict[str, str]:
    """Return the names of everybody in a list of people and in its changes, by id. One query."""
    ids = set(agreement.named).union(*(change.persons for change in listed))
    return dict(User.objects.filter(pk__in=ids).order_by("name").values_list("pk", "name"))


def waiting_for(user: User) -> QuerySet[PersonsChange]:
    """Return the changes that wait for the organisations of this steward, oldest first."""
    rows = PersonsChange.objects.filter(
        state="asked", agreement__offer__dataset__holder__in=user.organisation_ids
    )
    return rows.select_related("agreement__offer__dataset", "agreement__organisation").order_by("pk")


def list_facts(agreement: Agreement) -> dict[str, Any]:
    """Return who may use the data, and every change of that, as both parties may read it."""
    listed = list(changes(agreement))
    names = named_in(agreement, listed)
    return {
        "agreement": agreement.pk,
        "persons": _people(agreement.named, names),
        "changes": [change_facts(change, names) for change in listed],
    }


def change_facts(change: PersonsChange, names: dict[str, str] | None = None) -> dict[str, Any]:
    """Return one change."""
    known = names if names is not None else named_in(change.agreement, [change])
    return {
        "id": change.pk,
        "agreement": change.agreement_id,
        "kind": change.kind,
        "persons": _people(change.persons, known),
        "explanation": change.explanation,
        "state": change.state,
        "reason": change.reason,
        "asked_at": plain(change.created_at),
        "decided_at": plain(change.decided_at),
    }


def _people(ids: list[str], names: dict[str, str]) -> list[dict[str, str]]:
    return [{"id": pk, "name": names[pk]} for pk in sorted(ids, key=lambda pk: names[pk])]
