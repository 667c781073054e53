"""Values of constraints, and how they compare: moments, days, numbers, durations, names.

Every value is a stretch from `low` to `high` (exclusive), each a pair (place, 0 before | 1 after it). So a moment
is compared with a whole day as people mean it: `lteq 2027-06-30` holds until the end of that day. A moment or day
without a time zone is one in UTC.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any

from aifactory.datasets.odrl.words import LANGUAGE_TEXT, ODRL, XSD


@dataclass(frozen=True, slots=True)
class Literal:
    """A value as RDF writes it: its text, the IRI of its datatype, and the language of a text that has one."""

    text: str
    datatype: str = XSD + "string"
    language: str = ""


Term = str | Literal
"""An IRI (or a blank node, `_:…`) or a value."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """What a value covers on the scale of its kind."""

    kind: str
    low: tuple[Any, int]
    high: tuple[Any, int]


_ZONE = r"(Z|[+-]\d\d:\d\d)?"
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?" + _ZONE)
_DAY = re.compile(r"(\d{4}-\d\d-\d\d)" + _ZONE)
_MONTH = re.compile(r"(\d{4})-(\d\d)" + _ZONE)
_YEAR = re.compile(r"(\d{4})" + _ZONE)
_DURATION = re.compile(
    r"(-)?P(?=.)(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)D)?(?:T(?=.)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?"
)
_NUMBERS = frozenset(
    XSD + name
    for name in (
        "integer", "decimal", "double", "float", "int", "long", "short", "byte", "nonNegativeInteger",
        "positiveInteger", "nonPositiveInteger", "negativeInteger", "unsignedInt", "unsignedLong",
    )
)  # fmt: skip


def _zone(text: str | None) -> str:
    return "+00:00" if text in {None, "", "Z"} else str(text)


def _moment(text: str) -> Stretch | None:
    if not _MOMENT.fullmatch(text):
        return None
    at = datetime.fromisoformat(text)
    at = at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    return Stretch("time", (at, 0), (at, 1))


def _days(first: str, zone: str | None, after: Callable[[date], date]) -> Stretch:
    start = datetime.fromisoformat(f"{first}T00:00:00{_zone(zone)}").astimezone(UTC)
    shift = timedelta(days=(after(date.fromisoformat(first)) - date.fromisoformat(first)).days)
    return Stretch("time", (start, 0), (start + shift, 0))


def _next_month(day: date) -> date:
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1)


def _time(literal: Literal) -> Stretch | None:
    match literal.datatype.removeprefix(XSD):
        case "dateTime" | "dateTimeStamp":
            return _moment(literal.text)
        case "date" if found := _DAY.fullmatch(literal.text):
            return _days(found[1], found[2], lambda day: day + timedelta(days=1))
        case "gYearMonth" if found := _MONTH.fullmatch(literal.text):
            return _days(f"{found[1]}-{found[2]}-01", found[3], _next_month)
        case "gYear" if found := _YEAR.fullmatch(literal.text):
            return _days(f"{found[1]}-01-01", found[2], lambda day: day.replace(year=day.year + 1))
    return None


def _duration(text: str) -> Stretch | None:
    """Days and shorter are compared with each other, months and years too; a mix of both with nothing."""
    found = _DURATION.fullmatch(text)
    if found is None:
        return None
    sign = -1 if found[1] else 1
    months = int(found[2] or 0) * 12 + int(found[3] or 0)
    seconds = int(found[4] or 0) * 86_400 + int(found[5] or 0) * 3_600 + int(found[6] or 0) * 60
    total = seconds + Decimal(found[7] or 0)
    if months and total:
        return None
    kind, amount = ("months", Decimal(months)) if months else ("seconds", total)
    return Stretch(kind, (sign * amount, 0), (sign * amount, 1))


@lru_cache(maxsize=4096)
def stretch(literal: Literal) -> Stretch | None:
    """Return what the value covers, None where its text is not of its type or its type has no order."""
    try:
        if literal.datatype in _NUMBERS:
            number = Decimal(literal.text)
            return Stretch("number", (number, 0), (number, 1)) if number.is_finite() else None
        if literal.datatype.removeprefix(XSD) in {"duration", "dayTimeDuration", "yearMonthDuration"}:
            return _duration(literal.text)
        return _time(literal)
    except (ValueError, OverflowError, InvalidOperation):
        return None


def same(left: Term, right: Term) -> bool:
    """Say whether two values are the same name, text or point; an IRI may be written as an `xsd:anyURI`."""
    if left == right:
        return True
    if isinstance(left, Literal) and isinstance(right, Literal):
        one, other = stretch(left), stretch(right)
        if one is None or other is None or one.kind != other.kind:
            return False
        return _COMPARED["eq"](one, other)
    iri, literal = (left, right) if isinstance(left, str) else (right, left)
    return isinstance(literal, Literal) and literal == Literal(str(iri), XSD + "anyURI")


def holds(operator: str, left: Term, right: Term) -> bool | None:
    """Compare with `odrl:eq`, `neq`, `lt`, `lteq`, `gt` or `gteq`; None where the two cannot be compared."""
    one = stretch(left) if isinstance(left, Literal) else None
    other = stretch(right) if isinstance(right, Literal) else None
    name = operator.removeprefix(ODRL)
    if one is None or other is None:
        return _names_hold(name, left, right)
    if one.kind != other.kind:
        return None
    return _COMPARED[name](one, other) if name in _COMPARED else None


_COMPARED: dict[str, Callable[[Stretch, Stretch], bool]] = {
    "eq": lambda one, other: other.low <= one.low and one.high <= other.high,
    "neq": lambda one, other: one.high <= other.low or one.low >= other.high,
    "lt": lambda one, other: one.high <= other.low,
    "lteq": lambda one, other: one.high <= other.high,
    "gt": lambda one, other: one.low >= other.high,
    "gteq": lambda one, other: one.low >= other.low,
}


def _names_hold(name: str, left: Term, right: Term) -> bool | None:
    """Names are the same or not; they have no order. A broken value is neither."""
    if name not in {"eq", "neq"} or _is_broken(left) or _is_broken(right):
        return None
    return same(left, right) == (name == "eq")


def _is_broken(term: Term) -> bool:
    """Say whether a value claims a type with an order and has none, or is compared with one that has."""
    return isinstance(term, Literal) and term.datatype not in _TEXTS


_TEXTS = {XSD + "string", XSD + "anyURI", XSD + "boolean", XSD + "token", XSD + "language", LANGUAGE_TEXT}
