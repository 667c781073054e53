"""Routes about terms of use and suspensions."""

from typing import Any

from django.http import HttpRequest
from ninja import Field, Query, Router, Schema, Status

from aifactory.api.authentication import caller
from aifactory.api.paging import Paging, page
from aifactory.people.language import spoken
from aifactory.people.models import Organisation
from aifactory.people.rules import find
from aifactory.people.terms import actions, queries
from aifactory.people.terms.models import Suspension

router = Router(tags=["terms"])


class TermsText(Schema):
    """One text in force, in your language; the digest is over both languages."""

    id: str
    version: int
    valid_from: str
    accept_within_days: int
    digest: str
    title: str
    intro: str
    clauses: list[str]


class TermsTexts(Schema):
    """The texts in force."""

    items: list[TermsText]


class AcceptanceFacts(Schema):
    """What an organisation accepted; `by` is empty where it was signed on paper."""

    id: str
    organisation: str
    text: str
    version: int
    digest: str
    by: str | None
    paper_digest: str
    at: str


class DueFacts(Schema):
    """A text still to be accepted; `by` null: before anything new."""

    text: str
    version: int
    title: str
    by: str | None


class Standing(Schema):
    """What an organisation accepted, and what is still due."""

    organisation: str
    accepted: list[AcceptanceFacts]
    due: list[DueFacts]


class Accepting(Schema):
    """Which text, by its id, and the digest of what you read; `paper_digest` for what was signed on paper."""

    text: str = Field(max_length=60)
    digest: str = Field("", max_length=71)
    paper_digest: str = Field("", max_length=71)


class Counts(Schema):
    """How many suspensions there are: all that is told in public."""

    in_force: int
    lifted: int


class SuspensionFacts(Schema):
    """A suspension, for those who may see it."""

    id: str
    subject: str
    ground: str
    reasons: str
    mandate: str
    state: str
    since: str
    lifted_at: str | None
    lift_reasons: str


class SuspensionPage(Schema):
    """A page of suspensions."""

    items: list[SuspensionFacts]
    next: str | None


class Suspending(Schema):
    """Whom: `people.user:…`, `people.organisation:…` or `awards.project:…`; on which ground, and why."""

    subject: str = Field(max_length=80)
    ground: str = Field(max_length=12)
    reasons: str = Field(max_length=4000)


class Reasons(Schema):
    """Why."""

    reasons: str = Field(max_length=4000)


@router.get("/terms", response=TermsTexts, auth=None)
def terms(request: HttpRequest) -> dict[str, Any]:  # noqa: ARG001 - ninja hands it over
    """Show the texts that are in force, in your language."""
    language = spoken()
    return {"items": [queries.text_facts(text, language) for text in queries.in_force()]}


@router.get("/organisations/{organisation_id}/terms", response=Standing)
def standing(request: HttpRequest, organisation_id: str) -> dict[str, Any]:
    """Show what your organisation accepted and what is still due."""
    organisation = find(Organisation, organisation_id, caller(request))
    return queries.standing_facts(organisation, spoken())


@router.post("/organisations/{organisation_id}/terms", response={201: AcceptanceFacts})
def accept(request: HttpRequest, organisation_id: str, body: Accepting) -> Status[dict[str, Any]]:
    """Accept the version in force of a text for an organisation that you may sign for."""
    user = caller(request)
    organisation = find(Organisation, organisation_id, user)
    made = actions.accept(
        organisation, body.text, by=user, digest=body.digest, paper_digest=body.paper_digest
    )
    return Status(201, queries.acceptance_facts(made))


@router.get("/suspensions/count", response=Counts, auth=None)
def count(request: HttpRequest) -> dict[str, int]:  # noqa: ARG001 - ninja hands it over
    """Tell how many suspensions are in force and how many were lifted. In public there is no more than this."""
    return queries.counts()


@router.get("/suspensions", response=SuspensionPage)
def suspensions(request: HttpRequest, paging: Query[Paging]) -> dict[str, Any]:
    """List the suspensions you may see: as staff all, else those of yourself, your organisations and projects."""
    return page(queries.suspensions(caller(request)), paging, queries.suspension_facts)


@router.post("/suspensions", response={201: SuspensionFacts})
def suspend(request: HttpRequest, body: Suspending) -> Status[dict[str, Any]]:
    """Let a person, organisation or project start nothing new. Needs the mandate for it."""
    return Status(201, queries.suspension_facts(actions.suspend(**body.dict(), by=caller(request))))


@router.get("/suspensions/{suspension_id}", response=SuspensionFacts)
def suspension(request: HttpRequest, suspension_id: str) -> dict[str, Any]:
    """Show one suspension."""
    return queries.suspension_facts(find(Suspension, suspension_id, caller(request)))


@router.post("/suspensions/{suspension_id}/lift", response=SuspensionFacts)
def lift(request: HttpRequest, suspension_id: str, body: Reasons) -> dict[str, Any]:
    """Lift a suspension, with reasons. Needs the mandate for it."""
    user = caller(request)
    found = find(Suspension, suspension_id, user)
    return queries.suspension_facts(actions.lift(found, by=user, reasons=body.reasons))
