"""The draw keeps what each item needs and each person can, keeps the probabilities, and repeats anywhere."""

import json
import subprocess
import sys
from collections import Counter

import pytest
from hypothesis import given, settings

from aifactory.access.matching import seeds
from aifactory.access.matching.draw import WHOLE, NotADivision, Pair, draw, numbers, settle
from aifactory.access.matching.optimum import Problem, TooFewFree, optimum
from tests.access.matching.test_optimum import problem, problems

HALF = WHOLE // 2


def settled(p: Problem) -> list[Pair]:
    best = optimum(p)
    answer = list(zip(best.item.tolist(), best.person.tolist(), best.probability.tolist(), strict=True))
    return settle(answer, p.demand.tolist(), p.load.tolist(), p.cap_percent)


@settings(max_examples=80, deadline=None)
@given(problems())
def test_every_draw_of_a_best_division_is_a_division(p: Problem) -> None:
    try:
        pairs = settled(p)
    except TooFewFree:
        return
    demand, load = p.demand.tolist(), p.load.tolist()
    assert [sum(x.probability for x in pairs if x.item == i) for i in range(len(demand))] == [
        d * WHOLE for d in demand
    ]
    assert all(
        sum(x.probability for x in pairs if x.person == j) <= most * WHOLE for j, most in enumerate(load)
    )
    assert all(0 < x.probability <= HALF for x in pairs)
    for seed in (b"a", b"b", b"c"):
        drawn = draw(pairs, demand, load, seed)
        assert Counter(i for i, _ in drawn) == Counter(dict(enumerate(demand)))
        assert all(count <= load[j] for j, count in Counter(j for _, j in drawn).items())
        assert set(drawn) <= {(x.item, x.person) for x in pairs}
        assert len(set(drawn)) == len(drawn)


def test_probabilities_are_what_they_were():
    thirds = [(0, 0, 1 / 3), (0, 1, 1 / 3), (0, 2, 1 / 3), (1, 1, 0.25), (1, 2, 0.5), (1, 3, 0.25)]
    pairs = settle(thirds, [1, 1], [1, 1, 1, 1], 50)
    assert [x.probability for x in pairs[3:]] == [WHOLE // 4, HALF, WHOLE // 4]
    draws = 4000
    seen = Counter(
        pair for n in range(draws) for pair in draw(pairs, [1, 1], [1, 1, 1, 1], seeds.of_run("s", n))
    )
    for pair in pairs:
        p = pair.probability / WHOLE
        # four standard deviations: 1 in 16,000 that a right draw fails, and the seeds are fixed
        assert abs(seen[pair.item, pair.person] / draws - p) < 4 * (p * (1 - p) / draws) ** 0.5


def test_what_a_program_got_slightly_wrong_is_mended():
    rough = [(0, 0, 0.5), (0, 1, 0.3000000004), (0, 2, 0.2), (1, 0, 0.5), (1, 1, 0.2999999991), (1, 2, 0.2)]
    pairs = settle(rough, [1, 1], [1, 1, 1], 50)
    assert [sum(p.probability for p in pairs if p.item == i) for i in (0, 1)] == [WHOLE, WHOLE]
    assert [p.probability for p in pairs if p.person == 0] == [HALF, HALF]


@pytest.mark.parametrize("demand", [[2], [0]])
def test_what_does_not_add_up_is_refused(demand: list[int]) -> None:
    with pytest.raises(NotADivision):
        settle([(0, 0, 0.5), (0, 1, 0.5)], demand, [1, 1], 50)
    with pytest.raises(NotADivision):
        draw([Pair(0, 0, HALF), Pair(0, 1, HALF)], demand, [1, 1], b"x")


def test_the_stream_and_a_draw_are_pinned():
    # SHA-256("seed" ‖ 8 zero bytes), first 8 bytes: so that a change of the algorithm is noticed.
    assert next(numbers(b"seed")) == int.from_bytes(bytes.fromhex(FIRST_OF_SEED), "big")
    pairs = [Pair(i, j, HALF) for i in range(3) for j in range(2)]
    assert draw(pairs, [1, 1, 1], [2, 2], b"seed") == DRAWN


FIRST_OF_SEED = "1a30d3c0635d49b5"
DRAWN = [(0, 0), (1, 1), (2, 0)]

SCRIPT = """
import json
from aifactory.access.matching.draw import draw
from tests.access.matching.test_draw import settled
from tests.access.matching.test_optimum import problem
p = problem([[n * 7 % 11 / 11 + m * 5 % 13 / 26 for m in range(9)] for n in range(6)], demand=2, load=2)
print(json.dumps(draw(settled(p), p.demand.tolist(), p.load.tolist(), b"across")))
"""


def test_another_process_draws_the_same():
    p = problem([[n * 7 % 11 / 11 + m * 5 % 13 / 26 for m in range(9)] for n in range(6)], demand=2, load=2)
    here = draw(settled(p), p.demand.tolist(), p.load.tolist(), b"across")
    for salt in ("0", "1"):
        there = subprocess.run(
            [sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True,
            env={"PYTHONHASHSEED": salt, "PYTHONPATH": ":".join(p for p in sys.path if p)},
        )  # fmt: skip
        assert [tuple(pair) for pair in json.loads(there.stdout)] == here


def test_the_seed_is_over_every_secret_and_the_call():
    one, other = "a" * 32, "b" * 32
    assert seeds.commitment(one) == "sha256:3ba3f5f43b92602683c19aee62a20342b084dd5971ddd33808d81a328879a547"
    assert seeds.seed("cal_1", [one, other]) == seeds.seed("cal_1", [other, one])
    different = {
        seeds.seed("cal_1", [one, other]),
        seeds.seed("cal_2", [one, other]),
        seeds.seed("cal_1", [one]),
    }
    assert len(different) == 3
    assert seeds.of_run("s", 1) != seeds.of_run("s", 2)
