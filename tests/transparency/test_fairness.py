"""Fairness figures, each worked out by hand."""

from math import comb

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aifactory.transparency.fairness import (
    DRAWS,
    Case,
    Floor,
    Interval,
    Row,
    floor,
    gpu_shares,
    hidden_groups,
    proportion,
    report,
    rows,
)


def case(number: int, size: str, granted: bool, hours: float = 0.0, part: str = "a", **more: object) -> Case:
    groups = {"size": size, "region": more.pop("region", "North"), "sector": "all", "newcomer": "known"}
    return Case(f"{part}{number:03}", (part[0], part), groups, granted, hours, **more)


#: ten SMEs, four granted 100 hours each; ten others, eight granted 200 hours each
TWENTY = [case(n, "sme", n < 4, 100.0 * (n < 4)) for n in range(10)] + [
    case(n, "other", n < 18, 200.0 * (n < 18)) for n in range(10, 20)
]


def test_rates_shares_and_the_four_fifths_signal():
    # SMEs 4/10 = 0.4, others 8/10 = 0.8: half, so below four fifths. Hours 400 and 1,600 of 2,000: 0.2 and 0.8.
    other, sme = rows(TWENTY, "size")
    assert (sme.group, sme.applications, sme.granted, sme.success.value, sme.gpu_hours) == (
        "sme",
        10,
        4,
        0.4,
        400,
    )
    assert (other.group, other.applications, other.granted, other.success.value) == ("other", 10, 8, 0.8)
    assert (sme.impact, sme.signal, other.impact, other.signal) == (0.5, True, 1.0, False)
    assert (sme.gpu_share.value, other.gpu_share.value) == (0.2, 0.8)
    assert sme.gpu_share.low < 0.2 < sme.gpu_share.high


def test_exactly_four_fifths_is_no_signal():
    cases = [case(n, "sme", n < 4) for n in range(10)] + [case(n, "other", n < 15) for n in range(10, 20)]
    assert {row.group: (row.impact, row.signal) for row in rows(cases, "size")} == {
        "sme": (0.8, False),
        "other": (1.0, False),
    }


@pytest.mark.parametrize(
    ("hits", "of", "low", "high"),
    [
        # Of 2 with one yes: 0, 1 or 2 yes with chances 1/4, 1/2, 1/4.
        (1, 2, 0.0, 1.0),
        # Always yes stays always yes.
        (5, 5, 1.0, 1.0),
        (0, 5, 0.0, 0.0),
        # Of 10 with 5: P(X≤1) = 11/1024 = 0.011, P(X≤2) = 56/1024 = 0.055; P(X≤8) = 1013/1024 = 0.989.
        (5, 10, 0.2, 0.8),
    ],
)
def test_the_interval_of_a_proportion_is_the_bootstrap_with_endless_draws(hits, of, low, high):
    assert proportion(hits, of) == Interval(hits / of, low, high)


@given(st.integers(1, 60).flatmap(lambda of: st.tuples(st.integers(0, of), st.just(of))))
def test_the_interval_holds_the_middle_of_the_binomial(pair):
    hits, of = pair
    found = proportion(hits, of)
    weights = [comb(of, k) * hits**k * (of - hits) ** (of - k) / of**of for k in range(of + 1)]
    low, high = round(found.low * of), round(found.high * of)
    assert sum(weights[low : high + 1]) >= 0.95 - 1e-9
    assert low <= hits <= high


def test_shares_of_one_group_are_everything_and_of_no_hours_nothing():
    assert gpu_shares([case(1, "sme", True, 5.0)], "size") == {"sme": Interval(1.0, 1.0, 1.0)}
    assert gpu_shares([case(1, "sme", True)], "size") == {}


def test_the_bootstrap_of_two_awards_by_hand():
    # Two awards of 1 and 3 hours, drawn twice: shares 0 (¼), ¼ (½) and 1 (¼) for the first: 95 % is all of it.
    cases = [case(1, "sme", True, 1.0), case(2, "other", True, 3.0)]
    assert gpu_shares(cases, "size") == {"sme": Interval(0.25, 0.0, 1.0), "other": Interval(0.75, 0.0, 1.0)}
    assert DRAWS == 1000


def test_the_same_cases_give_the_same_figures_in_any_order():
    assert report(TWENTY) == report(reversed(TWENTY))


