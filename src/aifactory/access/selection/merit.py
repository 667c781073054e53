"""Odds of a draw that do as well as can be promised, whatever the true order is.

Scores come as ranges. Every order of the applications in which one whose range lies wholly above another's
comes first may be the true one. Of all ways to give `places` by chance, MERIT (Goldberg, Fanti and Shah 2025,
arXiv 2506.19083) maximises the expected number of truly best ones chosen in the worst of these orders. Of the
many ways that reach that maximum, this is the most equal: no one's odds can rise without lowering those of
somebody who has no more. Like ranges therefore have like odds, and the answer is unique.

Costs are taken as equal, so it is used within a size class only.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

#: of the linear programs; odds are fractions of small numbers, far coarser than this
TOLERANCE = 1e-7


@dataclass(frozen=True, order=True)
class Range:
    """From `low` to `high`, both included."""

    low: int
    high: int


def odds(ranges: Sequence[Range], places: int) -> list[Fraction]:
    """Return the chance of each application, in the order given; together they make `places` (to six
    decimals, where they are no simple fractions).

    Raises `ValueError` where there are more places than applications, or fewer than none.
    """
    if not 0 <= places <= len(ranges):
        raise ValueError("There are as many places as applications at most.")
    if not ranges or max(r.low for r in ranges) <= min(r.high for r in ranges):
        # Every order is possible: the worst leaves out the best odds, so even ones are the best promise.
        return [Fraction(places, max(len(ranges), 1))] * len(ranges)
    kinds = Counter(ranges)
    settled = {kind: Fraction(1) for kind in kinds if surely_in(kind, kinds, places)}
    settled |= {kind: Fraction(0) for kind in kinds if surely_out(kind, kinds, places)}
    found = settled | _open(kinds, settled, places) if len(settled) < len(kinds) else settled
    return [found[r] for r in ranges]


def surely_in(kind: Range, kinds: Counter[Range], places: int) -> bool:
    """Say whether the application is among the first `places` in every order that the ranges allow."""
    return sum(n for other, n in kinds.items() if other.high >= kind.low) <= places


def surely_out(kind: Range, kinds: Counter[Range], places: int) -> bool:
    """Say whether it is so in none of them."""
    return sum(n for other, n in kinds.items() if other.low > kind.high) >= places


def _levels(kinds: Counter[Range], places: int) -> list[tuple[list[Range], list[Range], int]]:
    """Return, for each level that an order's first `places` can have: all above, those across, how many of these."""
    found = []
    for level in sorted({kind.high for kind in kinds}):
        above = sorted(kind for kind in kinds if kind.low > level)
        across = sorted(kind for kind in kinds if kind.low <= level <= kind.high)
        free = places - sum(kinds[kind] for kind in above)
        if 0 <= free <= sum(kinds[kind] for kind in across):
            found.append((above, across, free))
    return found


def worst(chances: Mapping[Range, Any], kinds: Counter[Range], places: int) -> Any:
    """Return the expected number of true best ones chosen, in the worst order that the ranges allow.

    The first `places` of such an order are, for some level, all that lie above it and any of those that reach
    across it; the worst of these takes the ones with the smallest chances.
    """
    values = []
    for above, across, free in _levels(kinds, places):
        smallest = sorted(chances[kind] for kind in across for _ in range(kinds[kind]))[:free]
        values.append(sum(chances[kind] * kinds[kind] for kind in above) + sum(smallest))
    return min(values)


def _open(kinds: Counter[Range], settled: dict[Range, Fraction], places: int) -> dict[Range, Fraction]:
    """Solve for those whose place is open: first the best promise, then level by level the most equal odds."""
    program = _Program(kinds, {kind: float(chance) for kind, chance in settled.items()}, places)
    program.promise = program.solve()[0]
    while program.unsettled:
        level, tight = program.solve()
        for kind in tight:
            program.fixed[kind] = level
    return {kind: _exact(program.fixed[kind]) for kind in kinds if kind not in settled}


def _exact(chance: float) -> Fraction:
    """Return the fraction of small numbers that the program's double stands for, else six decimals."""
    near = Fraction(chance).limit_denominator(1000)
    return (
        near if abs(near - Fraction(chance)) < Fraction(1, 10**6) else Fraction(round(chance * 10**6), 10**6)
    )


class _Program:
    """The linear program, in columns: the open chances, then the figure to maximise, then those of each level.

    The sum of the `free` smallest chances across a level is the largest value of free·t - sum of s, where every
    s is at least t less its chance: that makes the worst order linear. Without a `promise` the figure is the
    promise itself; with one it is the least open chance, and the promise is kept.
    """

    def __init__(self, kinds: Counter[Range], fixed: dict[Range, float], places: int) -> None:
        self.kinds, self.fixed, self.places = kinds, fixed, places
        self.levels = _levels(kinds, places)
        self.promise: float | None = None

    @property
    def unsettled(self) -> list[Range]:
        return sorted(kind for kind in self.kinds if kind not in self.fixed)

    def solve(self) -> tuple[float, list[Range]]:
        """Return the maximum, and which chances cannot be above it (none while there is no promise yet)."""
        from scipy.optimize import linprog
        from scipy.sparse import csr_array

        open_ = self.unsettled
        rows = self._rows({kind: column for column, kind in enumerate(open_)})
        cells = [(r, c, v) for r, (row, _) in enumerate(rows) for c, v in row.items()]
        width = 1 + max(c for _, c, _ in cells)
        data = ([v for *_, v in cells], ([r for r, *_ in cells], [c for _, c, _ in cells]))
        highest = self.places if self.promise is None else 1.0
        tail = width - len(open_) - 1
        answer = linprog(
            [0.0] * len(open_) + [-1.0] + [0.0] * tail,
            A_ub=csr_array(data, shape=(len(rows), width)),
            b_ub=[bound for _, bound in rows],
            A_eq=csr_array([[float(self.kinds[kind]) for kind in open_] + [0.0] * (tail + 1)]),
            b_eq=[self.places - sum(self.fixed[kind] * self.kinds[kind] for kind in self.fixed)],
            bounds=[(0.0, 1.0)] * len(open_) + [(0.0, highest)] + [(0.0, None)] * tail,
            method="highs",
        )
        value = float(answer.x[len(open_)])
        if self.promise is None:
            return value, []
        prices = answer.ineqlin.marginals[-len(open_) :]
        tight = [kind for kind, price in zip(open_, prices, strict=True) if price < -TOLERANCE]
        return value, tight or open_

    def _rows(self, column: dict[Range, int]) -> list[tuple[dict[int, float], float]]:
        """Return the inequalities as (column → factor, bound); the last ones hold the least chance down."""
        figure, rows = len(column), []
        following = figure + 1
        for above, across, free in self.levels:
            row: dict[int, float] = {following: -float(free)}
            promised = self.promise - TOLERANCE / 10 if self.promise is not None else 0.0
            bound = (
                sum(self.fixed[kind] * self.kinds[kind] for kind in above if kind in self.fixed) - promised
            )
            row |= {column[kind]: -float(self.kinds[kind]) for kind in above if kind in column}
            if self.promise is None:
                row[figure] = 1.0
            for place, kind in enumerate(across, start=following + 1):
                row[place] = float(self.kinds[kind])
                slack = {following: 1.0, place: -1.0}
                if kind in column:
                    rows.append((slack | {column[kind]: -1.0}, 0.0))
                else:
                    rows.append((slack, self.fixed[kind]))
            rows.append((row, bound))
            following += 1 + len(across)
        if self.promise is not None:
            rows += [({place: -1.0, figure: 1.0}, 0.0) for place in column.values()]
        return rows
