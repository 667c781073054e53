"""How long decisions took: figures that anybody can reckon again from the moments in the register."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import ceil


@dataclass(frozen=True)
class Taken:
    """One decision: under which mode, after how many working days, and how many were promised."""

    mode: str
    working_days: int
    promised: int

    @property
    def in_time(self) -> bool:
        """Say whether the decision kept its promise."""
        return self.working_days <= self.promised


@dataclass(frozen=True)
class Times:
    """The decisions under one mode: how many, median and 90th percentile in working days, how many in time."""

    mode: str
    count: int
    median: float
    p90: int
    in_time: int

    @property
    def share_in_time(self) -> float:
        """Return the part that was decided in time, 0 to 1."""
        return self.in_time / self.count


def times(taken: Iterable[Taken]) -> list[Times]:
    """Return the figures of each mode that decided anything, by name of the mode."""
    by_mode: dict[str, list[Taken]] = {}
    for one in taken:
        by_mode.setdefault(one.mode, []).append(one)
    return [
        Times(
            mode,
            len(found),
            median([one.working_days for one in found]),
            percentile([one.working_days for one in found], 90),
            sum(one.in_time for one in found),
        )
        for mode, found in sorted(by_mode.items())
    ]


def median(days: Sequence[int]) -> float:
    """Return the middle one, or the mean of the middle two."""
    ordered, half = sorted(days), len(days) // 2
    return float(ordered[half]) if len(days) % 2 else (ordered[half - 1] + ordered[half]) / 2


def percentile(days: Sequence[int], percent: int) -> int:
    """Return the smallest number of days within which at least so many percent were decided (nearest rank)."""
    return sorted(days)[ceil(percent * len(days) / 100) - 1]
