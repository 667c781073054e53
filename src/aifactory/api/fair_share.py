"""Routes of fair share: the published targets, and how long each class waits."""

from typing import Any

from django.http import HttpRequest
from ninja import Field, Query, Router, Schema

from aifactory.kit import clock
from aifactory.supercomputer.fair_share.queries import audit
from aifactory.supercomputer.fair_share.targets import in_force

router = Router(tags=["transparency"])


class Period(Schema):
    """How many days back to look."""

    days: int = Field(90, ge=1, le=3660)


class EqualTreatment(Schema):
    """Per class its target, part awarded and part used, in percent; per size of job a row for each class.

    Rows: median waiting time in seconds, part that started within an hour (0 to 1), and its difference from the other
    classes, each with the range of 95 of 100 resamples of projects; `signal` where that leaves out zero. A class with
    too few projects is `hidden`.
    """

    targets: str
    targets_digest: str
    days: int
    classes: list[dict[str, Any]]
    sizes: list[dict[str, Any]]


@router.get("/register/equal-treatment", response=EqualTreatment, auth=None)
def equal_treatment(request: HttpRequest, period: Query[Period]) -> dict[str, Any]:  # noqa: ARG001
    """Show whether all users of a class wait alike, from the clusters' own books. Open to everybody."""
    return audit(period.days)


@router.get("/register/fair-share", response=dict[str, Any], auth=None)
def targets(request: HttpRequest) -> dict[str, Any]:  # noqa: ARG001
    """Show the targets in force as they stand, with their digest. Open to everybody."""
    found = in_force(clock.now())
    return found.model_dump(mode="json", by_alias=True) | {"digest": found.digest}
