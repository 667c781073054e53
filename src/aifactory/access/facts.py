"""The facts of an application that eligibility rules test."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from aifactory.access.size import size_of

#: kinds of organisation that have no size class: the lines of 2003/361/EC are for enterprises
PUBLIC_KINDS = frozenset({"public", "public_body", "research", "university", "hospital", "government"})


@dataclass(frozen=True)
class Applicant:
    """What the platform knows of the organisation that applies."""

    country: str
    kind: str
    registration: str


def facts_of(
    applicant: Applicant, answers: Mapping[str, Any], requested: Mapping[str, int], award_ends_on: date
) -> dict[str, Any]:
    """Return the facts by name; the size class is told only where its three figures were given."""
    figures = [answers.get(name) for name in ("staff", "turnover", "balance")]
    size = None if None in figures else size_of(*(int(str(figure)) for figure in figures)).value
    return {
        "organisation.country": applicant.country,
        "organisation.kind": applicant.kind,
        "organisation.registration": applicant.registration,
        "organisation.size": "public" if applicant.kind in PUBLIC_KINDS else size,
        "award.ends_on": award_ends_on.isoformat(),
        **{f"requested.{resource}": amount for resource, amount in requested.items()},
        **{f"answers.{name}": answer for name, answer in answers.items()},
    }
