"""How much time is given back for an outage: arithmetic on spans of time, and the published figures. Pure."""

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path

FILE = Path(__file__).with_name("policy.toml")


@dataclass(frozen=True)
class Span:
    """From a moment until another, which is no part of it."""

    start: datetime
    end: datetime

    @property
    def seconds(self) -> int:
        """Whole seconds; none where the end comes first."""
        return max(0, int((self.end - self.start).total_seconds()))

    def within(self, other: "Span") -> "Span":
        """Return what both have in common, maybe nothing."""
        return Span(max(self.start, other.start), min(self.end, other.end))


@dataclass(frozen=True)
class Policy:
    """The published figures; see policy.toml."""

    version: str
    least_seconds: int
    round_to_seconds: int
    planned_percent: int
    unplanned_percent: int

    def given(self, lost: int, *, planned: bool) -> int:
        """Return how many seconds are given back for `lost` seconds: rounded up, or none for a short loss."""
        if lost < self.least_seconds or lost <= 0:
            return 0
        percent = self.planned_percent if planned else self.unplanned_percent
        owed = -(-lost * percent // 100)
        return -(-owed // self.round_to_seconds) * self.round_to_seconds


@cache
def policy(path: Path = FILE) -> Policy:
    """Read the policy in force."""
    told = tomllib.loads(path.read_text(encoding="utf-8"))
    return Policy(
        version=told["version"],
        least_seconds=told["least_minutes"] * 60,
        round_to_seconds=told["round_to_minutes"] * 60,
        planned_percent=told["percent"]["planned"],
        unplanned_percent=told["percent"]["unplanned"],
    )


def lost(outage: Span, award: Span, earlier: Iterable[Span]) -> int:
    """Return how many seconds of `award` this outage took that no `earlier` one took already."""
    left = [outage.within(award)]
    for other in earlier:
        left = [part for piece in left for part in _without(piece, other)]
    return sum(piece.seconds for piece in left)


def _without(piece: Span, other: Span) -> list[Span]:
    shared = piece.within(other)
    if not shared.seconds:
        return [piece]
    return [part for part in (Span(piece.start, shared.start), Span(shared.end, piece.end)) if part.seconds]
