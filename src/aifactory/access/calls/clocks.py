"""When an application in a call must be decided, and on which day something happens there."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from aifactory.access.applications.models import Application
from aifactory.access.calls.models import Call
from aifactory.access.deadlines import add_months, decision_due
from aifactory.kit import clock


def due(call: Call, submitted_at: datetime) -> datetime:
    """Return by when an application submitted at that moment must be decided."""
    timer = call.mode.clock
    start = call.cut_off_at if timer.counted_from == "cut_off" and call.cut_off_at else submitted_at
    return decision_due(start, timer.working_days, timer.time_zone, timer.holidays, timer.days_off)


def award_ends_on(application: Application) -> date:
    """Return the day on which an award would end, if it began on the day the decision is due."""
    call = application.call
    starts = application.due_at or due(call, clock.now())
    return add_months(local_day(starts, call), call.mode.duration(application.answers))


def local_day(moment: datetime, call: Call) -> date:
    """Return the day of a moment in the time zone of the call's mode."""
    return moment.astimezone(ZoneInfo(call.mode.clock.time_zone)).date()
