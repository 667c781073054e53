"""Forecast, plan and policy as arithmetic: no database."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aifactory.awards.pace import judging, plan, policy
from aifactory.awards.pace.forecast import Forecast, Range, forecast

HERE = ZoneInfo("Europe/Amsterdam")
BEGIN = datetime(2026, 10, 1, tzinfo=UTC)
POLICY = policy.versions()[0]
HOUR = 3600


def made(daily, *, left=10**9, days=70, even=0.0, prior_weeks=0, draws=200) -> Forecast:
    return forecast(daily, left=left, days=days, even=even, draws=draws, prior_weeks=prior_weeks)


def test_even_use_goes_on_evenly():
    found = made([100] * 28, days=10)
    assert (found.more, found.weeks) == (
        Range(1000, 1000, 1000),
        ((7, Range(700, 700, 700)), (10, Range(1000, 1000, 1000))),
    )
    assert (found.full, found.full_in) == (0.0, None)


def test_a_weekend_stays_a_weekend():
    """Five days of work, two of rest: whole weeks are always the same sum."""
    assert made([100, 100, 100, 100, 100, 0, 0] * 4, days=28).more == Range(2000, 2000, 2000)


def test_what_is_left_is_the_end_of_it():
    """100 a day and 350 left: used up after three and a half days of the first week."""
    found = made([100] * 14, left=350, days=30)
    assert (found.more, found.full, found.full_in) == (Range(350, 350, 350), 1.0, 3)


def test_who_has_just_begun_is_not_told_that_they_never_will():
    nothing = made([0] * 14, even=100.0, prior_weeks=1, days=70)
    assert (nothing.more.low, nothing.more.value > 0, nothing.more.high > 2000) == (0, True, True)
    assert made([0] * 14, days=70).more == Range(0, 0, 0)


def test_the_range_holds_the_truth_about_as_often_as_it_says():
    """A hundred projects with random days: the true sum of the next eight weeks lies in most of the ranges."""
    import random

    held = 0
    for seed in range(100):
        chance = random.Random(seed)
        days = [chance.expovariate(1 / 100) if chance.random() < 0.6 else 0 for _ in range(56 + 56)]
        found = made([round(day) for day in days[:56]], days=56)
        held += found.more.low <= sum(days[56:]) <= found.more.high
    assert 85 <= held <= 100


daily = st.lists(st.integers(0, 10**6), min_size=1, max_size=56)


@settings(max_examples=60, deadline=None)
@given(daily, st.integers(0, 10**8), st.integers(0, 200), st.floats(0, 10**5))
def test_a_forecast_is_a_range_within_what_is_left_that_only_grows(daily, left, days, even):
    found = forecast(daily, left=left, days=days, even=even, draws=100, prior_weeks=1)
    ranges = [more for _day, more in found.weeks]
    for one in [found.more, *ranges]:
        assert 0 <= one.low <= one.value <= one.high <= left
    assert [r.high for r in ranges] == sorted(r.high for r in ranges)
    assert [day for day, _more in found.weeks][-1:] == ([days] if days and left else [])
    assert 0 <= found.full <= 1
    assert found == forecast(daily, left=left, days=days, even=even, draws=100, prior_weeks=1)


def test_a_plan_is_followed_month_by_month():
    """1,000 from October to December, nothing in October: half of November's 600 is due in its middle."""
    end = datetime(2027, 1, 1, tzinfo=UTC)
    planned = {"2026-11": 600, "2026-12": 400}

    def due(at):
        return plan.expected(1000, BEGIN, end, at, zone=UTC, planned=planned)

    assert [due(datetime(2026, month, 1, tzinfo=UTC)) for month in (10, 11, 12)] == [0, 0, 600]
    assert (due(datetime(2026, 11, 16, tzinfo=UTC)), due(end), due(end + timedelta(days=9))) == (
        300,
        1000,
        1000,
    )
    halved = plan.expected(500, BEGIN, end, end, zone=UTC, planned=planned)
    assert halved == 500


