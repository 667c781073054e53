"""When an application in a call must be decided, what is left of that time, and how long decisions took."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import QuerySet

from aifactory.access.applications.models import Application
from aifactory.access.calls.durations import Taken, Times, times
from aifactory.access.calls.models import Call
from aifactory.access.deadlines import add_months, decision_due, working_days_between
from aifactory.kit import clock


@dataclass(frozen=True)
class Countdown:
    """The decision clock of one application: due when, and how many working days from now (below 0: late)."""

    due_at: datetime
    working_days: int
    promised: int
    late: bool


def counted_from(call: Call, submitted_at: datetime) -> datetime:
    """Return the moment from which the clock of an application counts."""
    return call.cut_off_at if call.mode.clock.counted_from == "cut_off" and call.cut_off_at else submitted_at


def due(call: Call, submitted_at: datetime) -> datetime:
    """Return by when an application submitted at that moment must be decided."""
    timer = call.mode.clock
    start = counted_from(call, submitted_at)
    return decision_due(start, timer.working_days, timer.time_zone, timer.holidays, timer.days_off)


def countdown(application: Application) -> Countdown | None:
    """Return the clock of an application that waits for its decision; None where none runs."""
    if application.due_at is None or application.state in ("draft", "withdrawn", "awarded", "rejected"):
        return None
    timer, now = application.call.mode.clock, clock.now()
    today, last = local_day(now, application.call), local_day(application.due_at, application.call)
    return Countdown(
        application.due_at,
        working_days_between(today, last, timer.holidays, timer.days_off),
        timer.working_days,
        application.due_at < now,
    )


def late(rows: QuerySet[Application]) -> QuerySet[Application]:
    """Return those that should have been decided by now, the longest overdue first."""
    waiting = ("submitted", "eligible", "ineligible", "in_review", "reviewed")
    return rows.filter(state__in=waiting, due_at__lt=clock.now()).order_by("due_at", "pk")


def taken(application: Application, decided_at: datetime) -> Taken:
    """Return how many working days a decision took, counted as the mode promises."""
    call, timer = application.call, application.call.mode.clock
    first = local_day(counted_from(call, application.submitted_at or decided_at), call)
    days = working_days_between(first, local_day(decided_at, call), timer.holidays, timer.days_off)
    return Taken(call.mode.id, max(days, 0), timer.working_days)


def decision_times(since: datetime | None = None) -> list[Times]:
    """Return the published figures of every mode, in two queries; `since` leaves out what was decided before."""
    decided = Application.objects.filter(state__in=("awarded", "rejected"), decision__isnull=False)
    if since:
        decided = decided.filter(decision__decided_at__gte=since)
    calls = {call.pk: call for call in Call.objects.filter(applications__in=decided).distinct()}
    rows = decided.values_list("call_id", "submitted_at", "decision__decided_at")
    return times(
        taken(Application(call=calls[call], submitted_at=submitted), at) for call, submitted, at in rows
    )


def times_shown(one: Times) -> dict[str, Any]:
    """Return the figures of one mode as API and command line show them."""
    return vars(one) | {"share_in_time": round(one.share_in_time, 4)}


def award_ends_on(application: Application) -> date:
    """Return the day on which an award would end, if it began on the day the decision is due."""
    call = application.call
    starts = application.due_at or due(call, clock.now())
    return add_months(local_day(starts, call), call.mode.duration(application.answers))


def local_day(moment: datetime, call: Call) -> date:
    """Return the day of a moment in the time zone of the call's mode."""
    return moment.astimezone(ZoneInfo(call.mode.clock.time_zone)).date()
