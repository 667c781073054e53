"""A job cut at month ends and at its award's end: every second in exactly one slice."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from aifactory.supercomputer.slicing import Slice, slices

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
MOMENTS = st.datetimes(datetime(2024, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def test_a_month_begins_at_midnight_here_and_not_in_greenwich():
    start, end = at("2026-10-31T22:30:00+00:00"), at("2026-10-31T23:10:00+00:00")
    assert list(slices(start, end, AMSTERDAM, award_ends=None)) == [
        Slice("2026-10", 1800, is_late=False),
        Slice("2026-11", 600, is_late=False),
    ]


def test_what_ends_in_the_second_that_the_award_ends_is_not_late():
    start, end = at("2026-11-01T10:00:00+00:00"), at("2026-11-01T11:00:00+00:00")
    assert list(slices(start, end, AMSTERDAM, award_ends=end)) == [Slice("2026-11", 3600, is_late=False)]
    early = end - timedelta(seconds=1)
    assert list(slices(start, end, AMSTERDAM, award_ends=early)) == [
        Slice("2026-11", 3599, is_late=False),
        Slice("2026-11", 1, is_late=True),
    ]


@given(start=MOMENTS, length=st.timedeltas(timedelta(), timedelta(days=200)), award_ends=st.none() | MOMENTS)
def test_nothing_is_lost_at_the_seams(start, length, award_ends):
    cut = list(slices(start, start + length, AMSTERDAM, award_ends=award_ends))
    assert sum(part.seconds for part in cut) == int(length.total_seconds())
    assert all(part.seconds >= 0 for part in cut)
    assert [part.month for part in cut] == sorted(part.month for part in cut)
