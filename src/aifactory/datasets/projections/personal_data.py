"""What is said of personal data, in the terms of the W3C Data Privacy Vocabulary 2 and its extensions (w3id.org/dpv).

A kind that has no term of its own there gets the narrowest one that holds all of it.
"""

from aifactory.datasets.processing.said import Said
from aifactory.datasets.projections.nodes import Node, day
from aifactory.datasets.vocabulary import DPV

_GDPR = "https://w3id.org/dpv/legal/eu/gdpr#"
_PD = "https://w3id.org/dpv/pd#"
#: GDPR Art. 6(1), by the letters of the article.
_BASES = {
    "consent": "A6-1-a",
    "contract": "A6-1-b",
    "obligation": "A6-1-c",
    "vital": "A6-1-d",
    "public_task": "A6-1-e",
    "interest": "A6-1-f",
}
#: GDPR Art. 9(2), by the letters of the paragraph.
_CONDITIONS = {
    "consent": "A9-2-a",
    "work_law": "A9-2-b",
    "vital": "A9-2-c",
    "association": "A9-2-d",
    "made_public": "A9-2-e",
    "legal_claim": "A9-2-f",
    "public_interest": "A9-2-g",
    "care": "A9-2-h",
    "public_health": "A9-2-i",
    "research": "A9-2-j",
}
_CATEGORIES = {
    "identity": _PD + "Identifying",
    "contact": _PD + "Contact",
    "traits": _PD + "Demographic",
    "work": _PD + "Professional",
    "money": _PD + "Financial",
    "place": _PD + "Location",
    "behaviour": _PD + "Behavioral",
    "pictures": DPV + "PersonalData",
    "health": _PD + "Health",
    "genetic": _PD + "Genetic",
    "biometric": _PD + "Biometric",
    "origin": _PD + "Ethnicity",
    "beliefs": DPV + "SpecialCategoryPersonalData",
    "sexuality": _PD + "Sexual",
    "criminal": _PD + "Criminal",
}


def kinds(said: Said) -> list[Node]:
    """Return which kinds of personal data there are; where nothing is said, that there is some."""
    found = {_CATEGORIES[one] for one in said.categories} or {DPV + "PersonalData"}
    return [{"@id": iri} for iri in sorted(found)]


def grounds(said: Said) -> list[Node]:
    """Return on which ground it may be used, and what lifts the prohibition on sensitive kinds."""
    named = [
        *([_BASES[said.basis]] if said.basis else []),
        *([_CONDITIONS[said.condition]] if said.condition else []),
    ]
    return [{"@id": _GDPR + name} for name in named]


def kept(said: Said) -> Node | None:
    """Return until which day it is kept, as a period without a first day."""
    return (
        {"@type": "dct:PeriodOfTime", "dcat:endDate": day(said.keep_until.isoformat())}
        if said.keep_until
        else None
    )
