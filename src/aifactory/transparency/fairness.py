"""Who applies and who gets: success, GPU-hours, the four-fifths signal, the price of the floor. Pure arithmetic.

Works on plain cases, one per decided application. A group with fewer than five applications is not shown, nor
whatever would let a reader work it out from the rest.
"""

import random
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

#: fewer applications than this in a group are not shown
LEAST = 5
#: a rate below this share of the best group's is a signal to look (29 CFR 1607.4 D, the four-fifths rule)
FOUR_FIFTHS = 0.8
DRAWS = 1000
TAIL = Fraction(1, 40)  # on each side: a 95 % interval
DIMENSIONS = ("size", "region", "sector", "newcomer")


@dataclass(frozen=True)
class Case:
    """One decided application. `groups`: dimension → group; amounts in GPU-hours.

    `parts`: what is also shown by itself and it belongs to, from large to small: a mode, then a call.
    The last four are what the selection says of it, None where there was none: whether the rule proposed an
    award, whether it would have without the SME floor and without correction for reviewers, and its corrected
    score in hundredths of a point.
    """

    id: str
    parts: tuple[str, ...]
    groups: Mapping[str, str]
    granted: bool
    gpu_hours: float = 0.0
    proposed: bool | None = None
    without_floor: bool | None = None
    without_correction: bool | None = None
    score: int | None = None


