"""Who stands too close to which application, why, and how close: pure rules on plain facts.

Nobody needs to prove bias: the rules say when somebody stands too close, and each kind of tie has a handling.
The three follow the taxonomy that research funders share: real (recuse), apparent (manage), potential
(disclose). Which kind has which, and how far the rules look back, is data of the mode.
"""

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from aifactory.kit.bilingual import Text


class Kind(StrEnum):
    """Why somebody stands too close."""

    SAME_ORGANISATION = "same_organisation"
    FORMER_ORGANISATION = "former_organisation"
    APPLICANT = "applicant"
    NAMED = "named"
    SAME_CALL = "same_call"
    CO_AUTHOR = "co_author"
    CO_PROJECT = "co_project"
    TWO_WAY = "two_way"
    EXCLUDED = "excluded"
    COMPETITOR = "competitor"
    DECLARED = "declared"


class Handling(StrEnum):
    """What follows: a real conflict keeps the person out, an apparent one is managed by a measure that the
    office decides on, a potential one is told to those who judge.
    """

    RECUSE = "recuse"
    MANAGE = "manage"
    DISCLOSE = "disclose"


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
    Kind.CO_AUTHOR: Text(
        en="Published together with somebody who works on this application, not long ago.",
        nl="Publiceerde kort geleden samen met iemand die aan deze aanvraag werkt.",
    ),
    Kind.CO_PROJECT: Text(
        en="Works or worked in one project with the applicant, not long ago.",
        nl="Werkt of werkte kort geleden in één project met de aanvrager.",
    ),
    Kind.TWO_WAY: Text(
        en="The applicants are judging an application of this person's own.",
        nl="De aanvragers beoordelen zelf een aanvraag van deze persoon.",
    ),
    Kind.EXCLUDED: Text(
        en="The applicant asked that this person does not judge it.",
        nl="De aanvrager vroeg dat deze persoon niet oordeelt.",
    ),
    Kind.COMPETITOR: Text(
        en="Works for a small company in the same sector.",
        nl="Werkt voor een klein bedrijf in dezelfde sector.",
    ),
    Kind.DECLARED: Text(en="Declared a conflict.", nl="Heeft een belangenconflict gemeld."),
}

#: what follows where a mode says nothing else
HANDLINGS: dict[Kind, Handling] = {
    **dict.fromkeys(Kind, Handling.RECUSE),
    Kind.CO_PROJECT: Handling.MANAGE,
    Kind.EXCLUDED: Handling.MANAGE,
    Kind.COMPETITOR: Handling.MANAGE,
}


@dataclass(frozen=True)
class LookBack:
    """How far back ties count, in months, and whether small companies of one sector count as competitors."""

    affiliation: int = 24
    co_author: int = 36
    co_project: int = 36
    competitors: bool = False


@dataclass(frozen=True)
class Affiliation:
    """Somebody's place in an organisation; `until` is None while it lasts."""

    organisation: str
    until: date | None = None


@dataclass(frozen=True)
class Publication:
    """A work that somebody made with others: their names as written, and when it appeared."""

    authors: tuple[str, ...]
    on: date


@dataclass(frozen=True)
class Person:
    """What the rules look at in somebody who may review, decide or look on.

    `markets`: the sectors in which the person's own small companies work.
    """

    id: str
    name: str
    affiliations: tuple[Affiliation, ...] = ()
    declared: frozenset[str] = frozenset()
    publications: tuple[Publication, ...] = ()
    markets: frozenset[str] = frozenset()


@dataclass(frozen=True)
class File:
    """What the rules look at in an application.

    `named` and `excluded` hold names as written in the form; `..._in_call` those of the other applications
    in the call; `partners` who shares or shared a project, with the day on which it ended or will;
    `judged_...` whose own applications the applicant's side is judging now; `market` the sector, where the
    applicant is a small company.
    """

    id: str
    organisation: str
    applicant: str
    applicant_name: str = ""
    named: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()
    applicants_in_call: frozenset[str] = frozenset()
    organisations_in_call: frozenset[str] = frozenset()
    partners: tuple[tuple[str, date], ...] = ()
    judged_applicants: frozenset[str] = frozenset()
    judged_organisations: frozenset[str] = frozenset()
    market: str = ""


def conflicts(
    person: Person, file: File, *, on: date, look_back: LookBack | None = None
) -> dict[Kind, dict[str, Any]]:
    """Return every reason why `person` stands too close to `file`, in the order of `Kind`, each with its
    evidence: ids, days and names as they were found. Empty means free.
    """
    back = look_back or LookBack()
    here = {a.organisation for a in person.affiliations if a.until is None or a.until >= on}
    left = {a.organisation: a.until for a in person.affiliations if a.until is not None and a.until < on}
    former = left.get(file.organisation)
    found: dict[Kind, Mapping[str, Any] | None] = {
        Kind.SAME_ORGANISATION: {"organisation": file.organisation} if file.organisation in here else None,
        Kind.FORMER_ORGANISATION: {"organisation": file.organisation, "until": former.isoformat()}
        if former and _recent(former, on, back.affiliation)
        else None,
        Kind.APPLICANT: {} if person.id == file.applicant else None,
        Kind.NAMED: {} if names(person.name, file.named) else None,
        Kind.SAME_CALL: _in_call(person, here, file),
        Kind.CO_AUTHOR: _co_author(person, file, on, back.co_author),
        Kind.CO_PROJECT: _partner(person, file, on, back.co_project),
        Kind.TWO_WAY: {} if person.id in file.judged_applicants or here & file.judged_organisations else None,
        Kind.EXCLUDED: {} if names(person.name, file.excluded) else None,
        Kind.COMPETITOR: {"sector": file.market}
        if back.competitors and file.market and file.market in person.markets
        else None,
        Kind.DECLARED: {} if file.id in person.declared else None,
    }
    return {kind: dict(evidence) for kind, evidence in found.items() if evidence is not None}


def _in_call(person: Person, here: set[str], file: File) -> dict[str, Any] | None:
    shared = sorted(here & file.organisations_in_call)
    return {"organisations": shared} if shared or person.id in file.applicants_in_call else None


def _co_author(person: Person, file: File, on: date, months: int) -> dict[str, Any] | None:
    """The newest work in the look-back that the person and somebody of the application wrote together."""
    team = (*file.named, file.applicant_name)
    recent = sorted(
        (work for work in person.publications if _recent(work.on, on, months)), key=lambda work: work.on
    )
    for work in reversed(recent):
        others = [author for author in work.authors if _parts(author) != _parts(person.name)]
        if together := sorted(author for author in others if names(author, team)):
            return {"with": together, "on": work.on.isoformat()}
    return None


def _partner(person: Person, file: File, on: date, months: int) -> dict[str, Any] | None:
    ends = [end for partner, end in file.partners if partner == person.id and _recent(end, on, months)]
    return {"until": max(ends).isoformat()} if ends else None


def _recent(day: date, on: date, months: int) -> bool:
    """Say whether a day lies in the look-back, or still ahead."""
    return _months_between(day, on) <= months


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
