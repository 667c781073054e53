"""Routes of objections."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from ninja import Field, Query, Router, Schema, Status
from pydantic import AwareDatetime

from aifactory.access.models import Application, Objection
from aifactory.access.objections import actions, queries
from aifactory.access.objections.ruling import rule
from aifactory.api.authentication import caller
from aifactory.api.paging import Paging, page
from aifactory.kit.errors import FieldError, Invalid, NotFound
from aifactory.kit.units import Resource, base
from aifactory.people.models import User
from aifactory.people.rules import find

router = Router(tags=["objections"])


class Paper(Schema):
    """A text that comes along."""

    name: str = Field("", max_length=200)
    text: str = Field(max_length=20_000)


class NewObjection(Schema):
    """Without grounds it is kept, and the grounds are asked for. `late_reason`: where the term is over."""

    grounds: str = Field("", max_length=20_000)
    papers: list[Paper] = Field([], max_length=10)
    wants_hearing: bool | None = None
    late_reason: str = Field("", max_length=4_000)


class Grounds(Schema):
    """Why you do not agree."""

    grounds: str = Field(max_length=20_000)


class To(Schema):
    """The id of a colleague."""

    to: str


class Hearing(Schema):
    """One of the three: `at` and `place` plan a hearing, `report` says what was said, `not_heard` why there is none
    (inadmissible, unfounded, waived, no_reply, granted, not_asked).
    """

    at: AwareDatetime | None = None
    place: str = ""
    report: str = ""
    not_heard: str = ""


class Because(Schema):
    """A reason that the objector reads."""

    because: str = Field(max_length=2_000)


class Ruling(Schema):
    """`outcome`: inadmissible, unfounded or founded. `awarded`: what the applicant gets in all, in shown units."""

    outcome: str
    reasons: str = Field(max_length=8_000)
    awarded: dict[Resource, float] = {}
    late_excused: bool | None = None


class ObjectionFacts(Schema):
    """An objection with everything said in it; amounts carry their unit."""

    id: str
    application: str
    reference: str
    decision: str
    state: str
    filed_at: str
    in_time: bool
    late_reason: str
    late_excused: bool | None
    grounds: str
    papers: list[dict[str, str]]
    wants_hearing: bool | None
    grounds_until: str | None
    due_on: str
    extended_because: str
    handler: str | None
    hearing: str
    hearing_at: str | None
    hearing_place: str
    not_heard: str
    hearing_report: str
    outcome: str
    effect: str
    awarded: list[dict[str, Any]]
    reasons: str
    receipt: dict[str, Any]
    letter: dict[str, Any] | None
    decided_at: str | None


class ObjectionPage(Schema):
    """A page of objections."""

    items: list[ObjectionFacts]
    next: str | None


class ObjectionFigures(Schema):
    """How many objections, how they ended, how long that took (median, days), and the share answered in time."""

    decisions: int
    objections: int
    open: int
    withdrawn: int
    late: int
    extended: int
    outcomes: dict[str, int]
    effects: dict[str, int]
    days: float | None
    in_time_share: float | None
    overdue: int


@router.get("/objections", response=ObjectionPage)
def list_objections(request: HttpRequest, paging: Query[Paging]) -> dict[str, Any]:
    """List the objections you may see, newest first."""
    return page(queries.objections(caller(request)), paging, queries.facts)


@router.get("/register/objections", response=ObjectionFigures, auth=None)
def objection_figures(request: HttpRequest) -> dict[str, Any]:  # noqa: ARG001
    """Show how objections end. Open to everybody."""
    return queries.figures()


@router.post("/applications/{application_id}/objections", response={201: ObjectionFacts})
def object_to(request: HttpRequest, application_id: str, body: NewObjection) -> Status[dict[str, Any]]:
    """Object to the decision on an application."""
    user = caller(request)
    decision = queries.may_object(user, find(Application, application_id, user, related="call"))
    if decision is None:
        raise NotFound("There is no decision here that you can object to.")
    return Status(201, queries.facts(actions.object_to(decision, by=user, **body.dict())))


@router.get("/objections/{objection_id}", response=ObjectionFacts)
def show_objection(request: HttpRequest, objection_id: str) -> dict[str, Any]:
    """Show one objection."""
    return queries.facts(find(Objection, objection_id, caller(request)))


@router.get("/objections/{objection_id}/letter.pdf")
def objection_letter_pdf(request: HttpRequest, objection_id: str) -> HttpResponse:
    """Download what the objector was written last as PDF/UA-1: the decision, or else the receipt."""
    found = find(Objection, objection_id, caller(request), related="application__call")
    made = queries.letter_pdf(found, factory=settings.FACTORY_NAME)
    return HttpResponse(made, content_type="application/pdf")


@router.post("/objections/{objection_id}/grounds", response=ObjectionFacts)
def give_grounds(request: HttpRequest, objection_id: str, body: Grounds) -> dict[str, Any]:
    """Bring the grounds that were asked for."""
    user = caller(request)
    return queries.facts(
        actions.give_grounds(find(Objection, objection_id, user), by=user, grounds=body.grounds)
    )


@router.post("/objections/{objection_id}/withdraw", response=ObjectionFacts)
def withdraw_objection(request: HttpRequest, objection_id: str) -> dict[str, Any]:
    """Take an objection back."""
    user = caller(request)
    return queries.facts(actions.withdraw(find(Objection, objection_id, user), by=user))


@router.post("/objections/{objection_id}/take", response=ObjectionFacts)
def take_objection(request: HttpRequest, objection_id: str) -> dict[str, Any]:
    """Take an objection in hand; refused to whoever had a part in the decision."""
    user = caller(request)
    return queries.facts(actions.take(find(Objection, objection_id, user), by=user))


@router.post("/objections/{objection_id}/hand-over", response=ObjectionFacts)
def hand_over_objection(request: HttpRequest, objection_id: str, body: To) -> dict[str, Any]:
    """Give an objection to a colleague who had no part in the decision either."""
    user = caller(request)
    found = find(Objection, objection_id, user)
    to = User.objects.filter(pk=body.to, is_active=True).first()
    if to is None:
        raise Invalid([FieldError("to", "This person does not handle objections.", "objection:handle")])
    return queries.facts(actions.hand_over(found, to=to, by=user))


@router.post("/objections/{objection_id}/hearing", response=ObjectionFacts)
def hearing(request: HttpRequest, objection_id: str, body: Hearing) -> dict[str, Any]:
    """Plan a hearing, keep its report, or say on which ground there is none."""
    user = caller(request)
    found = find(Objection, objection_id, user)
    if body.not_heard:
        return queries.facts(actions.do_not_hear(found, ground=body.not_heard, by=user))
    if body.report:
        return queries.facts(actions.hear(found, report=body.report, by=user))
    if body.at is None:
        raise Invalid([FieldError("at", "Give a moment and a place, a report, or a ground.", "required")])
    return queries.facts(actions.plan_hearing(found, at=body.at, place=body.place, by=user))


@router.post("/objections/{objection_id}/extend", response=ObjectionFacts)
def extend(request: HttpRequest, objection_id: str, body: Because) -> dict[str, Any]:
    """Extend the term to decide, once."""
    user = caller(request)
    return queries.facts(actions.extend(find(Objection, objection_id, user), because=body.because, by=user))


@router.post("/objections/{objection_id}/ruling", response=ObjectionFacts)
def decide_objection(request: HttpRequest, objection_id: str, body: Ruling) -> dict[str, Any]:
    """Decide on an objection, on a mandate."""
    user = caller(request)
    found = rule(
        find(Objection, objection_id, user),
        by=user,
        outcome=body.outcome,
        reasons=body.reasons,
        awarded={name.value: base(name, str(amount)) for name, amount in body.awarded.items()},
        late_excused=body.late_excused,
    )
    return queries.facts(found)
