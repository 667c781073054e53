"""The facts of an application that eligibility rules test."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from aifactory.people.enterprises.size import size_of

#: kinds of organisation that have no size class: the lines of 2003/361/EC are for enterprises
PUBLIC_KINDS = frozenset({"research", "hospital", "public"})


def facts_of(
    organisation: Mapping[str, Any], answers: Mapping[str, Any], requested: Mapping[str, int], ends_on: date
) -> dict[str, Any]:
    """Return the facts by name, from what is known of the organisation (see `people.Organisation`).

    The size class is the one determined (`size`), or follows from three figures where those alone are known.
    `ends_on` is when an award would end.
    """
    figures = [organisation.get(name) for name in ("staff", "turnover_eur", "balance_eur")]
    size = None if None in figures else size_of(*(int(str(figure)) for figure in figures)).value
    size = organisation.get("size", size)
    return {
        "organisation.country": organisation["country"],
        "organisation.kind": organisation["kind"],
        "organisation.registration": organisation["registration_number"],
        "organisation.size": "public" if organisation["kind"] in PUBLIC_KINDS else size,
        "award.ends_on": ends_on.isoformat(),
        **{f"requested.{resource}": amount for resource, amount in requested.items()},
        **{f"answers.{name}": answer for name, answer in answers.items()},
    }
