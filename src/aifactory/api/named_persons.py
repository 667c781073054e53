"""Routes of who may use the data of an agreement, where its terms name people."""

from typing import Any, Literal

from django.http import HttpRequest
from ninja import Field, Router, Schema, Status

from aifactory.api.authentication import caller
from aifactory.datasets.models import Agreement
from aifactory.datasets.named_persons import actions, queries
from aifactory.datasets.named_persons.models import PersonsChange
from aifactory.people.queries import person_of
from aifactory.people.rules import find

router = Router(tags=["datasets"])


class Joining(Schema):
    """E-mail addresses of people of the project, and why they need the data."""

    persons: list[str] = Field(max_length=100)
    explanation: str = Field("", max_length=500)


class Leaving(Schema):
    """The e-mail address of somebody on the list, and why this person may not use the data any more."""

    person: str
    reason: str = Field(max_length=500)


class Why(Schema):
    """Why; a refusal needs a reason."""

    reason: str = Field("", max_length=500)


class Named(Schema):
    """A person."""

    id: str
    name: str


class ChangeFacts(Schema):
    """A change of the list: who joins or leaves it."""

    id: str
    agreement: str
    kind: str
    persons: list[Named]
    explanation: str
    state: str
    reason: str
    asked_at: str
    decided_at: str | None


class ListFacts(Schema):
    """Who may use the data now, and every change of that, newest first."""

    agreement: str
    persons: list[Named]
    changes: list[ChangeFacts]


@router.get("/agreements/{agreement_id}/persons", response=ListFacts)
def persons(request: HttpRequest, agreement_id: str) -> dict[str, Any]:
    """Show who may use the data of an agreement, and how that changed."""
    return queries.list_facts(find(Agreement, agreement_id, caller(request)))


@router.post("/agreements/{agreement_id}/persons", response={201: ChangeFacts})
def add(request: HttpRequest, agreement_id: str, body: Joining) -> Status[dict[str, Any]]:
    """Ask the holder that these people may use the data as well (who may sign for the user's organisation)."""
    user = caller(request)
    agreement, chosen = find(Agreement, agreement_id, user), [person_of(email) for email in body.persons]
    made = actions.ask_to_add(agreement, chosen, by=user, explanation=body.explanation)
    return Status(201, queries.change_facts(made))


@router.post("/agreements/{agreement_id}/persons/remove", response={201: ChangeFacts})
def remove(request: HttpRequest, agreement_id: str, body: Leaving) -> Status[dict[str, Any]]:
    """Take a person off the list at once; jobs of that person stop within a minute (either party)."""
    user = caller(request)
    made = actions.remove(
        find(Agreement, agreement_id, user), person_of(body.person), by=user, reason=body.reason
    )
    return Status(201, queries.change_facts(made))


@router.post("/persons-changes/{change_id}/{step}", response=ChangeFacts)
def decide(
    request: HttpRequest, change_id: str, step: Literal["accept", "refuse", "withdraw"], body: Why
) -> dict[str, Any]:
    """`accept` or `refuse` (the holder's stewards), or `withdraw` (who may ask)."""
    user = caller(request)
    return queries.change_facts(
        actions.decide(find(PersonsChange, change_id, user), step, by=user, reason=body.reason)
    )
