"""RDF as plain Python: terms, a graph of them, and Turtle.

`from_nodes` reads the JSON-LD that `projections` write (prefixes, nested nodes, lists of values) and no
other: it is not a JSON-LD processor. Documents of strangers are read by `harvesting.rdf`.
"""

import itertools
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any, NamedTuple

RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
TYPE = RDF + "type"
STRING = "http://www.w3.org/2001/XMLSchema#string"
LANGUAGE = RDF + "langString"


class Iri(NamedTuple):
    """A name in the world."""

    value: str


class Blank(NamedTuple):
    """A thing without a name outside this document."""

    value: str


class Literal(NamedTuple):
    """A value: its text, its datatype, and its language where it has one."""

    value: str
    datatype: str = STRING
    language: str = ""


Subject = Iri | Blank
Term = Iri | Blank | Literal
Triple = tuple[Subject, str, Term]
Graph = dict[Subject, dict[str, list[Term]]]


def graph(triples: Iterable[Triple]) -> Graph:
    """Return triples by subject and predicate, each once."""
    made: Graph = defaultdict(lambda: defaultdict(list))
    for subject, predicate, value in triples:
        if value not in made[subject][predicate]:
            made[subject][predicate].append(value)
    return made


def from_nodes(document: dict[str, Any]) -> Graph:
    """Return the graph of a document that a DCAT projection wrote."""
    context = document["@context"]
    blanks = (Blank(f"b{n}") for n in itertools.count())
    return graph(_triples(document, context, blanks)[1])


def _triples(
    node: dict[str, Any], context: dict[str, str], blanks: Iterator[Blank]
) -> tuple[Subject, list[Triple]]:
    subject: Subject = Iri(expand(node["@id"], context)) if "@id" in node else next(blanks)
    found: list[Triple] = []
    for key, value in node.items():
        for one in value if isinstance(value, list) else [value]:
            if key == "@type":
                found.append((subject, TYPE, Iri(expand(one, context))))
            elif not key.startswith("@"):
                term, more = _term(one, context, blanks)
                found += [(subject, expand(key, context), term), *more]
    return subject, found


def _term(value: Any, context: dict[str, str], blanks: Iterator[Blank]) -> tuple[Term, list[Triple]]:
    if isinstance(value, str):
        return Literal(value), []
    if "@value" in value:
        if "@language" in value:
            return Literal(value["@value"], LANGUAGE, value["@language"]), []
        return Literal(value["@value"], expand(value.get("@type", STRING), context)), []
    return _triples(value, context, blanks)


def expand(name: str, context: dict[str, str]) -> str:
    """Return the full address of `prefix:name`; anything without a known prefix stays as it is."""
    prefix, colon, rest = name.partition(":")
    return context[prefix] + rest if colon and prefix in context and not rest.startswith("//") else name


def turtle(document: dict[str, Any]) -> str:
    """Return a document that a DCAT projection wrote, in Turtle (RDF 1.1), its subjects in order."""
    context = document["@context"]
    found = from_nodes(document)
    lines = [f"@prefix {prefix}: <{iri}> ." for prefix, iri in sorted(context.items())]
    for subject in sorted(found, key=lambda s: (isinstance(s, Blank), s.value)):
        pairs = [
            f"  {'a' if predicate == TYPE else _short(predicate, context)} "
            + ", ".join(_written(value, context) for value in values)
            for predicate, values in found[subject].items()
        ]
        lines += ["", f"{_written(subject, context)}", " ;\n".join(pairs) + " ."]
    return "\n".join(lines) + "\n"


def _short(iri: str, context: dict[str, str]) -> str:
    return _shortened(iri, tuple(context.items()))


@lru_cache(maxsize=4096)  # a catalogue uses the same few names again and again
def _shortened(iri: str, prefixes: tuple[tuple[str, str], ...]) -> str:
    for prefix, start in prefixes:
        if iri.startswith(start) and re.fullmatch(r"[A-Za-z]\w*", iri[len(start) :]):
            return f"{prefix}:{iri[len(start) :]}"
    return f"<{_safe(iri)}>"


def _written(term: Term, context: dict[str, str]) -> str:
    match term:
        case Iri(value):
            return _short(value, context)
        case Blank(value):
            return f"_:{value}"
        case Literal(value, datatype, language):
            quoted = '"' + value.translate(_ESCAPES) + '"'
            if language:
                return f"{quoted}@{language}"
            return quoted if datatype == STRING else f"{quoted}^^{_short(datatype, context)}"


_ESCAPES = {ord(c): e for c, e in (("\\", "\\\\"), ('"', '\\"'), ("\n", "\\n"), ("\r", "\\r"), ("\t", "\\t"))}


def _safe(iri: str) -> str:
    """Escape what may not stand between < and >, as RDF 1.1 Turtle 6.4 does."""
    return re.sub(r'[\x00-\x20<>"{}|^`\\]', lambda m: f"\\u{ord(m[0]):04X}", iri)
