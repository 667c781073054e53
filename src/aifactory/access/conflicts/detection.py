"""Who may not review, or decide on, which application, and why.

A conflict is a reason in words, found by rule or declared by the person. Nobody needs to prove bias: the
rules say when somebody stands too close.
"""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from aifactory.access.bilingual import Text


class Kind(StrEnum):
    """Why somebody stands too close."""

    SAME_ORGANISATION = "same_organisation"
    FORMER_ORGANISATION = "former_organisation"
    APPLICANT = "applicant"
    NAMED = "named"
    SAME_CALL = "same_call"
    DECLARED = "declared"


REASONS = {
    Kind.SAME_ORGANISATION: Text(
        en="Works for the organisation that applies.", nl="Werkt voor de organisatie die aanvraagt."
    ),
    Kind.FORMER_ORGANISATION: Text(
        en="Worked for the organisation that applies, not long ago.",
        nl="Werkte kort geleden voor de organisatie die aanvraagt.",
    ),
    Kind.APPLICANT: Text(en="Made this application.", nl="Deed deze aanvraag."),
    Kind.NAMED: Text(en="Is named in this application.", nl="Wordt in deze aanvraag genoemd."),
    Kind.SAME_CALL: Text(
        en="Applies in the same call, alone or through an organisation.",
        nl="Doet zelf of met een organisatie mee aan dezelfde oproep.",
    ),
    Kind.DECLARED: Text(en="Declared a conflict.", nl="Heeft een belangenconflict gemeld."),
}


@dataclass(frozen=True)
class Affiliation:
    """Somebody's place in an organisation; `until` is None while it lasts."""

    organisation: str
    until: date | None = None


@dataclass(frozen=True)
class Person:
    """What the rules look at in somebody who may review or decide."""

    id: str
    name: str
    affiliations: tuple[Affiliation, ...] = ()
    declared: frozenset[str] = frozenset()


@dataclass(frozen=True)
class File:
    """What the rules look at in an application.

    `named` holds names as written in the form; `..._in_call` those of the other applications in the call.
    """

    id: str
    organisation: str
    applicant: str
    named: tuple[str, ...] = ()
    applicants_in_call: frozenset[str] = frozenset()
    organisations_in_call: frozenset[str] = frozenset()


def conflicts(person: Person, file: File, *, on: date, look_back_months: int) -> list[Kind]:
    """Return every reason why `person` may not judge `file`, in the order of `Kind`; empty means free."""
    here = {a.organisation for a in person.affiliations if a.until is None or a.until >= on}
    recent = {
        a.organisation
        for a in person.affiliations
        if a.until is not None and a.until < on and _months_between(a.until, on) <= look_back_months
    }
    found = {
        Kind.SAME_ORGANISATION: file.organisation in here,
        Kind.FORMER_ORGANISATION: file.organisation in recent,
        Kind.APPLICANT: person.id == file.applicant,
        Kind.NAMED: names(person.name, file.named),
        Kind.SAME_CALL: person.id in file.applicants_in_call or bool(here & file.organisations_in_call),
        Kind.DECLARED: file.id in person.declared,
    }
    return [kind for kind, holds in found.items() if holds]


def _months_between(earlier: date, later: date) -> int:
    """Whole months passed; a month that has begun does not count."""
    months = (later.year - earlier.year) * 12 + later.month - earlier.month
    return months - (later.day < earlier.day)


def names(name: str, texts: Iterable[str]) -> bool:
    """Say whether a full name, its parts in any order, stands in one of the comma-separated texts."""
    parts = _parts(name)
    return bool(parts) and any(parts <= _parts(entry) for text in texts for entry in text.split(","))


def _parts(name: str) -> frozenset[str]:
    """Split a name into parts without case, accents and titles' dots."""
    flat = unicodedata.normalize("NFKD", name).casefold()
    letters = "".join(c if c.isalpha() else " " for c in flat if not unicodedata.combining(c))
    return frozenset(letters.split())
