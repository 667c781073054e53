"""Deadlines as iCalendar (RFC 5545): pure text, without Django."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

LONGEST = 75  # octets of a line without its break, RFC 5545 section 3.1


@dataclass(frozen=True)
class Entry:
    """One event: all of a day, or the hour before a moment (aware). `uid` stays the same for ever."""

    uid: str
    at: datetime | date
    title: str
    link: str
    changed_at: datetime


def calendar(entries: Iterable[Entry], *, name: str, now: datetime) -> bytes:
    """Return a whole calendar. Raises `ValueError` for a moment without time zone."""
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//AI Factory//Deadlines//EN",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
        f"NAME:{escaped(name)}",
        f"X-WR-CALNAME:{escaped(name)}",
        "REFRESH-INTERVAL;VALUE=DURATION:PT1H",
    ]
    for entry in entries:
        lines += _event(entry, now)
    lines.append("END:VCALENDAR")
    return b"".join(folded(line) for line in lines)


def _event(entry: Entry, now: datetime) -> list[str]:
    return [
        "BEGIN:VEVENT",
        f"UID:{escaped(entry.uid)}",
        f"DTSTAMP:{_utc(now)}",
        f"LAST-MODIFIED:{_utc(entry.changed_at)}",
        *_when(entry.at),
        f"SUMMARY:{escaped(entry.title)}",
        f"URL:{entry.link}",
        "TRANSP:TRANSPARENT",
        "END:VEVENT",
    ]


def _when(at: datetime | date) -> list[str]:
    """A deadline on a day fills the day; one at a moment ends there, so that it is seen coming."""
    if isinstance(at, datetime):
        return [f"DTSTART:{_utc(at - timedelta(hours=1))}", f"DTEND:{_utc(at)}"]
    return [f"DTSTART;VALUE=DATE:{at:%Y%m%d}", f"DTEND;VALUE=DATE:{at + timedelta(days=1):%Y%m%d}"]


def _utc(moment: datetime) -> str:
    if moment.tzinfo is None:
        raise ValueError("A moment needs its time zone.")
    return moment.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


def escaped(text: str) -> str:
    """Return text as a value of type TEXT (section 3.3.11); control characters are left out."""
    for plain, written in (("\\", "\\\\"), (";", "\\;"), (",", "\\,"), ("\r\n", "\\n"), ("\n", "\\n")):
        text = text.replace(plain, written)
    return "".join(c for c in text if c == "\t" or (c >= " " and c != "\x7f"))


def folded(line: str) -> bytes:
    """Return a line with its break, folded where it is longer than 75 octets, never within a character."""
    parts, part = [], b""
    for character in line:
        piece = character.encode()
        if len(part) + len(piece) > LONGEST:
            parts.append(part)
            part = b" "
        part += piece
    return b"\r\n".join([*parts, part]) + b"\r\n"
