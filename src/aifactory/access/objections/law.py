"""The terms of an objection, as dates. Pure arithmetic; articles are of the Dutch Awb, numbers of the mode."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta

from aifactory.access.deadlines import next_working_day
from aifactory.access.modes.parts import Objecting


@dataclass(frozen=True)
class Calendar:
    """Which days are working days: a country, and days off besides."""

    country: str
    days_off: Collection[date] = ()

    def working(self, day: date) -> date:
        """Return the day itself, or the next working day: where terms end (Algemene termijnenwet, Article 1)."""
        return next_working_day(day, self.country, self.days_off)


def grounds_until(asked: date, terms: Objecting, calendar: Calendar) -> date:
    """Return the last day to bring the grounds that were left out (6:6)."""
    return calendar.working(asked + timedelta(weeks=terms.repair_weeks))


def suspended(asked: date | None, repaired: date | None, term_ended: date) -> int:
    """Return for how many days the term to decide stood still, waiting for grounds (7:10 paragraph 2).

    From the day after they were asked for until the day on which they came, or could no longer come.
    """
    if asked is None or repaired is None:
        return 0
    begins = max(asked, term_ended) + timedelta(days=1)
    return max(0, (repaired - begins).days)


def ruling_due(
    term_ended: date,
    filed: date,
    terms: Objecting,
    calendar: Calendar,
    *,
    stood_still: int = 0,
    extended: bool = False,
) -> date:
    """Return the last day to decide on an objection (7:10 paragraphs 1-3).

    Counted from the day after the term for objecting ended; from the day it came for one that came later.
    """
    weeks = terms.weeks_with_committee if terms.committee else terms.weeks
    weeks += terms.extension_weeks if extended else 0
    return calendar.working(max(term_ended, filed) + timedelta(weeks=weeks, days=stood_still))


def in_time(filed: date, until: date) -> bool:
    """Say whether an objection came within its term: the last day counts whole (6:7-6:9)."""
    return filed <= until
