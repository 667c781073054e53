"""Triples by subject: all that reading a policy needs of RDF."""

from collections.abc import Iterable, Iterator, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

from aifactory.datasets.odrl.values import Literal, Term
from aifactory.datasets.odrl.words import ODRL, RDF, XSD
from aifactory.kit.errors import Refused

LARGEST = 10_000_000
Triple = tuple[str, str, Term]


class NotRdf(Refused):
    """The text is not RDF that can be read."""

    status = 422


class Graph:
    """A set of triples, asked by subject and predicate."""

    def __init__(self, triples: Iterable[Triple] = ()) -> None:
        self._of: dict[str, dict[str, list[Term]]] = {}
        for subject, predicate, object_ in triples:
            objects = self._of.setdefault(subject, {}).setdefault(predicate, [])
            if object_ not in objects:
                objects.append(object_)

    def __add__(self, other: "Graph") -> "Graph":
        return Graph((*self.triples(), *other.triples()))

    def triples(self) -> Iterator[Triple]:
        """Return every triple."""
        for subject, predicates in self._of.items():
            for predicate, objects in predicates.items():
                for object_ in objects:
                    yield subject, predicate, object_

    def knows(self, subject: Term) -> bool:
        """Say whether anything is said of it."""
        return isinstance(subject, str) and subject in self._of

    def predicates(self, subject: Term) -> list[str]:
        """Return what is said of a thing, without the values."""
        return list(self._of.get(subject, ())) if isinstance(subject, str) else []

    def objects(self, subject: Term, *predicates: str) -> list[Term]:
        """Return the values of these predicates, the members where a value is a list."""
        found: list[Term] = []
        if isinstance(subject, str):
            said = self._of.get(subject, {})
            for predicate in predicates:
                for object_ in said.get(predicate, ()):
                    found += self._members(object_)
        return found

    def iris(self, subject: Term, *predicates: str) -> list[str]:
        """Return the values that are things."""
        return [x for x in self.objects(subject, *predicates) if isinstance(x, str)]

    def subjects(self, predicate: str, object_: Term | None = None) -> list[str]:
        """Return the things of which this is said, in the order in which they came."""
        return [
            subject
            for subject, said in self._of.items()
            if predicate in said and (object_ is None or object_ in said[predicate])
        ]

    def typed(self, *kinds: str) -> list[str]:
        """Return the things of one of these types."""
        return [s for s, said in self._of.items() if any(k in said.get(RDF + "type", ()) for k in kinds)]

    def closure(self, *predicates: str, backwards: tuple[str, ...] = ()) -> dict[str, frozenset[str]]:
        """Return for each thing what can be reached from it by these relations, itself left out."""
        steps: dict[str, set[str]] = {}
        for subject, predicate, object_ in self.triples():
            if isinstance(object_, str) and predicate in predicates:
                steps.setdefault(subject, set()).add(object_)
            elif isinstance(object_, str) and predicate in backwards:
                steps.setdefault(object_, set()).add(subject)
        return {start: frozenset(_reached(start, steps)) for start in steps}

    def _members(self, term: Term) -> list[Term]:
        """Return the members of an `rdf:List`, any other term alone. A list that runs in a circle ends."""
        if not self._is_list(term):
            return [term]
        members: list[Term] = []
        seen = set[Term]()
        while self._is_list(term) and term != RDF + "nil" and term not in seen:
            seen.add(term)
            members += self._of[str(term)].get(RDF + "first", [])
            rest = self._of[str(term)].get(RDF + "rest", [])
            term = rest[0] if rest else RDF + "nil"
        return members

    def _is_list(self, term: Term) -> bool:
        return term == RDF + "nil" or (isinstance(term, str) and RDF + "first" in self._of.get(term, {}))


def _reached(start: str, steps: Mapping[str, set[str]]) -> set[str]:
    found, todo = set[str](), list(steps[start])
    while todo:
        thing = todo.pop()
        if thing not in found and thing != start:
            found.add(thing)
            todo += steps.get(thing, ())
    return found


