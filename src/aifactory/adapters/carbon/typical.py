"""Typical hours: what an hour of this month usually emits. Always answers, knows nothing of the weather."""

import csv
from datetime import UTC, datetime, timedelta
from pathlib import Path

from aifactory.ports.carbon import CarbonHour, NoSignal, Signal

DUTCH_HOURS = Path(__file__).with_name("typical_nl.csv")
SOURCE = "Typical Dutch hours 2020-2021, from CarbonCast data/NL (Apache-2.0); generation data: ENTSO-E"
LONGEST = timedelta(days=366)


class TypicalHours:
    """Median and 10th to 90th percentile of past hours by month and hour (UTC), from a table of our own."""

    def __init__(self, table: Path = DUTCH_HOURS, *, zone: str = "NL", source: str = SOURCE) -> None:
        self.zone = zone
        self.source = source
        lines = [line for line in table.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
        self._figures = {
            (int(row["month"]), int(row["hour"])): (
                float(row["median"]),
                float(row["low"]),
                float(row["high"]),
            )
            for row in csv.DictReader(lines)
        }

    def between(self, start: datetime, end: datetime) -> Signal:
        """Return every hour that overlaps [start, end). Raises `NoSignal` for an empty or endless span."""
        hours = tuple(
            CarbonHour(hour, *self._figures[hour.month, hour.hour]) for hour in hours_of(start, end)
        )
        return Signal(self.zone, "typical", self.source, None, hours)


def hours_of(start: datetime, end: datetime) -> list[datetime]:
    """Return the start of every full UTC hour that overlaps [start, end). Raises `NoSignal`, as above."""
    if not timedelta() < end - start <= LONGEST:
        raise NoSignal(f"Ask for a span of more than nothing and at most {LONGEST.days} days.")
    first = start.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    count = -((first - end.astimezone(UTC)) // timedelta(hours=1))
    return [first + n * timedelta(hours=1) for n in range(count)]
