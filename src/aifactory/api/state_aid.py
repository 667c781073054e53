"""Routes of the ledger of de minimis aid."""

from datetime import date
from typing import Any

from django.http import HttpRequest
from ninja import Field, Query, Router, Schema, Status

from aifactory.api.authentication import caller
from aifactory.audit.record import plain
from aifactory.awards.state_aid import actions, queries
from aifactory.awards.state_aid.models import AidEntry
from aifactory.people.models import Organisation
from aifactory.people.rules import find

router = Router(tags=["awards"])


class Asked(Schema):
    """The day to look at (today), and an amount in euros to fit in."""

    on: date | None = None
    euros: float = Field(0, ge=0, le=10**9)


class Declared(Schema):
    """Aid granted elsewhere, in euros of gross grant equivalent."""

    granted_on: date
    euros: float = Field(gt=0, le=10**9)
    authority: str = Field(max_length=200)
    measure: str = Field("", max_length=200)
    member_state: str = Field("NL", max_length=2)
    register_reference: str = Field("", max_length=100)


class Registered(Schema):
    """The reference in the central register."""

    reference: str = Field(max_length=100)


@router.get("/organisations/{organisation_id}/aid", response=dict[str, Any])
def aid(request: HttpRequest, organisation_id: str, asked: Query[Asked]) -> dict[str, Any]:
    """Show what the single undertaking got in three years, what is left, and from when an amount fits."""
    found = queries.standing(find(Organisation, organisation_id, caller(request)), on=asked.on)
    fits = found.fits_from(round(asked.euros * 100))
    return queries.standing_facts(found) | {"asked_euros": asked.euros, "fits_from": plain(fits)}


@router.post("/organisations/{organisation_id}/aid", response={201: dict[str, Any]})
def declare_aid(request: HttpRequest, organisation_id: str, body: Declared) -> Status[dict[str, Any]]:
    """Declare aid that the organisation got elsewhere."""
    found = find(Organisation, organisation_id, caller(request))
    facts = body.dict(exclude={"euros"}) | {"cents": round(body.euros * 100)}
    return Status(201, queries.entry_facts(actions.declare_aid(found, by=caller(request), **facts)))


@router.post("/aid/{aid_id}/register", response=dict[str, Any])
def register_aid(request: HttpRequest, aid_id: str, body: Registered) -> dict[str, Any]:
    """Keep the reference under which an entry stands in the central register (office)."""
    found = find(AidEntry, aid_id, caller(request))
    return queries.entry_facts(actions.register_aid(found, body.reference, by=caller(request)))


@router.post("/aid/{aid_id}/annul", response=dict[str, Any])
def annul_aid(request: HttpRequest, aid_id: str) -> dict[str, Any]:
    """Let an entry count no more (office)."""
    return queries.entry_facts(actions.annul_aid(find(AidEntry, aid_id, caller(request)), by=caller(request)))
