"""Typical hours: what an hour of this month usually emits. Knows nothing of the weather."""

import csv
from datetime import UTC, datetime, timedelta
from pathlib import Path

from aifactory.ports.carbon import CarbonHour, NoSignal, Signal

DUTCH_HOURS = Path(__file__).with_name("typical_nl.csv")
#: Table and attribution by zone.
TABLES = {
    "NL": (
        DUTCH_HOURS,
        "Typical Dutch hours 2020-2021, from CarbonCast data/NL (Apache-2.0); generation data: ENTSO-E",
    )
}
LONGEST = timedelta(days=366)


class TypicalHours:
    """Median, 10th and 90th percentile of past hours by month and hour (UTC), for zones with a table."""

    def __init__(self, *, zone: str = "NL") -> None:
        self.zone = zone
        self._figures: dict[tuple[int, int], tuple[float, float, float]] = {}
        if zone in TABLES:
            table, self.source = TABLES[zone]
            lines = [t for t in table.read_text(encoding="utf-8").splitlines() if not t.startswith("#")]
            for row in csv.DictReader(lines):
                figures = float(row["median"]), float(row["low"]), float(row["high"])
                self._figures[int(row["month"]), int(row["hour"])] = figures

    def between(self, start: datetime, end: datetime) -> Signal:
        """Return every hour that overlaps [start, end).

        Raises `NoSignal` for an empty or endless span, and for a zone without a table.
        """
        if not self._figures:
            raise NoSignal(f"No typical hours are known for {self.zone}.")
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
