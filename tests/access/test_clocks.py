"""Clocks: cut-offs that come back, working days left, and how long decisions took."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aifactory.access import actions, modes
from aifactory.access.calls.clocks import countdown, decision_times, late
from aifactory.access.calls.durations import Taken, Times, median, percentile, times
from aifactory.access.deadlines import (
    UNION,
    add_working_days,
    decision_due,
    easter,
    is_working_day,
    working_days_between,
)
from aifactory.access.models import Application
from aifactory.kit import clock
from aifactory.kit.bilingual import Text
from aifactory.kit.errors import Invalid
from tests.access import factories
from tests.access.factories import DURING, OFFICE

LARGE = modes.named("large_scale-v1")


@pytest.mark.parametrize(
    ("year", "sunday"),
    [
        (2024, date(2024, 3, 31)),
        (2027, date(2027, 3, 28)),
        (2038, date(2038, 4, 25)),
        (1943, date(1943, 4, 25)),
    ],
)
def test_easter(year: int, sunday: date) -> None:
    assert easter(year) == sunday


@pytest.mark.parametrize(
    ("day", "works"),
    [
        (date(2027, 3, 25), False),  # Maundy Thursday
        (date(2027, 3, 24), True),
        (date(2027, 5, 7), False),  # the day after Ascension
        (date(2028, 5, 9), False),  # Europe Day, a Tuesday
        (date(2027, 12, 30), False),
        (date(2027, 4, 27), True),  # the King's Day is Dutch
    ],
)
def test_the_holidays_of_the_union(day: date, works: bool) -> None:
    assert is_working_day(day, UNION) is works


def test_a_mode_adds_days_off() -> None:
    start = datetime(2027, 6, 21, 8, tzinfo=UTC)
    plain = decision_due(start, 2, "Europe/Luxembourg", UNION)
    moved = decision_due(start, 2, "Europe/Luxembourg", UNION, [date(2027, 6, 23)])
    assert (plain.date(), moved.date()) == (date(2027, 6, 23), date(2027, 6, 24))


days = st.dates(date(2026, 1, 1), date(2030, 12, 31))


@given(days, st.integers(1, 60), st.sampled_from(["NL", UNION, "DE"]))
def test_counting_days_undoes_adding_them(day: date, count: int, country: str) -> None:
    end = add_working_days(day, count, country)
    assert working_days_between(day, end, country) == count
    assert working_days_between(end, day, country) == -count


@given(st.datetimes(datetime(2026, 1, 1), datetime(2035, 12, 31)).map(lambda d: d.replace(tzinfo=UTC)))
def test_cut_offs_come_back_on_working_days_at_their_hour(moment: datetime) -> None:
    found = LARGE.clock.next_cut_offs(moment, 4)
    assert found == sorted(set(found))
    assert found[0] > moment
    assert found[0] - moment < timedelta(days=22)
    for cut_off in found:
        assert (cut_off.hour, cut_off.minute) == (10, 0)
        assert is_working_day(cut_off.date(), UNION)
        assert LARGE.clock.has_cut_off(cut_off)
        assert not LARGE.clock.has_cut_off(cut_off + timedelta(hours=1))


def test_two_cut_offs_a_month_and_six_a_year() -> None:
    start = datetime(2027, 1, 1, tzinfo=UTC)
    assert [d.date() for d in LARGE.clock.next_cut_offs(start, 3)] == [
        date(2027, 1, 5),
        date(2027, 1, 20),
        date(2027, 2, 5),
    ]
    science = modes.named("ai_for_science-v1").clock.next_cut_offs(start, 6)
    assert [d.month for d in science] == [1, 3, 5, 7, 9, 11]


@pytest.mark.django_db
def test_a_call_closes_on_a_cut_off_of_its_mode() -> None:
    moments = {"opens_at": datetime(2027, 1, 6, tzinfo=UTC), "by": OFFICE, "mode": LARGE}
    title = Text(en="Large", nl="Groot")
    with pytest.raises(Invalid) as refused:
        actions.prepare_call(title=title, cut_off_at=datetime(2027, 1, 21, 9, tzinfo=UTC), **moments)  # type: ignore[arg-type]
    assert "2027-01-20 10:00 CET, 2027-02-05 10:00 CET" in refused.value.errors[0].message
    made = actions.prepare_call(title=title, cut_off_at=datetime(2027, 1, 20, 9, tzinfo=UTC), **moments)  # type: ignore[arg-type]
    assert made.cut_off_at == datetime(2027, 1, 20, 9, tzinfo=UTC)


def test_figures_by_hand() -> None:
    found = times([Taken("a", days_, 2) for days_ in (0, 1, 1, 2, 2, 2, 2, 3, 3, 9)] + [Taken("b", 30, 30)])
    assert found == [Times("a", 10, 2.0, 3, 7), Times("b", 1, 30.0, 30, 1)]
    assert [one.share_in_time for one in found] == [0.7, 1.0]
    assert (median([1, 2]), percentile([5], 90), percentile(range(1, 101), 90)) == (1.5, 5, 90)


@given(st.lists(st.integers(0, 300), min_size=1, max_size=60))
def test_nine_of_ten_are_within_the_percentile(found: list[int]) -> None:
    p90 = percentile(found, 90)
    assert 10 * sum(one <= p90 for one in found) >= 9 * len(found)
    assert p90 in found
    assert 10 * sum(one < p90 for one in found) < 9 * len(found)


@pytest.mark.django_db
def test_a_clock_counts_down_and_past(tmp_path: Path) -> None:
    with clock.frozen(DURING):  # a Monday
        application = factories.eligible(factories.call("playground-v1"), tmp_path)
        running = countdown(application)
        assert running is not None
        assert (running.working_days, running.promised, running.late) == (2, 2, False)
        assert list(late(Application.objects.all())) == []
    with clock.frozen(DURING + timedelta(days=4)):
        running = countdown(application)
        assert running is not None
        assert (running.working_days, running.late) == (-2, True)
        assert list(late(Application.objects.all())) == [application]
        actions.decide(application, awarded={}, reasons="Too late.", by=factories.decider())
        assert countdown(application) is None
        assert decision_times() == [Times("playground", 1, 4.0, 4, 0)]
        assert decision_times(since=clock.now() + timedelta(days=1)) == []


@pytest.mark.django_db
def test_statistics_cost_two_queries(tmp_path: Path, django_assert_num_queries: object) -> None:
    with clock.frozen(DURING):
        call, by = factories.call("playground-v1"), factories.decider()
        for _ in range(3):
            application = factories.eligible(call, tmp_path)
            actions.decide(application, awarded={"gpu": 3600}, reasons="Fits.", by=by)
        with django_assert_num_queries(2):  # type: ignore[operator]
            assert decision_times() == [Times("playground", 3, 0.0, 0, 3)]
