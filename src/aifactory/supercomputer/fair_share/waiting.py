"""Do all classes wait alike? Waiting times in a few steps, with ranges from resampling projects. Pure arithmetic.

"The security and quality of service shall be the same for all users within each user category" (Council Regulation
(EU) 2021/1173, Article 16). Jobs of one project are no independent witnesses: so whole projects are resampled, and
jobs are compared with jobs of their own size only.
"""

import random
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate

HOUR, DAY = 3600, 86_400
#: the upper ends of the steps, in seconds; what waited longer is in one step more
EDGES = (60, 300, 900, HOUR, 4 * HOUR, 12 * HOUR, DAY, 3 * DAY, 7 * DAY)
WITHIN_AN_HOUR = EDGES.index(HOUR) + 1
DRAWS = 400
TAIL = 0.025
#: fewer projects than this in a class are not shown
LEAST = 3

Counts = tuple[int, ...]


@dataclass(frozen=True)
class Sample:
    """How many runs of one project waited how long: one number for each step."""

    user_class: str
    counts: Counts


@dataclass(frozen=True)
class Interval:
    """A figure with the range that 95 of 100 resamples fall in."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Row:
    """One class, or `hidden`: too few projects to show. `median` in seconds; shares between 0 and 1.

    `difference`: its share that started within an hour minus that of all others. `signal` where the range of that
    leaves out zero: a reason to look, and no proof.
    """

    user_class: str
    projects: int = 0
    runs: int = 0
    median: Interval | None = None
    within_hour: Interval | None = None
    difference: Interval | None = None
    signal: bool = False
    hidden: bool = False


def step_of(seconds: float) -> int:
    """Return the step that a waiting time falls in."""
    return bisect_left(EDGES, seconds)


def rows(samples: Iterable[Sample], classes: Sequence[str]) -> list[Row]:
    """Return one row a class that has runs, in the order of `classes`; the same samples give the same figures."""
    by_class: dict[str, list[Counts]] = {name: [] for name in classes}
    for sample in samples:
        if sum(sample.counts):
            by_class[sample.user_class].append(sample.counts)
    chance = random.Random(f"{sorted((n, len(c)) for n, c in by_class.items())}")  # noqa: S311 - repeatable
    drawn = {name: _draws(chance, found) for name, found in by_class.items() if found}
    return [_row(name, by_class[name], drawn) for name in classes if by_class[name]]


def _row(name: str, found: list[Counts], drawn: dict[str, list[Counts]]) -> Row:
    if len(found) < LEAST:
        return Row(name, hidden=True)
    own = drawn[name]
    whole = own[0]
    others = [draws for other, draws in drawn.items() if other != name]
    difference = None
    if others:
        rest = [_sum(parts) for parts in zip(*others, strict=True)]
        pairs = zip(own, rest, strict=True)
        difference = _interval([_within_hour(mine) - _within_hour(theirs) for mine, theirs in pairs])
    return Row(
        name,
        projects=len(found),
        runs=sum(whole),
        median=_interval([_median(draw) for draw in own]),
        within_hour=_interval([_within_hour(draw) for draw in own]),
        difference=difference,
        signal=difference is not None and not difference.low <= 0 <= difference.high,
    )


def _draws(chance: random.Random, found: list[Counts]) -> list[Counts]:
    """Return the sums as they are, and those of each resample of the projects."""
    return [_sum(found), *(_sum(chance.choices(found, k=len(found))) for _ in range(DRAWS))]


def _sum(counts: Iterable[Counts]) -> Counts:
    return tuple(sum(column) for column in zip(*counts, strict=True))


def _within_hour(counts: Counts) -> float:
    return sum(counts[:WITHIN_AN_HOUR]) / sum(counts)


def _median(counts: Counts) -> float:
    """Return the middle waiting time, taking the times within a step as even; the last step ends at two weeks."""
    half = sum(counts) / 2
    sums = list(accumulate(counts))
    step = bisect_left(sums, half)
    low = EDGES[step - 1] if step else 0
    high = EDGES[step] if step < len(EDGES) else 2 * EDGES[-1]
    before = sums[step - 1] if step else 0
    return low + (high - low) * (half - before) / counts[step]


def _interval(draws: Sequence[float]) -> Interval:
    """Return the first figure, which is the true one, with the range of the others."""
    value, *others = draws
    others.sort()
    last = len(others) - 1
    return Interval(
        value, min(value, others[round(TAIL * last)]), max(value, others[round((1 - TAIL) * last)])
    )
