"""Routes of screening: a call's whole queue, technical checks, law and ethics; and of writing once with others."""

from decimal import Decimal
from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Field, Router, Schema

from aifactory.access import actions
from aifactory.access.applications.comparison import doubts_about
from aifactory.access.applications.earlier import earlier_answers, reuse
from aifactory.access.conflicts.rules import require_overseer
from aifactory.access.models import Application, Call, Supervision, TechnicalCheck
from aifactory.access.permissions import Permission
from aifactory.access.screening import desk
from aifactory.access.supervision.queries import to_supervise
from aifactory.api.authentication import caller
from aifactory.kit.errors import NotAllowed
from aifactory.kit.units import Resource, base
from aifactory.people.models import User
from aifactory.people.rules import find, visible

router = Router(tags=["access"])

Amount = Annotated[Decimal, Field(ge=0, le=10**12)]


class Assessor(Schema):
    """Who gives the technical check."""

    assessor: str = Field(max_length=40)


class Technical(Schema):
    """A technical check: yes, no or unclear to each question; amounts in their shown unit."""

    answers: dict[str, str]
    result: str = Field(max_length=12)
    reasons: str = Field(max_length=4000)
    proposed: dict[Resource, Amount] = {}


class Condition(Schema):
    """A text in both languages that binds an award."""

    en: str = Field(max_length=1000)
    nl: str = Field(max_length=1000)


class Weighed(Schema):
    """What law and ethics allow: pass, conditions or stop."""

    result: str = Field(max_length=10)
    reasons: str = Field(max_length=4000)
    conditions: list[Condition] = Field([], max_length=20)


class Reused(Schema):
    """Questions whose earlier answers are taken over; none named: all that are open."""

    questions: list[str] | None = Field(None, max_length=200)


class Supervisor(Schema):
    """The e-mail address of a colleague."""

    email: str = Field(max_length=254)


class Declined(Schema):
    """Why not."""

    reason: str = Field(max_length=1000)


def _overseer(request: HttpRequest) -> User:
    require_overseer(caller(request))
    return caller(request)


@router.get("/calls/{call_id}/screening", response=dict[str, Any])
def queue(request: HttpRequest, call_id: str) -> dict[str, Any]:
    """List how far the screening of each application of a call is, what is due first on top."""
    viewer = _overseer(request)
    rows = desk.queue(find(Call, call_id, viewer), viewer)
    return {"summary": desk.summary(rows), "items": [row.facts() for row in rows]}


@router.post("/calls/{call_id}/screening/judge", response=dict[str, Any])
def judge_call(request: HttpRequest, call_id: str) -> dict[str, Any]:
    """Hold the rules to every submitted application of a call."""
    found = find(Call, call_id, caller(request))
    if not caller(request).may(Permission.JUDGE):
        raise NotAllowed("The office holds the rules to applications.", rule="application:judge")
    kept = actions.judge_call(found, by=caller(request))
    return {"judged": len(kept), "passed": sum(one.passed for one in kept)}


@router.post("/applications/{application_id}/technical", response=dict[str, Any])
def ask_technical(request: HttpRequest, application_id: str, body: Assessor) -> dict[str, Any] | None:
    """Ask an operator, or somebody of the office, for the technical check."""
    found = find(Application, application_id, _overseer(request))
    assessor = find(User, body.assessor, caller(request))
    return desk.technical_facts(actions.ask_technical(found, assessor=assessor, by=caller(request)))


@router.get("/technical-checks", response=dict[str, Any])
def technical_checks(request: HttpRequest) -> dict[str, Any]:
    """List the technical checks that you were asked for."""
    rows = visible(TechnicalCheck, caller(request)).filter(assessor=caller(request)).order_by("-pk")[:100]
    return {
        "items": [{**(desk.technical_facts(row) or {}), "application": row.application_id} for row in rows]
    }


@router.post("/technical-checks/{check_id}/give", response=dict[str, Any])
def give_technical(request: HttpRequest, check_id: str, body: Technical) -> dict[str, Any] | None:
    """Give a technical check that you were asked for."""
    found = find(TechnicalCheck, check_id, caller(request))
    proposed = {resource.value: base(resource, amount) for resource, amount in body.proposed.items()}
    facts: dict[str, Any] = body.dict(include={"answers", "result", "reasons"})
    return desk.technical_facts(actions.give_technical(found, by=caller(request), proposed=proposed, **facts))


@router.post("/applications/{application_id}/law-gate", response=dict[str, Any])
def weigh_law(request: HttpRequest, application_id: str, body: Weighed) -> dict[str, Any] | None:
    """Say what law and ethics allow: pass, conditions or stop; never points."""
    found = find(Application, application_id, _overseer(request))
    conditions = [one.dict() for one in body.conditions]
    kept = actions.weigh_law(
        found, result=body.result, reasons=body.reasons, conditions=conditions, by=caller(request)
    )
    return desk.gate_facts(kept)


@router.get("/applications/{application_id}/doubts", response=dict[str, Any])
def doubts(request: HttpRequest, application_id: str) -> dict[str, Any]:
    """Ask whether the application goes together with the others of its organisation: questions, not refusals."""
    found = find(Application, application_id, caller(request), related="call")
    return {"items": [doubt.plain() for doubt in doubts_about(found, caller(request))]}


@router.get("/applications/{application_id}/earlier", response=dict[str, Any])
def earlier(request: HttpRequest, application_id: str) -> dict[str, Any]:
    """Show earlier answers to the questions of a draft."""
    found = find(Application, application_id, caller(request), related="call")
    return {name: vars(one) for name, one in earlier_answers(found, caller(request)).items()}


@router.post("/applications/{application_id}/earlier", response=dict[str, Any])
def take_over(request: HttpRequest, application_id: str, body: Reused) -> dict[str, Any]:
    """Take earlier answers over into a draft, and what the profile knows."""
    found = find(Application, application_id, caller(request))
    return {"filled": reuse(found, body.questions, by=caller(request))}


def _supervision(one: Supervision) -> dict[str, Any]:
    named = ("id", "application_id", "supervisor_id", "state", "reason")
    return {name.removesuffix("_id"): getattr(one, name) for name in named}


@router.get("/supervisions", response=dict[str, Any])
def supervisions(request: HttpRequest) -> dict[str, Any]:
    """List the applications of students that you were asked to supervise."""
    return {"items": [_supervision(one) for one in to_supervise(caller(request))[:100]]}


@router.post("/applications/{application_id}/supervisor", response=dict[str, Any])
def ask_supervisor(request: HttpRequest, application_id: str, body: Supervisor) -> dict[str, Any]:
    """Ask a colleague to supervise the application of a student."""
    found = find(Application, application_id, caller(request))
    return _supervision(actions.ask_supervisor(found, body.email, by=caller(request)))


@router.post("/supervisions/{supervision_id}/confirm", response=dict[str, Any])
def confirm_supervision(request: HttpRequest, supervision_id: str) -> dict[str, Any]:
    """Confirm the application as it is now, and become accountable for the work."""
    found = find(Supervision, supervision_id, caller(request))
    return _supervision(actions.confirm_supervision(found, by=caller(request)))


@router.post("/supervisions/{supervision_id}/decline", response=dict[str, Any])
def decline_supervision(request: HttpRequest, supervision_id: str, body: Declined) -> dict[str, Any]:
    """Say no, with a reason."""
    found = find(Supervision, supervision_id, caller(request))
    return _supervision(actions.decline_supervision(found, reason=body.reason, by=caller(request)))
