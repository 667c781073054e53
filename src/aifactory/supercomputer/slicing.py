"""Cutting a job's time at month ends and where awards begin or end: pure, exact, and nothing lost at the seams."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from typing import NamedTuple


class Slice(NamedTuple):
    """So many whole seconds of a job from `begin` on, in one month of the calendar's time zone."""

    month: str
    begin: datetime
    seconds: int


class Calendar:
    """The months and days of a time zone. It remembers the last that was asked for: jobs come in order of time."""

    def __init__(self, zone: tzinfo) -> None:
        self.zone = zone
        never = ("", datetime.max.replace(tzinfo=UTC), datetime.min.replace(tzinfo=UTC))
        self._name, self._first, self._next = never
        self._day, self._morning, self._midnight = never

    def month(self, at: datetime) -> tuple[str, datetime]:
        """Return the month of a moment as `2026-11`, and when the next one begins."""
        if not self._first <= at < self._next:
            there = at.astimezone(self.zone)
            year, month = (there.year + 1, 1) if there.month == 12 else (there.year, there.month + 1)
            self._name = f"{there:%Y-%m}"
            self._first = datetime(there.year, there.month, 1, tzinfo=self.zone).astimezone(UTC)
            self._next = datetime(year, month, 1, tzinfo=self.zone).astimezone(UTC)
        return self._name, self._next

    def day(self, at: datetime) -> tuple[str, datetime]:
        """Return the day of a moment as `2026-11-23`, and when the next one begins."""
        if not self._morning <= at < self._midnight:
            there = at.astimezone(self.zone).date()
            follows = there + timedelta(days=1)
            self._day = there.isoformat()
            self._morning, self._midnight = (
                datetime(one.year, one.month, one.day, tzinfo=self.zone).astimezone(UTC)
                for one in (there, follows)
            )
        return self._day, self._midnight

    def days(self, begin: datetime, seconds: int) -> list[tuple[str, int]]:
        """Return on which days so many whole seconds from `begin` on fell, and how many on each."""
        name, midnight = self.day(begin)
        end = begin + timedelta(seconds=seconds)
        if end <= midnight:
            return [(name, seconds)]
        found, left = [], seconds
        while end > midnight:
            here = int((midnight - begin).total_seconds())
            found.append((name, here))
            left -= here
            begin = begin + timedelta(seconds=here)
            # A fraction of a second before midnight belongs to the day that begins.
            name, midnight = self.day(max(begin, midnight))
        return [*found, (name, left)]


def slices(start: datetime, end: datetime, calendar: Calendar, seams: Sequence[datetime] = ()) -> list[Slice]:
    """Cut [start, end) at the first moment of each month and at each of `seams`, in order of time.

    The seconds add up to those between start and end, whatever the clocks of the zone do in between. A job without
    any length is one slice of nothing, so that it is counted.
    """
    found, at = [], start
    while True:
        month, cut = calendar.month(at)
        cut = min(end, cut)
        for seam in seams:
            if at < seam < cut:
                cut = seam
        # Seams between whole seconds: each counts from the start, so that no fraction is dropped twice.
        seconds = int((cut - start).total_seconds()) - int((at - start).total_seconds())
        found.append(Slice(month, at, max(seconds, 0)))
        if cut >= end:
            return found
        at = cut