@settings(max_examples=60, deadline=None)
@given(
    st.integers(1, 10**12),
    st.integers(1, 700),
    st.integers(0, 10**6),
    st.lists(st.integers(0, 10**9), max_size=24),
)
def test_what_is_expected_never_falls_and_ends_at_the_whole(amount, days, at, planned):
    end = BEGIN + timedelta(days=days)
    months = plan.months_of(BEGIN, end, HERE)
    assert months == sorted(set(months))
    given_ = {m: a for m, a in zip(months, planned, strict=False) if a}

    def due(moment):
        return plan.expected(amount, BEGIN, end, moment, zone=HERE, planned=given_ or None)

    first, later = BEGIN + timedelta(minutes=at), BEGIN + timedelta(minutes=at + 1440)
    assert 0 <= due(first) <= due(later) <= amount
    assert due(BEGIN) == 0
    assert due(end) == (min(sum(given_.values()), amount) if given_ else amount)


SEEN = judging.Seen(
    amount=1000 * HOUR, used=100 * HOUR, expected=500 * HOUR, expected_lately=100 * HOUR,
    days_old=90, days_unused=3, days_left=90, gone=0.5,
)  # fmt: skip


def coming(low: int, high: int, *, full: float = 0.0, full_in: int | None = None) -> Forecast:
    more = Range((low + high) // 2 * HOUR, low * HOUR, high * HOUR)
    return Forecast(more, ((90, more),), full, full_in)


@pytest.mark.parametrize(
    ("changes", "forecast", "verdict"),
    [
        ({}, None, "early"),
        ({}, coming(50, 300), "slow"),
        ({"used": 250 * HOUR}, coming(50, 300), "fine"),
        ({"gone": 0.1}, coming(50, 300), "fine"),
        ({"days_unused": 21}, coming(50, 300), "idle"),
        ({"days_unused": 21, "expected_lately": 0, "expected": 0}, coming(0, 0), "fine"),
        ({"days_unused": 90, "used": 1000 * HOUR}, coming(0, 0, full=1.0, full_in=0), "fast"),
        ({"used": 600 * HOUR}, coming(400, 400, full=0.95, full_in=70), "fast"),
        ({"used": 600 * HOUR}, coming(400, 400, full=0.95, full_in=80), "fine"),
        ({"used": 600 * HOUR}, coming(400, 400, full=0.5, full_in=10), "fine"),
    ],
)
def test_how_it_stands(changes, forecast, verdict):
    assert judging.verdict(replace(SEEN, **changes), forecast, POLICY) == verdict


def take(forecast=None, *, resource="gpu", warned=2, **changes) -> int:
    seen = replace(SEEN, **changes)
    return (
        judging.to_take(seen, forecast or coming(50, 300), POLICY, resource=resource, warned=warned) // HOUR
    )


def test_half_of_what_lies_above_the_upper_end_is_taken_after_two_warnings():
    """900 are left, 300 may still be used: half of the other 600."""
    assert take() == 300
    assert [take(warned=1), take(resource="advice"), take(gone=0.32), take(used=150 * HOUR)] == [0, 0, 0, 0]
    assert [take(coming(50, 802)), take(coming(50, 800))] == [0, 50]
    assert judging.to_take(SEEN, None, POLICY, resource="gpu", warned=2) == 0


@given(
    st.integers(0, 10**6), st.integers(0, 10**6), st.integers(0, 10**6), st.integers(0, 5), st.floats(0, 1)
)
def test_nothing_is_ever_taken_that_the_forecast_still_uses(used, high, expected, warned, gone):
    amount = 10**6
    high = min(high, amount - min(used, amount))
    seen = replace(
        SEEN, amount=amount * HOUR, used=min(used, amount) * HOUR, expected=expected * HOUR, gone=gone
    )
    taken = judging.to_take(seen, coming(0, high), POLICY, resource="gpu", warned=warned)
    assert 0 <= taken <= max(0, seen.left - high * HOUR)
    if taken:
        assert warned >= POLICY.reclaim.warnings
        assert seen.used * 100 < seen.expected * POLICY.reclaim.used_percent


def test_the_published_rules_say_the_figures_in_both_languages():
    sentences = [rule.text for rule in POLICY.rules]
    assert sentences[0].en.startswith("Less than 50 % is used of what was expected by now, after 15 %")
    assert all("{" not in text.en + text.nl for text in sentences)
    assert policy.in_force(datetime(2020, 1, 1, tzinfo=UTC)) == POLICY
    assert policy.named("pace-v1").digest.startswith("sha256:")


def test_a_policy_under_another_name_is_refused(tmp_path):
    (tmp_path / "pace-v2.toml").write_text((policy.FOLDER / "pace-v1.toml").read_text())
    with pytest.raises(ValueError, match=r"pace-v2\.toml holds pace-v1"):
        policy.load(tmp_path)
