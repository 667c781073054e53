"""The search for conflicts, made anew every day: ties end by the calendar too, when nobody changes anything."""

import time
from datetime import date

from aifactory.access.applications.lifecycle import BEFORE_THE_FACTORY
from aifactory.access.applications.models import Application
from aifactory.access.conflicts.actions import SEARCH, search_again
from aifactory.access.conflicts.queries import judges
from aifactory.audit.actions import note
from aifactory.audit.models import Event
from aifactory.kit import clock


class DailySearch:
    """A step of the worker: searches for as many applications as fit in `seconds`, so that nothing else waits.

    Each application is a transaction of its own. The log says when a day's search was done; one that is cut off
    begins again, and finds the same.
    """

    def __init__(self, seconds: float = 1.0) -> None:
        self.seconds = seconds
        self.waiting: list[str] = []

    def __call__(self) -> int:
        """Go on with today's search; returns for how many applications."""
        today = clock.now().date()
        if not self.waiting:
            if searched_on(today):
                return 0
            rows = Application.objects.filter(state__in=BEFORE_THE_FACTORY)
            self.waiting = list(rows.order_by("-pk").values_list("pk", flat=True))
        done, end, people = 0, time.monotonic() + self.seconds, list(judges())
        while self.waiting and (not done or time.monotonic() < end):
            search_again(self.waiting.pop(), people)
            done += 1
        if not self.waiting:
            note("conflicts:search", by=SEARCH, data={"day": today.isoformat()})
        return done


def searched_on(day: date) -> bool:
    """Say whether the whole search was made on that day (UTC)."""
    rows = Event.objects.filter(name="conflicts:search").order_by("-pk")
    newest = rows.values_list("data", flat=True).first()
    return newest is not None and newest["day"] >= day.isoformat()