def from_turtle(text: str, *, named: str = "The text") -> Graph:
    """Read Turtle. Nothing is fetched from anywhere. Raises `NotRdf`."""
    import pyoxigraph as ox

    if len(text) > LARGEST:
        raise NotRdf(f"{named} is larger than {LARGEST // 1_000_000} MB.")

    # Nodes without a name get one that says which document they are of, the same every time it is read.
    document = sha256(text.encode()).hexdigest()[:8]
    unnamed: dict[str, str] = {}

    def term(node: Any) -> Term:
        if isinstance(node, ox.Literal):
            return Literal(node.value, node.datatype.value, node.language or "")
        if isinstance(node, ox.BlankNode):
            return unnamed.setdefault(node.value, f"_:b{document}n{len(unnamed)}")
        if isinstance(node, ox.NamedNode):
            return str(node.value)
        raise NotRdf(f"{named} speaks about a triple; a policy cannot.")

    try:
        quads = list(ox.parse(text.encode(), format=ox.RdfFormat.TURTLE, base_iri="urn:document:"))
    except SyntaxError as problem:
        raise NotRdf(f"{named} is not Turtle: {problem}") from problem
    return Graph((str(term(q.subject)), str(term(q.predicate)), term(q.object)) for q in quads)


def load(path: Path) -> Graph:
    """Read a Turtle file. Raises `NotRdf`, `OSError`."""
    try:
        return from_turtle(path.read_text(encoding="utf-8"), named=str(path))
    except UnicodeDecodeError as problem:
        raise NotRdf(f"{path} is not UTF-8, as Turtle must be.") from problem


#: keys of ODRL's JSON-LD context whose values are words of ODRL
_WORDS = {"action", "operator", "leftOperand", "conflict"}
_NAMES = {"uid": "@id", "type": "@type"}
_PREFIXES = {"odrl": ODRL, "rdf": RDF, "xsd": XSD}


def from_json(document: Mapping[str, Any]) -> Graph:
    """Read ODRL as JSON-LD by ODRL's own context, which is written here and never fetched.

    A key that the context does not know becomes a predicate that nobody knows, so that it is refused where it
    is read.
    """
    triples: list[Triple] = []
    _node(document, "_:policy", triples)
    return Graph(triples)


def _expanded(text: str, *, word: bool) -> str:
    prefix, colon, rest = text.partition(":")
    if colon and prefix in _PREFIXES:
        return _PREFIXES[prefix] + rest
    return ODRL + text if word and not colon else text


def _node(given: Mapping[str, Any], fallback: str, triples: list[Triple]) -> str:
    node = {_NAMES.get(key, key): value for key, value in given.items() if key != "@context"}
    name = str(node.pop("@id", fallback))
    kinds = _list(node.pop("@type", []))
    triples += [(name, RDF + "type", _expanded(str(kind), word=True)) for kind in kinds]
    for key, value in node.items():
        for n, one in enumerate(_list(value)):
            triples.append(
                (name, _expanded(key, word=True), _value(key, one, f"{fallback}.{key}{n}", triples))
            )
    return name


def _list(value: Any) -> list[Any]:
    if isinstance(value, Mapping) and set(value) == {"@list"}:
        value = value["@list"]
    return value if isinstance(value, list) else [value]


def _value(key: str, value: Any, fallback: str, triples: list[Triple]) -> Term:
    if isinstance(value, Mapping) and "@value" in value:
        return Literal(str(value["@value"]), _expanded(str(value.get("@type", XSD + "string")), word=False))
    if isinstance(value, Mapping):
        is_name = set(value) == {"@id"}
        return _expanded(str(value["@id"]), word=False) if is_name else _node(value, fallback, triples)
    if isinstance(value, str) and key != "rightOperand":
        return _expanded(value, word=key in _WORDS)
    if isinstance(value, bool) or value is None:
        return Literal(str(value).lower(), XSD + "boolean")
    kind = {int: "integer", float: "double"}.get(type(value), "string")
    return Literal(str(value), XSD + kind)
