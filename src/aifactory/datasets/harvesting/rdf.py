"""Strangers' RDF, read without trust: no network, no entities that grow, a bound on everything.

What stands before a fault is kept: one bad line does not lose a catalogue. Needs pyoxigraph (loaded here only).
"""

import json
import re
from collections.abc import Iterator
from typing import Any

from aifactory.datasets.projections.graph import (
    LANGUAGE,
    Blank,
    Graph,
    Iri,
    Literal,
    Term,
    Triple,
    each_once,
    empty,
)
from aifactory.kit.bilingual import Text

MOST_TRIPLES = 2_000_000  # 64 MB of ordinary DCAT are one million
_DEEPEST = 60


class CannotBeRead(ValueError):
    """A document that we don't read on; `text` says why, in both languages."""

    def __init__(self, text: Text) -> None:
        super().__init__(text.en)
        self.text = text


def read(document: bytes) -> tuple[Graph, Text | None]:
    """Return the graph of a document in Turtle, N-Triples, RDF/XML or JSON-LD, and what stopped the reading.

    Raises `CannotBeRead` where nothing of it may be read.
    """
    import pyoxigraph as ox

    start = document[:2_000].lstrip(b"\xef\xbb\xbf \t\r\n")
    if start.startswith((b"{", b"[")):
        _closed(document)
        form = ox.RdfFormat.JSON_LD
    elif start.startswith((b"<?xml", b"<!DOCTYPE", b"<!--", b"<rdf:RDF")):
        _tame(document)
        form = ox.RdfFormat.RDF_XML
    else:
        form = ox.RdfFormat.TURTLE
    found, problem = empty(), None
    try:
        parsed = ox.parse(document, format=form, base_iri="http://base.invalid/", lenient=True)
        for subject, predicate, value in _triples(parsed):
            found[subject][predicate].append(value)
    except SyntaxError as fault:
        why = re.sub(r"\s+", " ", str(fault))[:200]
        problem = Text(en=f"The document breaks off: {why}", nl=f"Het document breekt af: {why}")
    return each_once(found), problem


def _triples(quads: Any) -> Iterator[Triple]:
    """Return the statements in our terms; each name is held once, as a catalogue says the same few again and again."""
    import pyoxigraph as ox

    names: dict[str, Iri] = {}

    def name(iri: str) -> Iri:
        return names.get(iri) or names.setdefault(iri, Iri(iri))

    def term(node: Any) -> Term | None:
        kind = type(node)
        if kind is ox.NamedNode:
            return name(node.value)
        if kind is ox.Literal:
            language = node.language
            return Literal(
                node.value, LANGUAGE if language else name(node.datatype.value).value, language or ""
            )
        # What is left is a quoted triple, and no catalogue of data needs one.
        return Blank(node.value) if kind is ox.BlankNode else None

    for n, (subject, predicate, value, _graph) in enumerate(quads):
        if n >= MOST_TRIPLES:
            raise SyntaxError(f"more than {MOST_TRIPLES:,} statements")
        what, said = term(subject), term(value)
        if said is not None and isinstance(what, Iri | Blank):
            yield what, name(predicate.value).value, said


def _tame(document: bytes) -> None:
    """Refuse XML whose entities reach outside or grow (CWE-611, CWE-776). Raises `CannotBeRead`."""
    for value in re.findall(rb"<!ENTITY\s+([^>]*)>?", document):
        outside = re.search(rb"%|\bSYSTEM\b|\bPUBLIC\b", value.split(b'"')[0].split(b"'")[0])
        if outside or b"&" in value or len(value) > 500:
            raise CannotBeRead(
                Text(
                    en="The document declares entities that reach outside or grow.",
                    nl="Het document declareert entiteiten die naar buiten wijzen of groeien.",
                )
            )


def _closed(document: bytes) -> None:
    """Refuse JSON-LD that wants a context from elsewhere, or nests too deeply. Raises `CannotBeRead`."""
    try:
        found = json.loads(document)
    except RecursionError as problem:
        raise _too_deep() from problem
    except ValueError:
        return  # the parser says where it breaks
    waiting = [(found, 0)]
    while waiting:
        node, depth = waiting.pop()
        if depth > _DEEPEST:
            raise _too_deep()
        if isinstance(node, list):
            waiting += [(one, depth + 1) for one in node]
        elif isinstance(node, dict):
            asked = [node.get("@import"), *_listed(node.get("@context"))]
            if elsewhere := next((one for one in asked if isinstance(one, str)), None):
                raise CannotBeRead(
                    Text(
                        en="The document wants a context from {at}; it must bring its own.",
                        nl="Het document wil een context van {at}; het moet zijn eigen context meebrengen.",
                    ).fill(at=elsewhere[:200])
                )
            waiting += [(one, depth + 1) for one in node.values() if isinstance(one, dict | list)]


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _too_deep() -> CannotBeRead:
    return CannotBeRead(Text(en="The document is nested too deeply.", nl="Het document is te diep genest."))
