"""When a call closes, a decision is due and a term to object ends.

Working days are Monday to Friday without public holidays. A term that would end on another day runs to the
next working day (NL: Algemene termijnenwet, Article 1; EU: Regulation 1182/71, Article 3(4)).
"""

from collections.abc import Collection
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import holidays

#: Days that count as public holidays for legal terms, where those are more than the days off:
#: in the Netherlands also Good Friday and every 5 May (Algemene termijnenwet, Article 3).
CATEGORIES = {"NL": ("public", "optional")}


#: the institutions of the Union, which publish their holidays every year; a mode adds what a year has more
UNION = "EU"
HOLIDAYS = frozenset({*holidays.list_supported_countries(), UNION})


class NoSuchMoment(ValueError):
    """The clocks jump over that local time, or pass it twice."""


@lru_cache(maxsize=8)
def _holidays(country: str) -> holidays.HolidayBase:
    return holidays.country_holidays(country, categories=CATEGORIES.get(country, ("public",)))


def easter(year: int) -> date:
    """Return Easter Sunday of the Gregorian calendar (the anonymous algorithm: golden number, epact, weekday)."""
    golden, century, of_century = year % 19, year // 100, year % 100
    moon = (century - (century + 8) // 25 + 1) // 3
    epact = (19 * golden + century - century // 4 - moon + 15) % 30
    weekday = (32 + 2 * (century % 4) + 2 * (of_century // 4) - epact - of_century % 4) % 7
    late = (golden + 11 * epact + 22 * weekday) // 451
    month, day = divmod(epact + weekday - 7 * late + 114, 31)
    return date(year, month, day + 1)


@lru_cache(maxsize=64)
def _holidays_of_the_union(year: int) -> frozenset[date]:
    """Return the days that come back every year in the institutions' lists (Regulation 1182/71, Article 2(1))."""
    sunday = easter(year)
    moving = (sunday + timedelta(days=days) for days in (-3, -2, 1, 39, 40, 50))
    fixed = [(1, 1), (1, 2), (5, 1), (5, 9), (8, 15), (11, 1), *((12, day) for day in range(24, 32))]
    return frozenset({*moving, *(date(year, month, day) for month, day in fixed)})


def _is_holiday(day: date, country: str) -> bool:
    return day in (_holidays_of_the_union(day.year) if country == UNION else _holidays(country))


def is_working_day(day: date, country: str, days_off: Collection[date] = ()) -> bool:
    """Say whether `day` is Monday to Friday, no public holiday in `country` and none of `days_off`.

    `country` is ISO 3166-1 alpha-2, or EU for the institutions of the Union.
    """
    return day.weekday() < 5 and day not in days_off and not _is_holiday(day, country)


def next_working_day(day: date, country: str, days_off: Collection[date] = ()) -> date:
    """Return `day` itself if it is a working day, else the first one after it."""
    while not is_working_day(day, country, days_off):
        day += timedelta(days=1)
    return day


def add_working_days(day: date, count: int, country: str, days_off: Collection[date] = ()) -> date:
    """Return the `count`th working day after `day`; the day itself never counts. `count` is at least 1."""
    for _ in range(count):
        day = next_working_day(day + timedelta(days=1), country, days_off)
    return day


def working_days_between(first: date, last: date, country: str, days_off: Collection[date] = ()) -> int:
    """Return how many working days come after `first` up to and with `last`; below zero where `last` is past."""
    if last < first:
        return -working_days_between(last, first, country, days_off)
    span = range(1, (last - first).days + 1)
    return sum(is_working_day(first + timedelta(days=n), country, days_off) for n in span)


def end_of_day(day: date, zone: str) -> datetime:
    """Return the last second of `day` in `zone`."""
    return datetime.combine(day, time(23, 59, 59), ZoneInfo(zone))


def decision_due(
    start: datetime, working_days: int, zone: str, country: str, days_off: Collection[date] = ()
) -> datetime:
    """Return the moment by which must be decided, counted from the local day of `start`."""
    day = start.astimezone(ZoneInfo(zone)).date()
    return end_of_day(add_working_days(day, working_days, country, days_off), zone)


def objection_ends(announced: datetime, weeks: int, zone: str, country: str) -> date:
    """Return the last day to object: `weeks` from the day after the announcement (Awb 6:7 and 6:8)."""
    day = announced.astimezone(ZoneInfo(zone)).date() + timedelta(weeks=weeks)
    return next_working_day(day, country)


def add_months(day: date, months: int) -> date:
    """Return the same day of the month `months` later, or that month's last day where it has no such day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    for candidate in range(day.day, 27, -1):
        try:
            return date(year, month + 1, candidate)
        except ValueError:
            continue
    return date(year, month + 1, day.day)


def local_moment(local: datetime, zone: str) -> datetime:
    """Return the moment that a naive local time names in `zone`.

    Raises `NoSuchMoment` where summer time makes it name no moment or two: a cut-off must be exactly one.
    """
    first, second = (local.replace(tzinfo=ZoneInfo(zone), fold=fold) for fold in (0, 1))
    if first.utcoffset() != second.utcoffset():
        raise NoSuchMoment(f"{local} does not name one moment in {zone}: the clocks change.")
    return first


def in_time(now: datetime, cut_off: datetime | None) -> bool:
    """Say whether `now` is not past the cut-off: the second of the cut-off itself is still in time."""
    return cut_off is None or now.replace(microsecond=0) <= cut_off
