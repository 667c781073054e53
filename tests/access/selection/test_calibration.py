"""The correction finds strict reviewers, leaves fair ones alone, and gives the same bits every time."""

import random
from fractions import Fraction
from statistics import mean

import pytest

from aifactory.access.selection.calibration import FEWEST, Given, calibrate

ROUNDING = Fraction(1, 12)


def panel(
    leniency: float, *, seed: int = 1, count: int = 80
) -> tuple[dict[str, float], dict[str, float], list[Given]]:
    chance = random.Random(seed)
    worth = {f"a{i:03}": chance.gauss(3, 0.8) for i in range(count)}
    lenient = {f"r{j:02}": chance.gauss(0, leniency) for j in range(count // 2)}
    given = [
        Given(a, r, Fraction(round(min(5, max(0, w + lenient[r] + chance.gauss(0, 0.4))))))
        for a, w in worth.items()
        for r in chance.sample(sorted(lenient), 3)
    ]
    return worth, lenient, given


def raw(given: list[Given]) -> dict[str, float]:
    names = {g.application for g in given}
    return {name: mean(float(g.total) for g in given if g.application == name) for name in names}


def top(scores: dict[str, float], count: int) -> set[str]:
    return set(sorted(scores, key=lambda name: -scores[name])[:count])


def test_lenient_and_strict_reviewers_are_found_and_more_of_the_best_with_them() -> None:
    hits: dict[str, list[int]] = {"raw": [], "corrected": []}
    for seed in range(8):
        worth, lenient, given = panel(0.8, seed=seed)
        found = calibrate(given, interval=50, rounding=ROUNDING)
        best = top(worth, 25)
        hits["raw"].append(len(best & top(raw(given), 25)))
        hits["corrected"].append(len(best & top({a: s.score for a, s in found.scores.items()}, 25)))
        order = sorted(lenient, key=lambda r: lenient[r])
        assert mean(found.leniency[r] for r in order[:5]) < 0 < mean(found.leniency[r] for r in order[-5:])
    assert sum(hits["corrected"]) > sum(hits["raw"])


def test_a_range_holds_the_worth_about_as_often_as_it_says() -> None:
    held = []
    for seed in range(8):
        worth, _, given = panel(0.5, seed=seed)
        found = calibrate(given, interval=80, rounding=ROUNDING)
        held += [abs(found.scores[a].score - w) <= found.scores[a].margin for a, w in worth.items()]
    assert 0.74 < mean(held) < 0.86


def test_the_order_of_reviews_changes_no_bit() -> None:
    _, _, given = panel(0.6)
    turned = calibrate(given[::-1], interval=50, rounding=ROUNDING)
    assert turned == calibrate(given, interval=50, rounding=ROUNDING)


def test_a_better_review_raises_the_score() -> None:
    _, _, given = panel(0.6)
    at = next(i for i, g in enumerate(given) if g.total <= 3)
    better = [
        *given[:at],
        Given(given[at].application, given[at].reviewer, given[at].total + 1),
        *given[at + 1 :],
    ]
    before, after = (calibrate(g, interval=50, rounding=ROUNDING).scores for g in (given, better))
    assert after[given[at].application].score > before[given[at].application].score


def test_too_few_reviews_correct_nothing() -> None:
    given = [Given(f"a{i}", f"r{j}", Fraction(3 + i)) for i in range(2) for j in range(3)]
    found = calibrate(given, interval=50, rounding=ROUNDING)
    assert FEWEST > 2
    assert (found.corrected, found.leniency) == (False, {"r0": 0.0, "r1": 0.0, "r2": 0.0})
    assert {a: s.score for a, s in found.scores.items()} == {"a0": 3.0, "a1": 4.0}
    assert found.scores["a0"].margin == pytest.approx(0.6745 * (1 / 36) ** 0.5)


def test_reviewers_who_agree_wholly_leave_the_order_as_it_is() -> None:
    given = [Given(f"a{i:02}", f"r{j}", Fraction(i % 6)) for i in range(12) for j in range(3)]
    scores = calibrate(given, interval=50, rounding=ROUNDING).scores
    assert sorted({round(s.score, 6) for s in scores.values()}) == sorted(
        {round(scores[f"a{i:02}"].score, 6) for i in range(6)}
    )
    assert all(scores[f"a{i:02}"].score < scores[f"a{i + 1:02}"].score for i in range(5))


def test_groups_that_share_no_reviewer_are_corrected_each_by_itself() -> None:
    left = [Given(f"a{i}", f"r{j}", Fraction(2 + (i + j) % 2)) for i in range(6) for j in range(3)]
    right = [Given(f"b{i}", f"s{j}", Fraction(3 + (i * j) % 2)) for i in range(6) for j in range(3)]
    found = calibrate([*left, *right], interval=50, rounding=ROUNDING)
    assert found.corrected
    assert len(found.scores) == 12


def test_nobody_scores_twice() -> None:
    with pytest.raises(ValueError, match="once"):
        calibrate([Given("a", "r", Fraction(1))] * 2, interval=50, rounding=ROUNDING)
