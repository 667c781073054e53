"""DCAT in: every dataset of a graph as a record of ours, with the clauses that it does not keep."""

from collections import defaultdict

from aifactory.datasets import vocabulary as v
from aifactory.datasets.conformance import Finding, check
from aifactory.datasets.harvesting.records import MOST, FoundRecord, address, code_of, plain, problem
from aifactory.datasets.projections.graph import TYPE, Graph, Iri, Literal, Subject, Term
from aifactory.datasets.projections.nodes import CONTEXT
from aifactory.kit.bilingual import Text

DCT, DCAT, FOAF = CONTEXT["dct"], CONTEXT["dcat"], CONTEXT["foaf"]
_HYDRA = "http://www.w3.org/ns/hydra/core#"


def records(found: Graph) -> list[FoundRecord]:
    """Return the datasets of a graph, in the order in which they first appear."""
    wrong: dict[str, list[Finding]] = defaultdict(list)
    for finding in check(found, "dcat-ap"):
        wrong[finding.node].append(finding)
    kind = Iri(DCAT + "Dataset")
    return [
        _record(found, subject, wrong)
        for subject, properties in list(found.items())
        if kind in properties.get(TYPE, ())
    ]


def next_page(found: Graph) -> str:
    """Return where the catalogue goes on (Hydra), or nothing."""
    names = (_HYDRA + "next", _HYDRA + "nextPage")
    return next(
        (
            address(one.value)
            for properties in found.values()
            for name in names
            for one in properties.get(name, ())
        ),
        "",
    )


def _record(found: Graph, subject: Subject, wrong: dict[str, list[Finding]]) -> FoundRecord:
    facts = found[subject]

    def values(name: str) -> list[Term]:
        return facts.get(name, [])

    parts = [one for one in values(DCAT + "distribution") if not isinstance(one, Literal)][:MOST]
    publishers = [one for one in values(DCT + "publisher") if not isinstance(one, Literal)]
    own = subject.value if isinstance(subject, Iri) else ""
    identifier = next((one.value for one in values(DCT + "identifier")), "") or own
    pages = [address(one.value) for one in values(DCAT + "landingPage")] + [address(own)]
    return FoundRecord(
        identifier=identifier[:LONGEST_IDENTIFIER],
        title=_texts(values(DCT + "title"), "title"),
        description=_texts(values(DCT + "description"), "description"),
        publisher=plain(_first(found, publishers[:1], FOAF + "name"), "name"),
        theme=next((code for one in values(DCAT + "theme") if (code := code_of(one.value, v.THEMES))), ""),
        access=next(
            (code for one in values(DCT + "accessRights") if (code := code_of(one.value, v.ACCESS_RIGHTS))),
            "public",
        ),
        licence=_first(found, parts, DCT + "license")[:200],
        keywords=tuple(plain(one.value, "keyword") for one in values(DCAT + "keyword")[:MOST]),
        page=next((page for page in pages if page), ""),
        modified=next((one.value[:40] for one in values(DCT + "modified")), ""),
        files=tuple(_file(found, part) for part in parts),
        errors=_errors([wrong[node.value] for node in (subject, *parts, *publishers)], identifier),
    )


LONGEST_IDENTIFIER = 500


def _file(found: Graph, part: Subject) -> dict[str, str]:
    """Return title, address and format of one distribution."""
    at = _first(found, [part], DCAT + "downloadURL") or _first(found, [part], DCAT + "accessURL")
    form = _first(found, [part], DCAT + "mediaType") or _first(found, [part], DCT + "format")
    return {
        "title": plain(_first(found, [part], DCT + "title"), "title"),
        "address": address(at),
        "format": plain(form.rsplit("/", 1)[-1], "keyword"),
    }


def _first(found: Graph, nodes: list[Subject], name: str) -> str:
    return next((one.value for node in nodes for one in found.get(node, {}).get(name, ())), "")


def _texts(values: list[Term], kind: str) -> dict[str, str]:
    """Return texts by language; what names no language counts as English where there is none."""
    made: dict[str, str] = {}
    for one in values:
        if isinstance(one, Literal) and (text := plain(one.value, kind)):
            made.setdefault((one.language or "en").lower().split("-")[0][:8], text)
    return made


def _errors(found: list[list[Finding]], identifier: str) -> tuple[dict[str, object], ...]:
    seen: dict[tuple[str, Text], Finding] = {}
    for findings in found:
        for finding in findings:
            seen.setdefault((finding.clause, finding.text), finding)
    made = [
        problem(one.clause, one.text.en, one.text.nl, required=one.required)
        for one in list(seen.values())[:MOST]
    ]
    if not identifier:
        made.append(
            problem(
                "DCAT-AP 3.0.1 Dataset.identifier", "The dataset has no name.", "De dataset heeft geen naam."
            )
        )
    return tuple(made)
