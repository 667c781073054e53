"""The division is the best there is: held against enumeration, against another program, and its own bound."""

import itertools
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from aifactory.access.matching import optimum as module
from aifactory.access.matching.optimum import KEEP, Problem, TooFewFree, optimum


def problem(scores: Any, *, allowed: Any = None, demand: Any = 1, load: Any = 1, cap: int = 50) -> Problem:
    table = np.array(scores, dtype=float)
    items, people = table.shape
    may = np.ones_like(table, dtype=bool) if allowed is None else np.array(allowed, dtype=bool)
    return Problem(
        table,
        may,
        np.broadcast_to(np.asarray(demand), (items,)).astype(np.int64),
        np.broadcast_to(np.asarray(load), (people,)).astype(np.int64),
        cap,
    )


@st.composite
def problems(draw: Any, cap: int = 50) -> Problem:
    items, people = draw(st.integers(1, 4)), draw(st.integers(2, 6))
    cell = st.integers(0, 20).map(lambda n: n / 20)

    def table(of: Any) -> Any:
        return draw(st.lists(st.lists(of, min_size=people, max_size=people), min_size=items, max_size=items))

    scores, allowed = table(cell), table(st.sampled_from([True, True, True, False]))
    demand = draw(st.lists(st.integers(1, 2), min_size=items, max_size=items))
    load = draw(st.lists(st.integers(0, 3), min_size=people, max_size=people))
    return problem(scores, allowed=allowed, demand=demand, load=load, cap=cap)


def whole_program(p: Problem) -> tuple[float, float] | None:
    """Solve both steps over every pair at once, written out another way; None where there is no division."""
    items, people = p.scores.shape
    pairs = items * people
    of_item = np.kron(np.eye(items), np.ones(people))
    of_person = np.tile(np.eye(people), items)
    limit = np.where(p.allowed.ravel(), p.cap_percent / 100, 0.0)
    value = of_item * p.scores.ravel()
    upper = np.vstack([np.c_[of_person, np.zeros(people)], np.c_[-value, p.demand]])
    bounds = [*((0, one) for one in limit), (0, None)]
    first = linprog(
        np.r_[np.zeros(pairs), -1], upper, np.r_[p.load, np.zeros(items)], np.c_[of_item, np.zeros(items)],
        p.demand, bounds, method="highs-ipm",
    )  # fmt: skip
    if first.status == 2:
        return None
    level = -first.fun
    second = linprog(
        -p.scores.ravel(), np.vstack([of_person, -value]), np.r_[p.load, -KEEP * level * p.demand + 1e-12],
        of_item, p.demand, bounds[:-1], method="highs-ipm",
    )  # fmt: skip
    return level, -second.fun


@settings(max_examples=60, deadline=None)
@given(problems(), st.sampled_from([(40, 3), (1, 0), (2, 1)]))
def test_the_best_is_found_from_few_pairs_as_from_all(p: Problem, first: tuple[int, int]) -> None:
    expected = whole_program(p)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "FIRST_OF_ITEM", first[0])
        patch.setattr(module, "FIRST_OF_PERSON", first[1])
        if expected is None:
            with pytest.raises(TooFewFree):
                optimum(p)
            return
        found = optimum(p)
    assert (found.level, found.total) == pytest.approx(expected, abs=1e-6)
    assert found.level <= found.level_bound + 1e-9 <= found.level + 1e-6
    assert found.total <= found.total_bound + 1e-9 <= found.total + 1e-6
    assert found.worst >= KEEP * found.level - 1e-7
    table = np.zeros_like(p.scores)
    table[found.item, found.person] = found.probability
    assert table.sum(axis=1) == pytest.approx(p.demand)
    assert (table.sum(axis=0) <= p.load + 1e-7).all()
    assert (table <= 0.5).all()
    assert not table[~p.allowed].any()


@settings(max_examples=40, deadline=None)
@given(problems(cap=100))
def test_nothing_that_can_be_enumerated_is_better(p: Problem) -> None:
    best = -1.0
    choices = [
        itertools.combinations(np.flatnonzero(p.allowed[i]), int(p.demand[i])) for i in range(len(p.demand))
    ]
    for chosen in itertools.product(*(list(choice) for choice in choices)):
        taken = np.bincount([j for one in chosen for j in one], minlength=len(p.load))
        if (taken <= p.load).all():
            best = max(best, min(p.scores[i, list(one)].mean() for i, one in enumerate(chosen)))
    assume(best >= 0)
    found = optimum(p)
    assert found.level_bound >= best - 1e-9


def test_one_application_between_two_people_is_half_and_half():
    found = optimum(problem([[0.9, 0.5, 0.1]]))
    assert found.person.tolist() == [0, 1]
    assert found.probability.tolist() == [0.5, 0.5]
    assert (found.level, found.total) == pytest.approx((0.7, 0.7))


def test_the_worst_served_comes_first_and_the_sum_then():
    # The sum alone would be 1.3 and leave item 1 with 0.3. At 98 % of 0.6 a chance of 0.04 for that is what fits.
    found = optimum(problem([[1.0, 0.6], [0.6, 0.3]], cap=100))
    assert found.level == pytest.approx(0.6)
    assert found.worst == pytest.approx(KEEP * 0.6)
    assert found.total == pytest.approx(1.204)


def test_too_few_people_are_told_with_figures():
    with pytest.raises(TooFewFree, match=r"at a limit of 50 %: 0\.50 reviews can't be given out") as refused:
        optimum(problem([[0.9, 0.8], [0.5, 0.4]], allowed=[[True, True], [True, False]]))
    assert refused.value.short == {1: 0.5}
    raised = optimum(problem([[0.9, 0.8], [0.5, 0.4]], allowed=[[True, True], [True, False]], cap=100))
    assert sorted(zip(raised.item.tolist(), raised.person.tolist(), strict=True)) == [(0, 1), (1, 0)]


def test_nothing_to_divide_is_fine():
    found = optimum(problem(np.zeros((0, 3)), demand=np.zeros(0), load=1))
    assert (found.item.tolist(), found.total) == ([], 0.0)
