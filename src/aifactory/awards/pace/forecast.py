"""What will be used of an award until its end, from its daily use: a block bootstrap. Pure arithmetic.

Use comes in weeks: so blocks of seven days are drawn, which keep a weekend a weekend. Each draw first resamples
the past itself (the mean is not known either) and then the future from that. A few days of even use are mixed in,
so that a project that just begins is not told that it never will. The same days always give the same figures.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

BLOCK = 7


@dataclass(frozen=True)
class Range:
    """An amount with the range that the stated share of draws falls in; base units."""

    value: int
    low: int
    high: int


@dataclass(frozen=True)
class Forecast:
    """What comes on top of today's use until the end: `more`; by week in `weeks` (days from today, range).

    `full` is the share of draws in which all that is left is used before the end, `full_in` the days until then in
    the middle one of those draws (None where there are none).
    """

    more: Range
    weeks: tuple[tuple[int, Range], ...]
    full: float
    full_in: int | None


def forecast(
    daily: Sequence[int], *, left: int, days: int, even: float, draws: int, prior_weeks: int, level: int = 95
) -> Forecast:
    """Forecast the use of the next `days`, never more than `left`.

    `daily`: the amounts of the last days, oldest first, without gaps; `even`: what a day at an even pace uses;
    `prior_weeks`: how many weeks of even use count as if they had been seen; `level`: percent of draws in a range.
    """
    if days <= 0 or left <= 0:
        nothing = Range(0, 0, 0)
        return Forecast(nothing, (), 1.0 if left <= 0 else 0.0, 0 if left <= 0 else None)
    chance = random.Random(f"{len(daily)} {days} {draws}")  # noqa: S311 - a repeatable draw is meant
    last = (days - 1) % BLOCK + 1
    blocks = [(_sum(daily, start, BLOCK), _sum(daily, start, last)) for start in range(len(daily))]
    blocks += [(even * BLOCK, even * last)] * (BLOCK * prior_weeks)
    paths = [_path(chance, blocks, -(-days // BLOCK)) for _ in range(draws)]
    ends = _week_ends(days)
    weeks = tuple(
        (end, _range(sorted(path[week] for path in paths), level, left)) for week, end in enumerate(ends)
    )
    full = sorted(day for path in paths if (day := _reached(path, ends, left)) is not None)
    return Forecast(
        more=weeks[-1][1],
        weeks=weeks,
        full=len(full) / draws,
        full_in=full[len(full) // 2] if full else None,
    )


def _path(chance: random.Random, blocks: Sequence[tuple[float, float]], weeks: int) -> list[float]:
    """Return one possible future: what is used in all by the end of each week, of which the last may be shorter."""
    past = chance.choices(blocks, k=max(1, round(len(blocks) / BLOCK)))
    coming = chance.choices(past, k=weeks)
    return list(accumulate([*(whole for whole, _part in coming[:-1]), coming[-1][1]]))


def _sum(daily: Sequence[int], start: int, length: int) -> float:
    """Return the use of `length` days from `start` on; the past closes into a ring, so each day counts alike."""
    return sum(daily[(start + day) % len(daily)] for day in range(length))


def _week_ends(days: int) -> list[int]:
    return [*range(BLOCK, days, BLOCK), days]


def _reached(path: Sequence[float], ends: Sequence[int], left: int) -> int | None:
    """Return after how many days `left` is used up, taking the use within a week as even."""
    begun, before = 0, 0.0
    for end, sum_ in zip(ends, path, strict=True):
        if sum_ >= left:
            return begun + int((end - begun) * (left - before) / (sum_ - before))
        begun, before = end, sum_
    return None


def _range(draws: Sequence[float], level: int, most: int) -> Range:
    last, tail = len(draws) - 1, (100 - level) / 200
    chosen = last // 2, round(tail * last), round((1 - tail) * last)
    return Range(*(min(most, round(draws[place])) for place in chosen))
