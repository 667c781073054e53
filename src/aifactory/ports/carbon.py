"""The carbon intensity of the grid: what is expected hour by hour, and where the number comes from."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True)
class CarbonHour:
    """One hour starting at `start` (aware UTC, on the hour): gCO2eq/kWh with a plausible range."""

    start: datetime
    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Signal:
    """A run of consecutive hours with its source.

    `kind`: "typical" (a table of past months), "forecast" (issued at `issued_at`) or "measured".
    `source` is the attribution that is shown beside every number made from it.
    """

    zone: str
    kind: str
    source: str
    issued_at: datetime | None
    hours: tuple[CarbonHour, ...]


class CarbonSignal(Protocol):
    """Answers for one zone. Raises `NoSignal` where it can't cover the hours asked for."""

    def between(self, start: datetime, end: datetime) -> Signal:
        """Return every hour that overlaps [start, end)."""
        ...


class NoSignal(LookupError):
    """The source has nothing for those hours."""
