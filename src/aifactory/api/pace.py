"""Routes of the pace of awards, of what is taken back, and of the pool."""

from typing import Any, Literal

from django.http import HttpRequest
from ninja import Field, Query, Router, Schema, Status

from aifactory.api.authentication import caller
from aifactory.api.paging import Paging, page
from aifactory.audit.record import plain
from aifactory.awards.models import AwardLine
from aifactory.awards.pace import actions, queries
from aifactory.awards.pace.models import PoolWish, RampPlan, Reclaim
from aifactory.awards.pace.policy import in_force
from aifactory.kit import clock
from aifactory.kit.units import base, shown
from aifactory.people.rules import find
from aifactory.transparency.objecting import object_to, object_until, rule, ruling_until

router = Router(tags=["awards"])
MOST = 10**12


class Listed(Schema):
    """A page of facts."""

    items: list[dict[str, Any]]
    next: str | None


class PlanWish(Schema):
    """Month (2026-11) to amount in the unit of the award; and why at this pace."""

    months: dict[str, float]
    why: str = Field(max_length=1000)


class Amount(Schema):
    """An amount in the unit of the award, and why."""

    amount: float = Field(gt=0, le=MOST)
    why: str = Field("", max_length=1000)


class Answer(Schema):
    """What the project says."""

    answer: str = Field(max_length=4000)


class ObjectionText(Schema):
    """Why the project does not agree."""

    objection: str = Field(max_length=4000)


class Ruling(Schema):
    """What goes back to the award, in its unit (0: the decision stands); what came of the hearing; and why."""

    restored: float = Field(ge=0, le=MOST)
    hearing: str = Field(max_length=4000)
    reasons: str = Field(max_length=4000)


class Reasons(Schema):
    """Why it is decided so."""

    reasons: str = Field("", max_length=4000)


class Granted(Reasons):
    """How much is granted, in the unit of the award; reasons where it is out of turn."""

    amount: float = Field(gt=0, le=MOST)


@router.get("/allocations/{line_id}/pace", response=dict[str, Any])
def pace(request: HttpRequest, line_id: str) -> dict[str, Any]:
    """Show how an award is used, what is expected by now, and the forecast for its end with its range."""
    return queries.standing_facts(queries.standing(find(AwardLine, line_id, caller(request))))


@router.put("/allocations/{line_id}/plan", response=dict[str, Any])
def plan_use(request: HttpRequest, line_id: str, body: PlanWish) -> dict[str, Any]:
    """Say how much is planned for which month; the pace is judged by it from then on."""
    line = find(AwardLine, line_id, caller(request))
    months = {month: base(line.resource, str(amount)) for month, amount in body.months.items()}
    return _plan_facts(actions.plan_use(line, months, why=body.why, by=caller(request)))


def _plan_facts(plan: RampPlan) -> dict[str, Any]:
    resource = plan.line.resource
    months = {month: float(shown(resource, amount)) for month, amount in plan.months.items()}
    return {"id": plan.pk, "line": plan.line_id, "months": months, "why": plan.why}


@router.post("/allocations/{line_id}/returns", response={201: dict[str, Any]})
def give_back(request: HttpRequest, line_id: str, body: Amount) -> Status[dict[str, Any]]:
    """Give back time that the project does not need; others may get it."""
    line = find(AwardLine, line_id, caller(request))
    credit = actions.give_back(line, base(line.resource, str(body.amount)), why=body.why, by=caller(request))
    facts = {"id": credit.pk, "line": line.pk, "usable_until": plain(credit.usable_until)}
    return Status(201, facts | {"amount": float(shown(line.resource, credit.amount))})


@router.post("/allocations/{line_id}/pool-wishes", response={201: dict[str, Any]})
def ask(request: HttpRequest, line_id: str, body: Amount) -> Status[dict[str, Any]]:
    """Ask the pool for more on top of an award."""
    line = find(AwardLine, line_id, caller(request))
    made = actions.ask(line, base(line.resource, str(body.amount)), why=body.why, by=caller(request))
    return Status(201, queries.wish_facts(made))


@router.get("/pace", response=Listed)
def paces(request: HttpRequest, paging: Query[Paging]) -> dict[str, Any]:
    """List the awards in their period that you may see, each with its forecast; newest first."""
    seen = queries.allocations_running(caller(request))
    found = page(seen, paging, lambda line: line)
    return {
        "items": [queries.standing_facts(s) for s in queries.standings(found["items"])],
        "next": found["next"],
    }


