"""Routes of lanes and clocks: the order of a first-in-first-out call with its proof, and how long decisions take."""

from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema

from aifactory.access import queries
from aifactory.access.calls.clocks import countdown, decision_times, late, times_shown
from aifactory.access.conflicts.rules import require_overseer
from aifactory.access.lanes import actions
from aifactory.access.lanes.queries import Place, lane, place
from aifactory.access.models import Application, Call
from aifactory.api.authentication import caller, visitor
from aifactory.audit.record import plain
from aifactory.people.rules import find
from aifactory.transparency import log

MOST = 200
router = Router(tags=["lanes"])


class Reason(Schema):
    """Why an application is decided before earlier ones."""

    reason: str


def place_facts(found: Place) -> dict[str, Any]:
    """Return a place without a name: its number, moment, standing, and its leaf in the log."""
    return {
        "number": found.number,
        "submitted_at": plain(found.submitted_at),
        "standing": found.standing,
        "leaf": found.seal.leaf if found.seal else None,
        "log_position": found.seal.position if found.seal else None,
    }


@router.get("/calls/{call_id}/lane", auth=None, response=list[dict[str, Any]])
def lane_of(request: HttpRequest, call_id: str) -> list[dict[str, Any]]:
    """List the places of a first-in-first-out call in order, each with its leaf in the public log."""
    return [place_facts(found) for found in lane(find(Call, call_id, visitor(request)))]


@router.get("/calls/{call_id}/lane/{number}", auth=None, response=dict[str, Any])
def place_in_lane(request: HttpRequest, call_id: str, number: int) -> dict[str, Any]:
    """Show one place with the proof that its submission is in the log (RFC 6962)."""
    found = place(find(Call, call_id, visitor(request)), number)
    event = log.event(found.event)
    return place_facts(found) | {"proof": event["proof"] if event else None}


@router.get("/decision-times", auth=None, response=list[dict[str, Any]])
def how_long(request: HttpRequest) -> list[dict[str, Any]]:  # noqa: ARG001
    """Show per mode: how many decisions, median and 90th percentile in working days, and the share in time."""
    return [times_shown(one) for one in decision_times()]


@router.get("/late-applications", response=list[dict[str, Any]])
def overdue(request: HttpRequest) -> list[dict[str, Any]]:
    """List what should have been decided by now, for the office and the panel, the longest overdue first."""
    user = caller(request)
    require_overseer(user)
    found = []
    for application in late(queries.applications(user))[:MOST]:
        clock, turn = countdown(application), queries.turn(application)
        found.append(
            {
                "id": application.pk,
                "reference": application.reference,
                "due_at": plain(application.due_at),
                "working_days": clock.working_days if clock else None,
                "whose": turn.whose,
                "what": turn.what,
            }
        )
    return found


@router.post("/applications/{application_id}/out-of-turn", response=dict[str, Any])
def out_of_turn(request: HttpRequest, application_id: str, body: Reason) -> dict[str, Any]:
    """Put on record why an application is decided before earlier ones; needs a mandate to decide."""
    by = caller(request)
    leave = actions.allow_out_of_turn(find(Application, application_id, by), reason=body.reason, by=by)
    return {"id": leave.pk, "application": leave.application_id, "ahead": leave.ahead, "reason": leave.reason}
