"""Cut-offs to the second, working days, and terms that end on a day off."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aifactory.access.deadlines import (
    NoSuchMoment,
    add_months,
    add_working_days,
    decision_due,
    in_time,
    is_working_day,
    local_moment,
    next_working_day,
    objection_ends,
)

days = st.dates(date(2024, 1, 1), date(2034, 12, 31))
AMS = "Europe/Amsterdam"


@pytest.mark.parametrize(
    ("day", "works"),
    [
        (date(2026, 11, 20), True),
        (date(2026, 11, 21), False),  # Saturday
        (date(2026, 12, 25), False),
        (date(2027, 3, 26), False),  # Good Friday
        (date(2027, 4, 27), False),  # King's Day
        (date(2027, 5, 5), False),  # every year a holiday for terms, not only each fifth
        (date(2027, 12, 24), True),
    ],
)
def test_dutch_working_days(day: date, works: bool) -> None:
    assert is_working_day(day, "NL") is works


def test_two_working_days_over_christmas() -> None:
    submitted = datetime(2026, 12, 24, 23, 30, tzinfo=UTC)  # 00:30 on Christmas Day in Amsterdam
    due = decision_due(submitted, 2, AMS, "NL")
    assert due.isoformat() == "2026-12-29T23:59:59+01:00"


@pytest.mark.parametrize(
    ("announced", "last"),
    [
        (datetime(2027, 1, 11, 12, tzinfo=UTC), date(2027, 2, 22)),
        (datetime(2027, 1, 9, 12, tzinfo=UTC), date(2027, 2, 22)),  # six weeks end on a Saturday
        (datetime(2026, 11, 13, 12, tzinfo=UTC), date(2026, 12, 28)),  # on Christmas Day, a Friday
        (datetime(2027, 1, 10, 23, 30, tzinfo=UTC), date(2027, 2, 22)),  # already Monday in Amsterdam
    ],
)
def test_six_weeks_to_object(announced: datetime, last: date) -> None:
    assert objection_ends(announced, 6, AMS, "NL") == last


@given(days, st.integers(1, 40), st.integers(1, 40))
def test_working_days_add_up(day: date, a: int, b: int) -> None:
    assert add_working_days(add_working_days(day, a, "NL"), b, "NL") == add_working_days(day, a + b, "NL")


@given(days, st.integers(1, 40))
def test_a_term_never_ends_on_a_day_off_and_never_early(day: date, count: int) -> None:
    end = add_working_days(day, count, "NL")
    assert is_working_day(end, "NL")
    assert end >= day + timedelta(days=count)
    assert next_working_day(end, "NL") == end
    passed = [day + timedelta(days=n) for n in range(1, (end - day).days + 1)]
    assert sum(is_working_day(d, "NL") for d in passed) == count


@given(days, st.integers(0, 60))
def test_months_keep_the_day_or_end_the_month(day: date, months: int) -> None:
    later = add_months(day, months)
    assert (later.year * 12 + later.month) - (day.year * 12 + day.month) == months
    assert later.day == day.day or (later + timedelta(days=1)).month != later.month


def test_a_cut_off_names_one_moment() -> None:
    assert local_moment(datetime(2027, 3, 1, 10), AMS) == datetime(2027, 3, 1, 9, tzinfo=UTC)
    for jumped in (datetime(2027, 3, 28, 2, 30), datetime(2027, 10, 31, 2, 30)):
        with pytest.raises(NoSuchMoment):
            local_moment(jumped, AMS)


def test_the_second_of_the_cut_off_is_the_last_in_time() -> None:
    cut_off = datetime(2027, 3, 1, 9, tzinfo=UTC)
    assert in_time(cut_off + timedelta(microseconds=999_999), cut_off)
    assert not in_time(cut_off + timedelta(seconds=1), cut_off)
    assert in_time(cut_off, None)
