"""The lines between the sizes of enterprises, and when an enterprise crosses one.

Recommendation 2003/361/EC, Annex, Articles 2 and 4(2); (EU) 2025/1099 for small mid-caps. Figures are those of
the enterprise with its partner and linked enterprises already added (Annex, Article 6).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from itertools import pairwise


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

    def holds(self, staff: Fraction | int, turnover: Fraction | int, balance: Fraction | int) -> bool:
        """Say whether an enterprise with these figures stays under the line."""
        return staff < self.staff and (turnover <= self.turnover or balance <= self.balance)


CEILINGS = (
    Ceiling(Size.MICRO, 10, 2_000_000, 2_000_000),
    Ceiling(Size.SMALL, 50, 10_000_000, 10_000_000),
    Ceiling(Size.MEDIUM, 250, 50_000_000, 43_000_000),
    Ceiling(Size.SMALL_MID_CAP, 750, 150_000_000, 129_000_000),
)

SME = frozenset({Size.MICRO, Size.SMALL, Size.MEDIUM})


def size_of(staff: Fraction | int, turnover: Fraction | int, balance: Fraction | int) -> Size:
    """Return the class for annual work units and yearly turnover and balance-sheet total in whole euros."""
    for ceiling in CEILINGS:
        if ceiling.holds(staff, turnover, balance):
            return ceiling.size
    return Size.LARGE


def standing(yearly: Sequence[Size]) -> Size:
    """Return the class that stands after these consecutive years, oldest first (Annex, Article 4(2)).

    A line counts as crossed only when two years in a row lie on its other side; each line is asked by itself, so
    a jump over two lines crosses the nearer one first where only that was passed twice. The first year stands
    as it is. Raises `ValueError` without a year.
    """
    if not yearly:
        raise ValueError("A class needs the figures of one year at least.")
    order = list(Size)
    under = [order.index(yearly[0]) <= line for line in range(len(CEILINGS))]
    for before, now in pairwise(yearly):
        for line in range(len(CEILINGS)):
            sides = {order.index(before) <= line, order.index(now) <= line}
            if len(sides) == 1:
                under[line] = sides.pop()
    return next((CEILINGS[line].size for line, held in enumerate(under) if held), Size.LARGE)
