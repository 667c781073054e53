"""How much of an award should be used by a moment: evenly over its period, or as its project planned by month."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, tzinfo


def months_of(start: datetime, end: datetime, zone: tzinfo) -> list[str]:
    """Return the months (2026-11) that [start, end) touches in a time zone."""
    return [month for month, _begin, _stop in _parts(start, end, zone)]


def even(amount: int, start: datetime, end: datetime, at: datetime) -> int:
    """Return what is used of an amount at a moment when every second takes the same."""
    gone = min(max((at - start).total_seconds(), 0.0), (end - start).total_seconds())
    return int(amount * gone / (end - start).total_seconds())


def expected(
    amount: int,
    start: datetime,
    end: datetime,
    at: datetime,
    *,
    zone: tzinfo,
    planned: Mapping[str, int] | None = None,
) -> int:
    """Return what should be used by `at`: by the plan (month to amount) where there is one, else evenly.

    Within a month the plan's amount is spread evenly over the part of it that lies in the award's period. A plan for
    more than the amount (some was given back since) is taken in proportion.
    """
    if not planned:
        return even(amount, start, end, at)
    whole = sum(planned.values())
    due = sum(even(planned.get(month, 0), begin, stop, at) for month, begin, stop in _parts(start, end, zone))
    return due if whole <= amount else due * amount // whole


def _parts(start: datetime, end: datetime, zone: tzinfo) -> Iterator[tuple[str, datetime, datetime]]:
    """Cut [start, end) at the first moment of each month in the zone; yield month, begin and end of each part."""
    begin = start
    while begin < end:
        there = begin.astimezone(zone)
        year, month = (there.year + 1, 1) if there.month == 12 else (there.year, there.month + 1)
        stop = min(end, datetime(year, month, 1, tzinfo=zone).astimezone(UTC))
        yield f"{there:%Y-%m}", begin, stop
        begin = stop