@router.get("/reclaims", response=Listed)
def reclaims(request: HttpRequest, paging: Query[Paging], state: str = "") -> dict[str, Any]:
    """List what was or may be taken back, of the projects that you may see."""
    rows = queries.reclaims(caller(request))
    return page(rows.filter(state=state) if state else rows, paging, _reclaim_facts)


@router.get("/reclaims/{reclaim_id}", response=dict[str, Any])
def reclaim(request: HttpRequest, reclaim_id: str) -> dict[str, Any]:
    """Show one reclaim: what it rests on, the project's answer, the decision, and until when one can object."""
    return _reclaim_facts(find(Reclaim, reclaim_id, caller(request)))


def _reclaim_facts(found: Reclaim) -> dict[str, Any]:
    until, ruled = object_until(found), ruling_until(found)
    return queries.reclaim_facts(found) | {"object_until": plain(until), "ruling_until": plain(ruled)}


@router.post("/reclaims/{reclaim_id}/answer", response=dict[str, Any])
def answer(request: HttpRequest, reclaim_id: str, body: Answer) -> dict[str, Any]:
    """Say why the time is still needed, before anybody decides."""
    user = caller(request)
    return _reclaim_facts(actions.answer(find(Reclaim, reclaim_id, user), body.answer, by=user))


@router.post("/reclaims/{reclaim_id}/objection", response=dict[str, Any])
def object_(request: HttpRequest, reclaim_id: str, body: ObjectionText) -> dict[str, Any]:
    """Object, for the project, to time being taken back; within the term."""
    user = caller(request)
    return _reclaim_facts(object_to(find(Reclaim, reclaim_id, user), body.objection, by=user))


@router.post("/reclaims/{reclaim_id}/ruling", response=dict[str, Any])
def rule_(request: HttpRequest, reclaim_id: str, body: Ruling) -> dict[str, Any]:
    """Rule on an objection: with the duty to decide on objections, and never on one's own decision."""
    user = caller(request)
    found = find(Reclaim, reclaim_id, user)
    restored = base(found.line.resource, str(body.restored))
    return _reclaim_facts(rule(found, restored, hearing=body.hearing, reasons=body.reasons, by=user))


@router.post("/reclaims/{reclaim_id}/{verb}", response=dict[str, Any])
def decide_reclaim(
    request: HttpRequest, reclaim_id: str, verb: Literal["confirm", "drop"], body: Reasons
) -> dict[str, Any]:
    """Take the time back, or leave it with the project: with the mandate, and with reasons."""
    user = caller(request)
    act = actions.confirm if verb == "confirm" else actions.drop
    return _reclaim_facts(act(find(Reclaim, reclaim_id, user), reasons=body.reasons, by=user))


@router.get("/pool-wishes", response=Listed)
def wishes(request: HttpRequest, paging: Query[Paging], state: str = "") -> dict[str, Any]:
    """List who asks for more, of the projects that you may see."""
    rows = queries.wishes(caller(request))
    return page(rows.filter(state=state) if state else rows, paging, queries.wish_facts)


@router.post("/pool-wishes/{wish_id}/grant", response=dict[str, Any])
def grant(request: HttpRequest, wish_id: str, body: Granted) -> dict[str, Any]:
    """Grant time from the pool, first asked first."""
    user, found = caller(request), find(PoolWish, wish_id, caller(request))
    amount = base(found.line.resource, str(body.amount))
    return queries.wish_facts(actions.grant_again(found, amount, reasons=body.reasons, by=user))


@router.post("/pool-wishes/{wish_id}/refuse", response=dict[str, Any])
def refuse(request: HttpRequest, wish_id: str, body: Reasons) -> dict[str, Any]:
    """Say no to a wish for more, with reasons."""
    user = caller(request)
    return queries.wish_facts(actions.refuse(find(PoolWish, wish_id, user), reasons=body.reasons, by=user))


@router.post("/pool-wishes/{wish_id}/withdraw", response=dict[str, Any])
def withdraw(request: HttpRequest, wish_id: str) -> dict[str, Any]:
    """Take a wish for more back."""
    user = caller(request)
    return queries.wish_facts(actions.withdraw(find(PoolWish, wish_id, user), by=user))


@router.get("/register/unused-time", response=dict[str, Any], auth=None)
def unused(request: HttpRequest, paging: Query[Paging]) -> dict[str, Any]:  # noqa: ARG001
    """Show the policy about unused time, what came back, what was granted again, and what lapsed. For everybody."""
    policy = in_force(clock.now())
    facts = {
        "policy": policy.model_dump(mode="json"),
        "policy_digest": policy.digest,
        "moved": queries.moved(),
    }
    return facts | {"lapses": page(queries.lapses(), paging, queries.lapse_facts)}