@dataclass(frozen=True)
class Interval:
    """A share with the range that 95 of 100 resamples fall in."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Row:
    """One group; or, `hidden`, that there are groups too small to show: not even their names are told."""

    group: str
    hidden: bool = False
    applications: int | None = None
    granted: int | None = None
    success: Interval | None = None
    gpu_hours: float | None = None
    gpu_share: Interval | None = None
    impact: float | None = None
    signal: bool = False


@dataclass(frozen=True)
class Floor:
    """What the SME floor changed: who came in by it, who was left out, GPU-hours moved, and the mean difference
    in corrected score (points) between those left out and those who came in.
    """

    selected: int
    came_in: int
    left_out: int
    hours_in: float
    points: float | None


@dataclass(frozen=True)
class Report:
    """Everything about one set of cases. `crossed`: whom correction for reviewers moved over the line."""

    applications: int
    granted: int
    gpu_hours: float
    dimensions: Mapping[str, Sequence[Row]]
    floor: Floor
    ranked: int
    crossed: int
    crossing: Interval | None = field(default=None)


def report(cases: Iterable[Case]) -> Report:
    """Return the figures of a set of cases; the same cases always give the same figures."""
    found = sorted(cases, key=lambda case: case.id)
    ranked = [case for case in found if case.proposed is not None]
    crossed = sum(case.without_correction != case.proposed for case in ranked)
    return Report(
        applications=len(found),
        granted=sum(case.granted for case in found),
        gpu_hours=sum(case.gpu_hours for case in found),
        dimensions={name: rows(found, name) for name in DIMENSIONS},
        floor=floor(ranked),
        ranked=len(ranked),
        crossed=crossed,
        crossing=proportion(crossed, len(ranked)) if ranked else None,
    )


def rows(cases: Sequence[Case], dimension: str) -> list[Row]:
    """Return one row a group of a dimension, largest first; those hidden as one row without a name, at the end."""
    by_group: dict[str, list[Case]] = defaultdict(list)
    for case in cases:
        by_group[case.groups[dimension]].append(case)
    hidden = hidden_groups(cases, dimension)
    shares = gpu_shares(cases, dimension)
    rates = {g: sum(c.granted for c in some) / len(some) for g, some in by_group.items() if g not in hidden}
    best = max(rates.values(), default=0.0)
    shown = [
        _row(group, by_group[group], shares.get(group), rates[group] / best if best else None)
        for group in sorted(rates, key=lambda g: (-len(by_group[g]), g))
    ]
    return [*shown, *([Row("", hidden=True)] if hidden else [])]


def _row(group: str, cases: Sequence[Case], share: Interval | None, impact: float | None) -> Row:
    granted = sum(case.granted for case in cases)
    return Row(
        group=group,
        applications=len(cases),
        granted=granted,
        success=proportion(granted, len(cases)),
        gpu_hours=sum(case.gpu_hours for case in cases),
        gpu_share=share,
        impact=impact,
        signal=impact is not None and impact < FOUR_FIFTHS,
    )


def hidden_groups(cases: Sequence[Case], dimension: str) -> set[str]:
    """Return the groups not to be shown: the small, those that a mode or a call shown by itself would let one
    work out, and the next smallest until what is hidden is two groups and five applications.
    """
    return set(_held_back(cases, dimension, 0))


def _held_back(cases: Sequence[Case], dimension: str, level: int) -> dict[str, int]:
    """Return the hidden groups, each with how many of its applications no table below tells either.

    The total of a group gives away what one part hides of it, unless two parts hide five together.
    """
    counts: dict[str, int] = defaultdict(int)
    parts: dict[str, list[Case]] = defaultdict(list)
    for case in cases:
        counts[case.groups[dimension]] += 1
        if level < len(case.parts):
            parts[case.parts[level]].append(case)
    below: dict[str, list[int]] = defaultdict(list)
    for some in parts.values():
        for group, untold in _held_back(some, dimension, level + 1).items():
            below[group].append(untold)
    hidden = {group for group, count in counts.items() if count < LEAST}
    hidden |= {group for group, untold in below.items() if len(untold) < 2 or sum(untold) < LEAST}
    return {
        group: sum(below[group]) if group in below else counts[group]
        for group in _with_complement(counts, hidden)
    }


def _with_complement(counts: Mapping[str, int], hidden: set[str]) -> set[str]:
    left = sorted(set(counts) - hidden, key=lambda group: (counts[group], group))
    while hidden and left and (len(hidden) < 2 or sum(counts[group] for group in hidden) < LEAST):
        hidden = hidden | {left.pop(0)}
    return hidden


def proportion(hits: int, of: int) -> Interval:
    """Return hits/of with its bootstrap percentile interval.

    Resampling a yes or no gives a binomial number of yes: its quantiles are the bootstrap with endless draws.
    """
    return Interval(hits / of, _quantile(hits, of, TAIL) / of, _quantile(hits, of, 1 - TAIL) / of)


def _quantile(hits: int, of: int, level: Fraction) -> int:
    """Return the least k with P(X ≤ k) ≥ level, for X binomial (of, hits/of); in whole numbers, so exact."""
    misses = of - hits
    if not hits or not misses:
        return hits
    # `term` is P(X = k) times of to the power of: the next one follows without a remainder.
    term, wanted = misses**of, level * of**of
    total, k = term, 0
    while total < wanted:
        term = term * (of - k) * hits // ((k + 1) * misses)
        k += 1
        total += term
    return k


def gpu_shares(cases: Sequence[Case], dimension: str) -> dict[str, Interval]:
    """Return each group's share of the GPU-hours granted, with a bootstrap interval over the awards.

    The seed is fixed: the draws differ with the cases and with nothing else. No hours at all: no shares.
    """
    awards = [(case.groups[dimension], case.gpu_hours) for case in cases if case.gpu_hours > 0]
    whole = sum(hours for _group, hours in awards)
    if not whole:
        return {}
    values = {case.groups[dimension]: 0.0 for case in cases}
    for group, hours in awards:
        values[group] += hours
    draws: dict[str, list[float]] = {group: [] for group in values}
    chance = random.Random(f"{dimension} {len(awards)}")  # noqa: S311 - a repeatable draw is meant
    for _draw in range(DRAWS):
        sums = dict.fromkeys(values, 0.0)
        for group, hours in chance.choices(awards, k=len(awards)):
            sums[group] += hours
        total = sum(sums.values())
        for group, hours in sums.items():
            draws[group].append(hours / total)
    return {group: _interval(value / whole, sorted(draws[group])) for group, value in values.items()}


def _interval(value: float, draws: Sequence[float]) -> Interval:
    last = len(draws) - 1
    return Interval(value, draws[round(TAIL * last)], draws[round((1 - TAIL) * last)])


def floor(ranked: Sequence[Case]) -> Floor:
    """Return what the SME floor changed in the proposals of the rule, before any person's deviation."""
    came_in = [case for case in ranked if case.proposed and not case.without_floor]
    left_out = [case for case in ranked if case.without_floor and not case.proposed]
    scores = [[case.score for case in some if case.score is not None] for some in (left_out, came_in)]
    points = None
    if all(scores):
        out, into = (sum(some) / len(some) for some in scores)
        points = round((out - into) / 100, 2)
    return Floor(
        selected=sum(bool(case.proposed) for case in ranked),
        came_in=len(came_in),
        left_out=len(left_out),
        hours_in=sum(case.gpu_hours for case in came_in),
        points=points,
    )
