"""MERIT's odds against brute force: every order that the ranges allow, one by one."""

from collections import Counter
from fractions import Fraction
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from aifactory.access.selection.merit import Range, odds, worst

ranges = st.builds(lambda low, wide: Range(low, low + wide), st.integers(0, 12), st.integers(0, 6))


def best_sets(found: list[Range], places: int) -> list[tuple[int, ...]]:
    """Return every set of applications that can be the true best, by looking at all of them."""
    everyone = range(len(found))
    return [
        best
        for best in combinations(everyone, places)
        if not any(found[j].low > found[i].high for i in best for j in everyone if j not in best)
    ]


def best_promise(found: list[Range], places: int) -> float:
    """Return the largest worst case of any odds, from a linear program with every set written out."""
    n, sets = len(found), best_sets(found, places)
    answer = linprog(
        [0.0] * n + [-1.0],
        A_ub=[[-float(i in best) for i in range(n)] + [1.0] for best in sets],
        b_ub=[0.0] * len(sets),
        A_eq=[[1.0] * n + [0.0]],
        b_eq=[places],
        bounds=[(0, 1)] * n + [(0, None)],
    )
    return float(-answer.fun)


@given(st.lists(ranges, min_size=2, max_size=7), st.integers(1, 6))
@settings(deadline=None, max_examples=60)
def test_the_odds_keep_the_best_promise_and_favour_nobody_below(found: list[Range], places: int) -> None:
    places = min(places, len(found) - 1)
    chances = odds(found, places)
    promise = min(sum(chances[i] for i in best) for best in best_sets(found, places))
    assert abs(sum(chances) - places) < Fraction(1, 10**5)
    assert float(promise) == pytest.approx(best_promise(found, places), abs=1e-5)
    assert float(worst(dict(zip(found, chances, strict=True)), Counter(found), places)) == pytest.approx(
        float(promise), abs=1e-9
    )
    for mine, p in zip(found, chances, strict=True):
        for other, q in zip(found, chances, strict=True):
            if mine.low >= other.low and mine.high >= other.high:
                assert p >= q


def test_ranges_that_all_meet_give_even_odds() -> None:
    assert odds([Range(1, 5), Range(4, 9), Range(3, 4)], 2) == [Fraction(2, 3)] * 3


def test_who_is_surely_above_has_the_place() -> None:
    assert odds([Range(8, 9), Range(1, 5), Range(4, 6), Range(0, 0)], 2) == [
        1,
        Fraction(1, 2),
        Fraction(1, 2),
        0,
    ]


def test_more_places_than_applications_are_refused() -> None:
    with pytest.raises(ValueError, match="as many places"):
        odds([Range(0, 1)], 2)
