"""Cutting a job's time at month ends and where awards begin or end: pure, exact, and nothing lost at the seams."""

from collections.abc import Sequence
from datetime import UTC, datetime, tzinfo
from typing import NamedTuple


class Slice(NamedTuple):
    """So many whole seconds of a job from `begin` on, in one month of the calendar's time zone."""

    month: str
    begin: datetime
    seconds: int


class Calendar:
    """The months of a time zone. It remembers the last one that was asked for: jobs come in order of time."""

    def __init__(self, zone: tzinfo) -> None:
        self.zone = zone
        self._name, self._first, self._next = (
            "",
            datetime.max.replace(tzinfo=UTC),
            datetime.min.replace(tzinfo=UTC),
        )

    def month(self, at: datetime) -> tuple[str, datetime]:
        """Return the month of a moment as `2026-11`, and when the next one begins."""
        if not self._first <= at < self._next:
            there = at.astimezone(self.zone)
            year, month = (there.year + 1, 1) if there.month == 12 else (there.year, there.month + 1)
            self._name = f"{there:%Y-%m}"
            self._first = datetime(there.year, there.month, 1, tzinfo=self.zone).astimezone(UTC)
            self._next = datetime(year, month, 1, tzinfo=self.zone).astimezone(UTC)
        return self._name, self._next


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
