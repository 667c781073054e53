"""How large an enterprise is, by Recommendation 2003/361/EC (Annex, Article 2) and (EU) 2025/1099.

Figures are those of the enterprise with its partners and linked enterprises already added (Annex, Article 6).
"""

from dataclasses import dataclass
from enum import StrEnum


class Size(StrEnum):
    """Size classes of enterprises, smallest first."""

    MICRO = "micro"
    SMALL = "small"
    MEDIUM = "medium"
    SMALL_MID_CAP = "small_mid_cap"
    LARGE = "large"


@dataclass(frozen=True)
class Ceiling:
    """A class holds enterprises under `staff` persons and at or under one of the two money lines (euros)."""

    size: Size
    staff: int
    turnover: int
    balance: int


CEILINGS = (
    Ceiling(Size.MICRO, 10, 2_000_000, 2_000_000),
    Ceiling(Size.SMALL, 50, 10_000_000, 10_000_000),
    Ceiling(Size.MEDIUM, 250, 50_000_000, 43_000_000),
    Ceiling(Size.SMALL_MID_CAP, 750, 150_000_000, 129_000_000),
)

SME = frozenset({Size.MICRO, Size.SMALL, Size.MEDIUM})


def size_of(staff: int, turnover: int, balance: int) -> Size:
    """Return the class for annual work units and yearly turnover and balance-sheet total in whole euros."""
    for ceiling in CEILINGS:
        if staff < ceiling.staff and (turnover <= ceiling.turnover or balance <= ceiling.balance):
            return ceiling.size
    return Size.LARGE
