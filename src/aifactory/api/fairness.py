"""Routes of the fairness figures."""

from typing import Any

from django.http import HttpRequest
from ninja import Query, Router, Schema

from aifactory.access.models import Call
from aifactory.people.rules import find
from aifactory.transparency import decided

router = Router(tags=["transparency"])


class Which(Schema):
    """One call (its id) or one mode (its id, all versions); neither means everything."""

    call: str = ""
    mode: str = ""


class FairnessFigures(Schema):
    """Per dimension (size, region, sector, newcomer) one row a group; small groups are one `hidden` row.

    Shares are between 0 and 1, with the range of 95 of 100 resamples; `impact` is a group's success as a part of
    the best group's, `signal` where that is under four fifths.
    """

    applications: int
    granted: int
    gpu_hours: float
    dimensions: dict[str, list[dict[str, Any]]]
    floor: dict[str, Any]
    calibration: dict[str, Any]


class OverTime(Schema):
    """The calls of a mode, oldest first, with their figures by size."""

    items: list[dict[str, Any]]


@router.get("/register/fairness", response=FairnessFigures, auth=None)
def fairness(request: HttpRequest, which: Query[Which]) -> dict[str, Any]:
    """Show who applied and who got, with ranges. Open to everybody."""
    call = find(Call, which.call, request.user).pk if which.call else ""
    return decided.facts(decided.fairness(call=call, mode="" if call else which.mode))


@router.get("/register/fairness/{name}", response=OverTime, auth=None)
def over_time(request: HttpRequest, name: str) -> dict[str, Any]:  # noqa: ARG001
    """Show the figures by size of each call of a mode. Open to everybody."""
    return {"items": decided.over_time(name)}
