"""The terms of an objection, as dates worked out by hand."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aifactory.access.modes.parts import Objecting
from aifactory.access.objections import law

NL = law.Calendar("NL")
TERMS = Objecting()


@pytest.mark.parametrize(
    ("ended", "filed", "terms", "more", "due"),
    [
        # Monday 12 April 2027 and six weeks is Monday 24 May.
        (date(2027, 4, 12), date(2027, 4, 1), TERMS, {}, date(2027, 5, 24)),
        # With a committee twelve weeks: Monday 5 July.
        (date(2027, 4, 12), date(2027, 4, 1), Objecting(committee=True), {}, date(2027, 7, 5)),
        # Six more weeks after 24 May: Monday 5 July.
        (date(2027, 4, 12), date(2027, 4, 1), TERMS, {"extended": True}, date(2027, 7, 5)),
        # Stood still for five days: Saturday 29 May, so the next working day, Monday 31 May.
        (date(2027, 4, 12), date(2027, 4, 1), TERMS, {"stood_still": 5}, date(2027, 5, 31)),
        # Six weeks after 5 April 2027 is Whit Monday, 17 May: a public holiday.
        (date(2027, 4, 5), date(2027, 4, 1), TERMS, {}, date(2027, 5, 18)),
        # One that came late counts from the day it came.
        (date(2027, 4, 12), date(2027, 4, 19), TERMS, {}, date(2027, 5, 31)),
    ],
)
def test_by_when_must_be_decided(ended, filed, terms, more, due):
    assert law.ruling_due(ended, filed, terms, NL, **more) == due


@pytest.mark.parametrize(
    ("asked", "repaired", "days"),
    [
        (None, None, 0),
        (date(2027, 4, 20), None, 0),
        # From the day after 20 April until 27 April: 21 to 26, six days.
        (date(2027, 4, 20), date(2027, 4, 27), 6),
        # Asked before the term to object ended on 12 April: only what lies after it stands still.
        (date(2027, 4, 1), date(2027, 4, 15), 2),
        (date(2027, 4, 1), date(2027, 4, 10), 0),
    ],
)
def test_how_long_the_term_stood_still(asked, repaired, days):
    assert law.suspended(asked, repaired, date(2027, 4, 12)) == days


def test_grounds_come_within_two_weeks_and_never_end_on_a_day_off():
    # Two weeks after Tuesday 13 April is King's Day.
    assert law.grounds_until(date(2027, 4, 13), TERMS, NL) == date(2027, 4, 28)


@given(st.dates(date(2026, 1, 1), date(2030, 1, 1)), st.integers(0, 60), st.booleans())
def test_a_term_ends_on_a_working_day_and_an_extension_never_shortens_it(ended, still, extended):
    due = law.ruling_due(ended, ended, TERMS, NL, stood_still=still, extended=extended)
    assert NL.working(due) == due
    assert due >= law.ruling_due(ended, ended, TERMS, NL, stood_still=still)
    assert law.in_time(ended, ended)