def test_a_small_group_is_hidden_with_the_next_smallest():
    cases = [
        case(n, "sme", True, 1.0, region=region)
        for n, region in enumerate(["North"] * 9 + ["South"] * 6 + ["East"] * 4)
    ]
    # East has 4, hidden; alone it were 19 - 9 - 6, so South goes too: together ten.
    assert hidden_groups(cases, "region") == {"East", "South"}
    assert rows(cases, "region")[1:] == [Row("", hidden=True)]


def test_two_small_groups_of_less_than_five_take_a_third():
    regions = ["North"] * 9 + ["South"] * 6 + ["East"] * 2 + ["West"] * 2
    cases = [case(n, "sme", True, region=region) for n, region in enumerate(regions)]
    assert hidden_groups(cases, "region") == {"East", "West", "South"}
    enough = [*cases, case(99, "sme", True, region="West")]
    assert hidden_groups(enough, "region") == {"East", "West"}


def test_a_total_over_calls_does_not_tell_what_one_call_hides():
    first = [
        case(n, "sme", True, region=r) for n, r in enumerate(["North"] * 9 + ["South"] * 4 + ["East"] * 6)
    ]
    second = [
        case(n, "sme", True, part="b", region=r)
        for n, r in enumerate(["North"] * 9 + ["South"] * 8 + ["East"] * 8)
    ]
    assert hidden_groups(first, "region") == {"South", "East"}
    assert hidden_groups(second, "region") == set()
    # 12 in the South in all, 8 of them told by the second call: the total would tell the 4.
    assert hidden_groups(first + second, "region") == {"South", "East"}


def test_a_total_over_modes_does_not_tell_what_one_mode_hides():
    def call(part: str, south: int) -> list[Case]:
        regions = ["North"] * 9 + ["South"] * south + ["East"] * 4
        return [case(n, "sme", True, part=part, region=r) for n, r in enumerate(regions)]

    # Two calls of mode b hide 3 + 3 in the South, so mode b shows them together; mode a hides 4 in one call.
    one, two, three = call("a1", 4), call("b1", 3), call("b2", 3)
    assert hidden_groups(two + three, "region") == set()
    assert hidden_groups(one, "region") == {"South", "East"}
    assert hidden_groups(one + two + three, "region") == {"South", "East"}


@given(
    st.lists(
        st.tuples(st.sampled_from("abc"), st.sampled_from(["N", "E", "S", "W"])), min_size=1, max_size=60
    )
)
def test_what_is_hidden_is_never_one_group_or_few_applications(drawn):
    cases = [case(n, "sme", True, part=part, region=region) for n, (part, region) in enumerate(drawn)]
    for some in (cases, [c for c in cases if c.parts[1] == "a"]):
        hidden = hidden_groups(some, "region")
        counts = {group: sum(c.groups["region"] == group for c in some) for group in "NESW"}
        present = {group for group, count in counts.items() if count}
        assert {group for group in present if counts[group] < 5} <= hidden
        assert not hidden or hidden == present or (len(hidden) > 1 and sum(counts[g] for g in hidden) >= 5)


def test_the_price_of_the_floor_and_the_crossings():
    ranked = [
        case(1, "sme", True, 50.0, proposed=True, without_floor=False, without_correction=True, score=350),
        case(2, "sme", True, 30.0, proposed=True, without_floor=False, without_correction=False, score=360),
        case(3, "other", False, proposed=False, without_floor=True, without_correction=False, score=395),
        case(4, "other", True, 100.0, proposed=True, without_floor=True, without_correction=True, score=480),
        case(5, "other", False, proposed=False, without_floor=False, without_correction=False, score=300),
    ]
    # Two came in with 80 hours at (3.50 + 3.60) / 2 = 3.55; one with 3.95 was left out: 0.40 points.
    assert floor(ranked) == Floor(selected=3, came_in=2, left_out=1, hours_in=80.0, points=0.4)
    found = report(ranked)
    # Only number 2 has another fate without correction.
    assert (found.ranked, found.crossed, found.crossing.value) == (5, 1, 0.2)


def test_without_a_floor_there_is_no_price():
    assert floor([]) == Floor(selected=0, came_in=0, left_out=0, hours_in=0.0, points=None)
    assert report([]).crossing is None
