"""Reads of calls."""

from typing import Any

from django.db.models import QuerySet

from aifactory.access.calls.models import Call
from aifactory.access.deadlines import in_time
from aifactory.kit import clock
from aifactory.people.rules import visible


def calls(viewer: Any) -> QuerySet[Call]:
    """Return the calls the viewer may see, newest first."""
    return visible(Call, viewer).order_by("-pk")


def takes_applications(call: Call) -> bool:
    """Say whether the call takes applications at this moment."""
    now = clock.now()
    return call.state == "open" and call.opens_at <= now and in_time(now, call.cut_off_at)


def opens_later(call: Call) -> bool:
    """Say whether the call is announced and has not opened yet."""
    return call.state == "open" and clock.now() < call.opens_at
