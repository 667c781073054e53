"""The budget is never exceeded, the floor is kept where it can be, and a better score never loses a place."""

from dataclasses import replace
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from aifactory.access.selection.draw import drawn, ticket
from aifactory.access.selection.ranking import Candidate, Portfolio, select
from tests.access.selection.worlds import HOUR, candidate, candidates, rule

SEED = bytes(32)
budgets = st.fixed_dictionaries(
    {"gpu": st.integers(0, 150).map(lambda h: h * HOUR), "storage": st.integers(0, 40)}
)


def spent(portfolio: Portfolio, resource: str) -> int:
    return sum(place.awarded.get(resource, 0) for place in portfolio.places.values())


@given(candidates(), budgets, st.sampled_from(["line", "class"]), st.sampled_from([100, 40]))
@settings(deadline=None)
def test_no_budget_is_exceeded_and_what_is_left_adds_up(
    found: list[Candidate], budget: dict[str, int], entrants: str, least: int
) -> None:
    portfolio = select(found, rule(entrants=entrants, least_percent=least), budget, SEED)
    for resource, amount in budget.items():
        assert spent(portfolio, resource) + portfolio.left[resource] == amount
        assert portfolio.left[resource] >= 0
    for c in found:
        awarded = portfolio.places[c.id].awarded
        assert all(amount <= c.requested[r] for r, amount in awarded.items())
        if awarded:
            assert awarded["gpu"] * 100 >= c.requested["gpu"] * least - 100


@given(candidates(), budgets)
@settings(deadline=None)
def test_a_floor_that_is_not_reached_has_no_room_for_any_sme_left_out(
    found: list[Candidate], budget: dict[str, int]
) -> None:
    portfolio = select(found, rule(), budget, SEED)
    for name, report in portfolio.classes.items():
        inside = [c for c in found if c.sme and portfolio.places[c.id].size_class == name]
        given_ = {r: sum(portfolio.places[c.id].awarded.get(r, 0) for c in inside) for r in budget}
        if given_["gpu"] < report.floor["gpu"]:
            for c in inside:
                if not portfolio.places[c.id].awarded:
                    assert any(given_[r] + c.requested[r] > report.floor[r] for r in budget)


@given(candidates(margin=0, distinct=True), budgets, st.integers(0, 13), st.integers(1, 60))
@settings(deadline=None)
def test_a_better_score_never_loses_a_place(
    found: list[Candidate], budget: dict[str, int], which: int, more: int
) -> None:
    chosen = found[which % len(found)]
    better = chosen.score + more
    if better in {c.score for c in found}:
        return
    before = select(found, rule(), budget, SEED)
    raised = [replace(c, score=better, low=better, high=better) if c == chosen else c for c in found]
    after = select(raised, rule(), budget, SEED)
    assert not before.places[chosen.id].awarded or after.places[chosen.id].awarded


@given(candidates(), budgets, st.randoms())
@settings(deadline=None)
def test_the_order_of_the_applications_changes_nothing(
    found: list[Candidate], budget: dict[str, int], chance: object
) -> None:
    mixed = list(found)
    chance.shuffle(mixed)  # type: ignore[attr-defined]
    assert select(mixed, rule(), budget, SEED) == select(found, rule(), budget, SEED)


def test_rank_then_skip_then_what_is_left_over_the_classes() -> None:
    found = [
        candidate(1, 480, 8),
        candidate(2, 470, 9),
        candidate(3, 460, 4),
        candidate(4, 450, 20),
        candidate(5, 440, 3),
    ]
    portfolio = select(found, rule(sme_floor_percent=0, draw=False), {"gpu": 40 * HOUR, "storage": 99}, SEED)
    got = {
        pk: (p.size_class, p.rank, p.way, p.awarded.get("gpu", 0) // HOUR)
        for pk, p in portfolio.places.items()
    }
    assert got == {
        "a001": ("small", 1, "rank", 8),
        "a002": ("small", 2, "", 0),  # 8 of the 16 hours of this class are left; in the end 1 + 4 are
        "a003": ("small", 3, "rank", 4),
        "a004": ("large", 1, "rank", 20),
        "a005": ("small", 4, "rank", 3),
    }
    assert portfolio.left == {"gpu": 5 * HOUR, "storage": 95}
    assert portfolio.classes["small"].lists["open"].line == 470


def test_those_who_cannot_be_told_apart_draw_with_even_odds() -> None:
    found = [candidate(1, 480, 5, margin=10), *(candidate(i, 400 + i, 5, margin=20) for i in range(2, 6))]
    portfolio = select(found, rule(sme_floor_percent=0), {"gpu": 50 * HOUR, "storage": 99}, SEED)
    report = portfolio.classes["small"].lists["open"]
    assert (report.line, report.entrants, report.places) == (402, 4, 3)
    assert portfolio.places["a001"].odds is None
    assert {portfolio.places[f"a{i:03}"].odds for i in range(2, 6)} == {Fraction(3, 4)}
    ways = sorted(p.way for p in portfolio.places.values())
    assert ways == ["draw", "draw", "draw", "rank", "remainder"]  # the other class left room for the last one


def test_the_floor_helps_smes_and_only_as_far_as_it_goes() -> None:
    found = [candidate(i, 480 - i, 5) for i in range(4)] + [
        candidate(i, 400 - i, 5, sme=True) for i in range(4, 7)
    ]
    budget = {"gpu": 50 * HOUR, "storage": 99}  # 20 hours for this class
    helped = select(found, rule(sme_floor_percent=30), budget, SEED)
    alone = select(found, rule(sme_floor_percent=0), budget, SEED)

    def by_class(portfolio: Portfolio) -> list[str]:
        return [pk for pk, p in portfolio.places.items() if p.way == "rank"]

    assert by_class(helped) == ["a000", "a001", "a002", "a004"]
    assert by_class(alone) == ["a000", "a001", "a002", "a003"]
    assert helped.classes["small"].lists["sme"].line == 395


@given(
    st.lists(st.fractions(0, 1, max_denominator=12), min_size=1, max_size=12),
    st.binary(min_size=32, max_size=32),
)
def test_so_many_are_drawn_as_the_odds_make_and_certain_ones_always(
    odds: list[Fraction], seed: bytes
) -> None:
    fill = -sum(odds, Fraction(0)) % 1
    named = {f"a{i}": chance for i, chance in enumerate([*odds, fill])}
    chosen = drawn(seed, "small/open", named)
    assert len(chosen) == len(set(chosen)) == sum(named.values())
    assert all(name in chosen for name, chance in named.items() if chance == 1)
    assert all(named[name] > 0 for name in chosen)


def test_a_draw_keeps_to_its_odds() -> None:
    odds = {"a": Fraction(1, 4), "b": Fraction(3, 4), "c": Fraction(1, 2), "d": Fraction(1, 2)}
    times = 4000
    counts = dict.fromkeys(odds, 0)
    for i in range(times):
        for name in drawn(i.to_bytes(32, "big"), "x", odds):
            counts[name] += 1
    assert {name: abs(counts[name] / times - float(p)) < 0.03 for name, p in odds.items()} == dict.fromkeys(
        odds, True
    )


def test_a_ticket_is_what_anyone_can_compute() -> None:
    # (head -c 32 /dev/zero; printf '\nA0001') | sha256sum
    assert ticket(bytes(32), "A0001") == "eed6b162da0f21b4fa8099d0016bf977da128675820ae718ca9dbf00ab502df3"
