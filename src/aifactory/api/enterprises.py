"""Routes about the size of an organisation: enterprises tied to it, accounts, holdings, colleagues."""

from typing import Any

from django.http import HttpRequest
from ninja import Field, Router, Schema, Status

from aifactory.api.authentication import caller
from aifactory.audit.record import plain
from aifactory.people import actions as people
from aifactory.people.enterprises import actions, queries
from aifactory.people.enterprises.models import Enterprise, Shareholding
from aifactory.people.models import Membership, Organisation
from aifactory.people.rules import find, find_membership

router = Router(tags=["people"])


class NamedEnterprise(Schema):
    """An enterprise, person or body tied to the organisation."""

    name: str = Field(max_length=200)
    kind: str = Field("enterprise", max_length=20)
    country: str = Field("", max_length=2)
    registration_number: str = Field("", max_length=40)


class StatedAccounts(Schema):
    """The accounts of a year: `staff` in annual work units, money in whole euros."""

    year: int = Field(ge=1990, le=2200)
    staff: float = Field(ge=0, le=10_000_000)
    turnover_eur: int = Field(ge=0, le=10**13)
    balance_eur: int = Field(ge=0, le=10**13)
    consolidated: bool = False
    estimate: bool = False
    source: str = Field("declared", max_length=10)
    reference: str = Field("", max_length=200)


class StatedHolding(Schema):
    """What `owner` holds in `held`, in percent; votes are as the capital where they are not given."""

    owner: str = Field(max_length=40)
    held: str = Field(max_length=40)
    capital: float = Field(ge=0, le=100)
    votes: float | None = Field(None, ge=0, le=100)
    control: bool = False
    same_market: bool = False


class Colleague(Schema):
    """Somebody with an account; students apply with a supervisor."""

    email: str = Field(max_length=254)
    representative: bool = False
    student: bool = False


class Signs(Schema):
    """Whether a colleague may sign."""

    representative: bool


@router.get("/organisations/{organisation_id}/size", response=dict[str, Any])
def size(request: HttpRequest, organisation_id: str) -> dict[str, Any]:
    """Show the size class, the reasons for it, and what was declared."""
    return queries.declaration_facts(find(Organisation, organisation_id, caller(request)))


@router.post("/organisations/{organisation_id}/enterprises", response={201: dict[str, Any]})
def name_enterprise(
    request: HttpRequest, organisation_id: str, body: NamedEnterprise
) -> Status[dict[str, Any]]:
    """Name an enterprise that is tied to the organisation; the organisation itself is there already."""
    found = find(Organisation, organisation_id, caller(request))
    made = actions.name_enterprise(found, by=caller(request), **body.dict())
    return Status(201, {"id": made.pk, "name": made.name, "kind": made.kind})


@router.put("/organisations/{organisation_id}/accounts", response=dict[str, Any])
def state_own_accounts(request: HttpRequest, organisation_id: str, body: StatedAccounts) -> dict[str, Any]:
    """State the accounts of the organisation itself for a year; again replaces them."""
    found = find(Organisation, organisation_id, caller(request))
    return _state(request, actions.own_enterprise(found, by=caller(request)), body)


@router.put("/enterprises/{enterprise_id}/accounts", response=dict[str, Any])
def state_accounts(request: HttpRequest, enterprise_id: str, body: StatedAccounts) -> dict[str, Any]:
    """State the accounts of an enterprise for a year; again replaces them."""
    return _state(request, find(Enterprise, enterprise_id, caller(request)), body)


def _state(request: HttpRequest, enterprise: Enterprise, body: StatedAccounts) -> dict[str, Any]:
    facts = body.dict(exclude={"staff"}) | {"staff_hundredths": round(body.staff * 100)}
    return queries.accounts_facts(actions.state_accounts(enterprise, by=caller(request), **facts))


@router.put("/holdings", response=dict[str, Any])
def state_holding(request: HttpRequest, body: StatedHolding) -> dict[str, Any]:
    """State what one enterprise holds in another; again replaces it."""
    owner, held = (find(Enterprise, pk, caller(request)) for pk in (body.owner, body.held))
    facts: dict[str, Any] = body.dict(include={"control", "same_market"})
    facts |= {"capital": round(body.capital * 100)}
    facts |= {"votes": None if body.votes is None else round(body.votes * 100)}
    return queries.holding_facts(actions.state_holding(owner, held, by=caller(request), **facts))


@router.post("/holdings/{holding_id}/end", response=dict[str, Any])
def end_holding(request: HttpRequest, holding_id: str) -> dict[str, Any]:
    """Say that a holding ended."""
    found = find(Shareholding, holding_id, caller(request))
    return queries.holding_facts(actions.end_holding(found, by=caller(request)))


@router.get("/organisations/{organisation_id}/members", response=dict[str, Any])
def members(request: HttpRequest, organisation_id: str) -> dict[str, Any]:
    """Show who belongs to the organisation today."""
    found = find(Organisation, organisation_id, caller(request))
    rows = found.memberships.filter(until=None).select_related("user").order_by("pk")
    return {"items": [membership_facts(row) for row in rows]}


@router.put("/memberships/{membership_id}", response=dict[str, Any])
def let_sign(request: HttpRequest, membership_id: str, body: Signs) -> dict[str, Any]:
    """Let a colleague sign for the organisation, or no more."""
    found = find_membership(membership_id, caller(request))
    return membership_facts(people.let_sign(found, signs=body.representative, by=caller(request)))


@router.post("/memberships/{membership_id}/end", response=dict[str, Any])
def end_membership(request: HttpRequest, membership_id: str) -> dict[str, Any]:
    """Say that a colleague, or you, left the organisation."""
    found = find_membership(membership_id, caller(request))
    return membership_facts(people.end_membership(found, by=caller(request)))


def membership_facts(membership: Membership) -> dict[str, Any]:
    """Return who belongs to an organisation, and what this person may do for it."""
    return {
        "id": membership.pk,
        "user": membership.user_id,
        "name": membership.user.name,
        "representative": membership.representative,
        "student": membership.student,
        "since": plain(membership.since),
        "until": plain(membership.until),
    }


@router.post("/organisations/{organisation_id}/members", response={201: dict[str, Any]})
def add_colleague(request: HttpRequest, organisation_id: str, body: Colleague) -> Status[dict[str, Any]]:
    """Add a colleague who has an account."""
    found = find(Organisation, organisation_id, caller(request))
    made = people.add_colleague(found, by=caller(request), **body.dict())
    facts = {"representative": made.representative, "student": made.student}
    return Status(201, {"id": made.pk, "user": made.user_id} | facts)
