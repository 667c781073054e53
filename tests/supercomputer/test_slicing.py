"""A job cut at month ends and where awards begin or end: every second in exactly one slice."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from aifactory.supercomputer.slicing import Calendar, Slice, slices

AMSTERDAM = Calendar(ZoneInfo("Europe/Amsterdam"))
MOMENTS = st.datetimes(datetime(2024, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def test_a_month_begins_at_midnight_here_and_not_in_greenwich():
    start, end = at("2026-10-31T22:30:00+00:00"), at("2026-10-31T23:10:00+00:00")
    assert slices(start, end, AMSTERDAM) == [
        Slice("2026-10", start, 1800),
        Slice("2026-11", at("2026-10-31T23:00:00+00:00"), 600),
    ]


def test_what_ends_in_the_second_that_the_award_ends_is_in_it():
    start, end = at("2026-11-01T10:00:00+00:00"), at("2026-11-01T11:00:00+00:00")
    assert slices(start, end, AMSTERDAM, [end]) == [Slice("2026-11", start, 3600)]
    early = end - timedelta(seconds=1)
    assert slices(start, end, AMSTERDAM, [early]) == [
        Slice("2026-11", start, 3599),
        Slice("2026-11", early, 1),
    ]


def test_a_job_without_length_is_one_slice_of_nothing():
    start = at("2026-11-01T10:00:00+00:00")
    assert slices(start, start, AMSTERDAM, [start]) == [Slice("2026-11", start, 0)]


@given(
    start=MOMENTS, length=st.timedeltas(timedelta(), timedelta(days=200)), seams=st.lists(MOMENTS, max_size=4)
)
def test_nothing_is_lost_at_the_seams(start, length, seams):
    cut = slices(start, start + length, AMSTERDAM, seams)
    assert sum(part.seconds for part in cut) == int(length.total_seconds())
    assert all(part.seconds >= 0 for part in cut)
    assert [part.begin for part in cut] == sorted(part.begin for part in cut)
    assert [part.month for part in cut] == [AMSTERDAM.month(part.begin)[0] for part in cut]
    inner = {seam for seam in seams if start < seam < start + length}
    assert inner <= {part.begin for part in cut}


@given(start=MOMENTS, seconds=st.integers(0, 400_000), fraction=st.sampled_from([0, 1, 999_999]))
def test_every_second_is_on_one_day_and_days_follow_each_other(start, seconds, fraction):
    begin = start.replace(microsecond=fraction)
    days = AMSTERDAM.days(begin, seconds)
    assert sum(here for _day, here in days) == seconds
    assert all(0 <= here <= 25 * 3600 for _day, here in days)
    first = begin.astimezone(AMSTERDAM.zone).date()
    assert [day for day, _here in days] == [(first + timedelta(days=n)).isoformat() for n in range(len(days))]


def test_a_day_of_23_hours_ends_an_hour_early():
    begin = at("2026-03-28T23:00:00+00:00")  # the clocks go forward on the 29th
    assert AMSTERDAM.days(begin, 24 * 3600) == [("2026-03-29", 23 * 3600), ("2026-03-30", 3600)]
