"""How much de minimis aid an undertaking may still get, and from when (Regulation (EU) 2023/2831, Article 3(2)).

Amounts are whole euro cents of gross grant equivalent; days are calendar days. No database here.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from math import ceil

from aifactory.kit.units import UNITS, Resource

CEILING = 300_000_00
YEARS = 3


@dataclass(frozen=True)
class Aid:
    """Aid granted on the day on which the right to it came into being, whenever it was paid (Article 3(3))."""

    granted_on: date
    cents: int


@dataclass(frozen=True)
class Room:
    """What was granted in the three years up to `on`, and what may still be granted on that day, in cents."""

    on: date
    used: int
    left: int


def leaves_on(granted_on: date) -> date:
    """Return the first day on which aid counts no more: the day after its third anniversary.

    A period in years ends with the last hour of the same date, or of the month's last day where there is none
    (Regulation 1182/71, Article 3(2)(c)).
    """
    year = granted_on.year + YEARS
    try:
        anniversary = granted_on.replace(year=year)
    except ValueError:
        anniversary = date(year, 2, 28)
    return anniversary + timedelta(days=1)


def used(entries: Iterable[Aid], on: date) -> int:
    """Return what was granted in the three years that end on this day, in cents."""
    return sum(aid.cents for aid in entries if aid.granted_on <= on < leaves_on(aid.granted_on))


def room(entries: Iterable[Aid], on: date, *, ceiling: int = CEILING) -> Room:
    """Return the room on this day: no three years that hold it may go over the ceiling, later ones neither.

    Aid with a later date is there already when an entry is put in afterwards, or a grant is dated back.
    """
    known = list(entries)
    ends = {on} | {aid.granted_on for aid in known if on < aid.granted_on < leaves_on(on)}
    fullest = max(used(known, end) for end in ends)
    return Room(on, used(known, on), max(0, ceiling - fullest))


def fits_from(entries: Iterable[Aid], on: date, cents: int, *, ceiling: int = CEILING) -> date | None:
    """Return the first day from `on` on which this amount fits; None where it never does."""
    known = list(entries)
    days = sorted({on} | {day for aid in known if (day := leaves_on(aid.granted_on)) > on})
    return next((day for day in days if cents <= room(known, day, ceiling=ceiling).left), None)


def value(amounts: Mapping[str, int], prices: Mapping[str, int]) -> int:
    """Return what a free grant is worth, in cents, rounded up: its gross grant equivalent (Article 4).

    `amounts`: resource → base units; `prices`: resource → cents for one shown unit (a GPU-hour, a GB), as
    published. A resource without a price raises `KeyError`: nothing is free by mistake.
    """
    worth = Fraction(0)
    for name, amount in amounts.items():
        if amount:
            worth += Fraction(amount * prices[name], UNITS[Resource(name)][1])
    return ceil(worth)
