"""Cutting a job's time at month ends and at the end of an award: pure, exact, and nothing lost at the seams."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo


@dataclass(frozen=True)
class Slice:
    """So many whole seconds of a job in one month of the given time zone; `is_late` after the award had ended."""

    month: str
    seconds: int
    is_late: bool


def slices(start: datetime, end: datetime, zone: tzinfo, *, award_ends: datetime | None) -> Iterator[Slice]:
    """Cut [start, end) at the first moment of each month in `zone`, and at `award_ends`.

    The seconds add up to those between start and end, whatever the clocks of `zone` do in between.
    """
    at = start
    while at < end:
        cut = min(end, _next_month(at, zone))
        is_late = award_ends is not None and at >= award_ends
        if award_ends is not None and at < award_ends < cut:
            cut = award_ends
        # Seams between whole seconds: each counts from the last, so that no fraction is dropped twice.
        seconds = int((cut - start).total_seconds()) - int((at - start).total_seconds())
        yield Slice(f"{at.astimezone(zone):%Y-%m}", seconds, is_late)
        at = cut


def _next_month(at: datetime, zone: tzinfo) -> datetime:
    there = at.astimezone(zone)
    year, month = (there.year + 1, 1) if there.month == 12 else (there.year, there.month + 1)
    return datetime(year, month, 1, tzinfo=zone).astimezone(UTC)
