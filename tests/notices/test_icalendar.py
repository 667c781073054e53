"""What we write, an independent reader of RFC 5545 reads back."""

from datetime import UTC, date, datetime, timedelta

import icalendar
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aifactory.notices.icalendar import LONGEST, Entry, calendar, folded

NOW = datetime(2027, 2, 3, 8, 30, tzinfo=UTC)
AT = datetime(2027, 3, 1, 9, tzinfo=UTC)
TEXT = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), min_size=1, max_size=200)


def events(entries, name="Deadlines"):
    read = icalendar.Calendar.from_ical(calendar(entries, name=name, now=NOW))
    assert read.errors == []
    return read.walk("VEVENT")


def test_a_moment_and_a_day():
    moment, day = events(
        [
            Entry("a@x", AT, "Review; due, soon\\", "https://x.example/reviews/1/", NOW),
            Entry("b@x", date(2027, 4, 12), "Objection", "https://x.example/", NOW),
        ]
    )
    assert (moment.decoded("uid"), moment["summary"]) == (b"a@x", "Review; due, soon\\")
    assert (moment.decoded("dtstart"), moment.decoded("dtend")) == (AT - timedelta(hours=1), AT)
    assert (moment.decoded("dtstamp"), moment["url"]) == (NOW, "https://x.example/reviews/1/")
    assert (day.decoded("dtstart"), day.decoded("dtend")) == (date(2027, 4, 12), date(2027, 4, 13))
    assert day["dtstart"].params == {"VALUE": "DATE"}


@given(TEXT)
def test_any_title_comes_back_as_it_was(title):
    (read,) = events([Entry("a", AT, title, "https://x.example/", NOW)])
    assert str(read["summary"]) == title


def test_line_breaks_are_kept_and_control_characters_dropped():
    (read,) = events([Entry("a", AT, "One\nTwo\x00\x07", "https://x.example/", NOW)])
    assert str(read["summary"]) == "One\nTwo"


@given(TEXT)
def test_no_line_is_longer_than_the_standard_allows(text):
    lines = folded(text).split(b"\r\n")
    assert lines.pop() == b""
    assert max(len(line) for line in lines) <= LONGEST
    assert all(line.decode() for line in lines)
    assert b"".join([lines[0], *(line[1:] for line in lines[1:])]).decode() == text


def test_a_moment_without_zone_is_refused():
    with pytest.raises(ValueError, match="time zone"):
        calendar([Entry("a", AT.replace(tzinfo=None), "x", "y", NOW)], name="n", now=NOW)
