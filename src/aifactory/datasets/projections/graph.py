"""RDF as plain Python: terms, a graph of them, and Turtle.

`from_nodes` reads the JSON-LD that `projections` write (prefixes, nested nodes, lists of values) and no
other: it is not a JSON-LD processor. Documents of strangers are read by `harvesting.rdf`.
"""

import itertools
import re
from collections import defaultdict
from collections.abc import Callable
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


def empty() -> Graph:
    """Return a graph to add to: a subject and a property that are new begin by themselves."""
    return defaultdict(lambda: defaultdict(list))


def each_once(found: Graph) -> Graph:
    """Leave every value of a property once, in order, and return the graph.

    Done at the end, as looking for each value among those before it would take the square of their number.
    """
    for properties in found.values():
        for predicate, values in properties.items():
            if len(values) > 1:
                properties[predicate] = list(dict.fromkeys(values))
    return found


def from_nodes(document: dict[str, Any]) -> Graph:
    """Return the graph of a document that a DCAT projection wrote."""
    nodes = _Nodes(document["@context"])
    nodes.add(document)
    return each_once(nodes.graph)


class _Nodes:
    """Gathers nested nodes into one graph; a node that is only pointed at says nothing."""

    def __init__(self, context: dict[str, str]) -> None:
        self.graph = empty()
        self.full = _Once(lambda name: expand(name, context))
        self.blanks = itertools.count()

    def add(self, node: dict[str, Any]) -> Subject:
        """Take in a node and what it holds; return its name."""
        subject: Subject = Iri(self.full[node["@id"]]) if "@id" in node else Blank(f"b{next(self.blanks)}")
        for key, value in node.items():
            every = value if isinstance(value, list) else [value]
            if key == "@type":
                self.graph[subject][TYPE] += [Iri(self.full[one]) for one in every]
            elif not key.startswith("@") and every:
                values = self.graph[subject][self.full[key]]
                values += [self._term(one) for one in every]
        return subject

    def _term(self, value: Any) -> Term:
        if isinstance(value, str):
            return Literal(value)
        if "@value" not in value:
            return self.add(value)
        if "@language" in value:
            return Literal(value["@value"], LANGUAGE, value["@language"])
        return Literal(value["@value"], self.full[value.get("@type", STRING)])


class _Once(dict[str, str]):
    """Works each answer out once: a catalogue uses the same few names again and again."""

    def __init__(self, work: Callable[[str], str]) -> None:
        self.work = work

    def __missing__(self, name: str) -> str:
        self[name] = made = self.work(name)
        return made


def expand(name: str, context: dict[str, str]) -> str:
    """Return the full address of `prefix:name`; anything without a known prefix stays as it is."""
    prefix, colon, rest = name.partition(":")
    return context[prefix] + rest if colon and prefix in context and not rest.startswith("//") else name


def turtle(document: dict[str, Any]) -> str:
    """Return a document that a DCAT projection wrote, in Turtle (RDF 1.1), its subjects in order."""
    context = document["@context"]
    found = from_nodes(document)
    short = _Once(lambda iri: _shortened(iri, context))
    lines = [f"@prefix {prefix}: <{iri}> ." for prefix, iri in sorted(context.items())]
    for subject in sorted(found, key=lambda s: (isinstance(s, Blank), s.value)):
        pairs = [
            f"  {'a' if predicate == TYPE else short[predicate]} "
            + ", ".join([_written(value, short) for value in values])
            for predicate, values in found[subject].items()
        ]
        lines += ["", _written(subject, short), " ;\n".join(pairs) + " ."]
    return "\n".join(lines) + "\n"


def _shortened(iri: str, prefixes: dict[str, str]) -> str:
    for prefix, start in prefixes.items():
        if iri.startswith(start) and re.fullmatch(r"[A-Za-z]\w*", iri[len(start) :]):
            return f"{prefix}:{iri[len(start) :]}"
    return f"<{_safe(iri)}>"


def _written(term: Term, short: dict[str, str]) -> str:
    if isinstance(term, Iri):
        return short[term.value]
    if isinstance(term, Blank):
        return f"_:{term.value}"
    text = term.value.translate(_ESCAPES) if _ESCAPED.search(term.value) else term.value
    if term.language:
        return f'"{text}"@{term.language}'
    return f'"{text}"' if term.datatype == STRING else f'"{text}"^^{short[term.datatype]}'


_ESCAPES = {ord(c): e for c, e in (("\\", "\\\\"), ('"', '\\"'), ("\n", "\\n"), ("\r", "\\r"), ("\t", "\\t"))}
_ESCAPED = re.compile(r'[\\"\n\r\t]')


def _safe(iri: str) -> str:
    """Escape what may not stand between < and >, as RDF 1.1 Turtle 6.4 does."""
    return re.sub(r'[\x00-\x20<>"{}|^`\\]', lambda m: f"\\u{ord(m[0]):04X}", iri)
