"""The factory's ODRL profile: the closed list of words that terms of use may hold, published as Turtle.

An ODRL processor must stop at a profile that it does not know (Information Model §2.2.1); one that knows this
one finds here every purpose, action, duty, recipient and place, and how each constraint is to be read.
"""

from functools import cache

from aifactory.datasets import vocabulary as v
from aifactory.datasets.odrl.graph import Graph, Triple
from aifactory.datasets.odrl.report import turtle as written
from aifactory.datasets.odrl.values import Literal
from aifactory.datasets.odrl.words import LANGUAGE_TEXT, ODRL, RDF, RDFS, SKOS

IRI = v.PROFILE
_LABEL, _COMMENT = RDFS + "label", RDFS + "comment"

#: What each left operand is about and how its operator is read.
OPERANDS: dict[str, tuple[str, str]] = {
    "purpose": ("isAnyOf", "What the data is used for: the purpose of the project."),
    "recipient": ("isAnyOf", "The kind of organisation that uses it."),
    "spatial": ("isPartOf", "Where that organisation is established."),
    "virtualLocation": ("isAnyOf", "Where it must be used, if not within the usual walls of a job."),
    "dateTime": ("gteq, lteq", "The days of use, in UTC; the first and the last day included."),
    "count": ("lteq", "How many runs have been given the data, the one that is asked for included."),
}


def iri(words: dict[str, v.Word], code: str) -> str:
    """Return the IRI of a word; of a code that is not in the list, one that no list has."""
    return words[code].iri if code in words else f"{IRI}:unknown:{code}"


def purpose(code: str) -> str:
    """Return the IRI of a purpose: ours, below the nearest one of the Data Privacy Vocabulary."""
    return f"{IRI}:{code}"


def country(code: str) -> str:
    """Return the IRI of a country by its ISO 3166-1 alpha-2 code."""
    return f"{IRI}:country:{code}"


@cache
def triples() -> tuple[Triple, ...]:
    """Return the whole profile."""
    said: list[Triple] = [
        (IRI, RDF + "type", ODRL + "Profile"),
        (IRI, _LABEL, Literal("Terms of use of an AI factory, version 1", LANGUAGE_TEXT, "en")),
        (
            IRI,
            _COMMENT,
            Literal("A closed profile of ODRL 2.2: what is not in it is denied.", LANGUAGE_TEXT, "en"),
        ),
    ]
    for code, word in v.PURPOSES.items():
        said += [*_word(purpose(code), word, SKOS + "Concept"), (purpose(code), SKOS + "broader", word.iri)]
    for action in (*v.ACTIONS.values(), *v.PROHIBITIONS, *v.DUTIES.values()):
        said += _word(action.iri, action, ODRL + "Action")
        if action.iri.startswith(IRI):
            said.append((action.iri, ODRL + "includedIn", ODRL + "use"))
    for word in (*v.RECIPIENTS.values(), *v.PLACES.values(), *v.ENVIRONMENTS.values()):
        said += _word(word.iri, word, SKOS + "Concept")
    for name, (operators, comment) in OPERANDS.items():
        said.append((ODRL + name, RDF + "type", ODRL + "LeftOperand"))
        said.append(
            (ODRL + name, _COMMENT, Literal(f"{comment} Operator: {operators}.", LANGUAGE_TEXT, "en"))
        )
    return tuple(dict.fromkeys(said))


def _word(name: str, word: v.Word, kind: str) -> list[Triple]:
    return [
        (name, RDF + "type", kind),
        (name, _LABEL, Literal(word.en, LANGUAGE_TEXT, "en")),
        (name, _LABEL, Literal(word.nl, LANGUAGE_TEXT, "nl")),
    ]


@cache
def graph() -> Graph:
    """Return the profile as a graph, for whoever reads a policy by it."""
    return Graph(triples())


@cache
def turtle() -> str:
    """Return the profile in Turtle."""
    return written(list(triples()))


@cache
def places(code: str) -> frozenset[str]:
    """Return what a country is part of: the places of the profile that it lies in, and everywhere."""
    inside = {v.PLACES[place].iri for place, members in v.COUNTRIES.items() if code in members}
    return frozenset(inside | {v.PLACES["any"].iri})
