"""Routes about the consortium."""

from datetime import date
from decimal import Decimal
from typing import Any

from django.http import HttpRequest
from ninja import Field, Router, Schema, Status

from aifactory.api.authentication import caller, visitor
from aifactory.kit import clock
from aifactory.kit.errors import FieldError, Invalid, NotFound
from aifactory.people.models import Organisation
from aifactory.people.partners import actions, queries
from aifactory.people.partners.models import Contribution, Partner, PartnerAgreement, Party
from aifactory.people.partners.rules import sees_details
from aifactory.people.rules import find

router = Router(tags=["partners"])


class ContributionFacts(Schema):
    """What was promised and what came of it, in `unit`."""

    id: str
    partner: str
    agreement: str | None
    kind: str
    description: str
    unit: str
    promised: float
    delivered: float
    due_on: str | None
    late: bool


class PartnerFacts(Schema):
    """A partner organisation."""

    id: str
    organisation: str
    country: str
    function: str
    since: str
    until: str | None


class PartnerWhole(PartnerFacts):
    """A partner with what it brings."""

    contributions: list[ContributionFacts]


class PartyFacts(Schema):
    """A party to an agreement; who signed is told to staff and partners."""

    id: str
    partner: str
    organisation: str
    signed_on: str | None
    signatory: str | None = None


class AgreementFacts(Schema):
    """An agreement between partners. `standing`: unsigned, coming, in_force or ended."""

    id: str
    title: str
    kind: str
    document_digest: str
    starts_on: str
    ends_on: str | None
    terms: str
    standing: str
    parties: list[PartyFacts]


class Total(Schema):
    """Promised against delivered, of one kind, in `unit`."""

    kind: str
    unit: str
    promised: float
    delivered: float


class Consortium(Schema):
    """The public summary of the consortium."""

    partners: list[PartnerWhole]
    agreements: list[AgreementFacts]
    totals: list[Total]


class Admission(Schema):
    """An organisation that becomes a partner, by its id."""

    organisation: str
    function: str = Field(max_length=120)
    since: date


class LastDay(Schema):
    """The last day in the consortium."""

    until: date


class NewAgreement(Schema):
    """An agreement; `document_digest` is sha256 of the signed document, which stays with the partners."""

    title: str = Field(max_length=200)
    kind: str
    document_digest: str = Field(max_length=71)
    starts_on: date
    ends_on: date | None = None
    terms: str = Field("", max_length=4000)
    partners: list[str] = Field(max_length=100)


class Signature(Schema):
    """When a party signed, and who signed for it."""

    signed_on: date
    signatory: str = Field(max_length=120)


class Promise(Schema):
    """What a partner will bring. Amounts: money in euro, staff in hours, data in datasets, housing in kW."""

    kind: str
    amount: Decimal = Field(max_digits=20)
    description: str = Field(max_length=200)
    agreement: str | None = None
    due_on: date | None = None


class Arrival(Schema):
    """What came of a promise, in the unit of its kind, and what shows it."""

    amount: Decimal = Field(max_digits=20)
    delivered_on: date
    evidence: str = Field(max_length=200)


@router.get("/partners", response=Consortium, auth=None)
def partners(request: HttpRequest) -> dict[str, Any]:
    """Show the consortium: who is in it, under which agreements, and what each promised and delivered."""
    details = sees_details(visitor(request))
    agreements = [queries.agreement_facts(a, details=details) for a in queries.agreements()]
    return {"partners": queries.partners(), "agreements": agreements, "totals": queries.totals()}


@router.post("/partners", response={201: PartnerFacts})
def admit(request: HttpRequest, body: Admission) -> Status[dict[str, Any]]:
    """Take an organisation into the consortium."""
    user = caller(request)
    organisation = find(Organisation, body.organisation, user)
    made = actions.admit(organisation, by=user, function=body.function, since=body.since)
    return Status(201, queries.partner_facts(made))


@router.post("/partners/{partner_id}/leave", response=PartnerFacts)
def leave(request: HttpRequest, partner_id: str, body: LastDay) -> dict[str, Any]:
    """Let a partner leave."""
    user = caller(request)
    return queries.partner_facts(actions.leave(find(Partner, partner_id, user), by=user, until=body.until))


@router.post("/partner-agreements", response={201: AgreementFacts})
def agree(request: HttpRequest, body: NewAgreement) -> Status[dict[str, Any]]:
    """Record an agreement between partners."""
    user = caller(request)
    asked = [pk for pk in body.partners if pk.isprintable()]
    chosen = list(Partner.objects.filter(pk__in=asked).order_by("pk"))
    if len(chosen) != len(set(body.partners)):
        raise Invalid([FieldError("partners", "One of these is no partner.", "known partners")])
    facts = body.dict(exclude={"partners"})
    made = actions.agree(**facts, partners=chosen, by=user)
    return Status(201, queries.agreement_facts(made, details=True))


@router.post("/partner-agreements/{partner_agreement_id}/parties/{party_id}/sign", response=AgreementFacts)
def sign(request: HttpRequest, partner_agreement_id: str, party_id: str, body: Signature) -> dict[str, Any]:
    """Record that a party signed."""
    user = caller(request)
    agreement = find(PartnerAgreement, partner_agreement_id, user)
    party = find(Party, party_id, user)
    if party.agreement_id != agreement.pk:
        raise NotFound("This is no party to the agreement.")
    actions.sign(party, by=user, signed_on=body.signed_on, signatory=body.signatory)
    return queries.agreement_facts(agreement, details=True)


@router.post("/partners/{partner_id}/contributions", response={201: ContributionFacts})
def promise(request: HttpRequest, partner_id: str, body: Promise) -> Status[dict[str, Any]]:
    """Record what a partner will bring."""
    user = caller(request)
    agreement = find(PartnerAgreement, body.agreement, user) if body.agreement else None
    facts = body.dict(exclude={"agreement"})
    made = actions.promise(find(Partner, partner_id, user), by=user, agreement=agreement, **facts)
    return Status(201, queries.contribution_facts(made, 0, clock.now().date()))


@router.post("/contributions/{contribution_id}/deliveries", response={201: ContributionFacts})
def deliver(request: HttpRequest, contribution_id: str, body: Arrival) -> Status[dict[str, Any]]:
    """Record that a part of a contribution came."""
    user = caller(request)
    contribution = find(Contribution, contribution_id, user)
    actions.deliver(contribution, by=user, **body.dict())
    (found,) = (c for c in queries.contributions(contribution.partner) if c["id"] == contribution.pk)
    return Status(201, found)
