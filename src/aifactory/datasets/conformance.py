"""Does a description keep to a profile? Our own checks: each finding names its clause, in plain words.

They run on any graph, our own or a stranger's; `clauses` holds the tables. SHACL says the same of the official
shapes in the tests; nothing here needs an RDF library.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from aifactory.datasets.clauses import CLAUSES, Clause
from aifactory.datasets.projections.graph import TYPE, Graph, Iri, Literal, Subject, Term, from_nodes
from aifactory.datasets.projections.nodes import CONTEXT, Node
from aifactory.kit.bilingual import Text

XSD = CONTEXT["xsd"]
_MOMENTS = {XSD + name for name in ("date", "dateTime", "gYear", "gYearMonth")}


@dataclass(frozen=True)
class Finding:
    """One clause that a node does not keep; `field` is what the holder can change, where there is one."""

    clause: str
    node: str
    text: Text
    field: str
    required: bool


def findings(document: Node, profile: str) -> list[Finding]:
    """Return what a document that a projection wrote lacks under `profile`, in the order of the clauses."""
    return check(from_nodes(document), profile)


def check(graph: Graph, profile: str) -> list[Finding]:
    """Return what the nodes of a graph lack under `profile`, in the order of the clauses."""
    by_type: dict[str, list[Subject]] = {}
    for subject, properties in graph.items():
        for kind in properties.get(TYPE, ()):
            by_type.setdefault(kind.value, []).append(subject)
    return [
        _finding(clause, subject, problem)
        for clause in CLAUSES[profile]
        for subject in _targets(graph, by_type, clause)
        if (problem := _problem(graph.get(subject, {}).get(clause.path, []), clause))
    ]


def blocking(found: Iterable[Finding]) -> list[Finding]:
    """Return the findings that stop a publication."""
    return [finding for finding in found if finding.required]


def _targets(graph: Graph, by_type: dict[str, list[Subject]], clause: Clause) -> Iterator[Subject]:
    kind, *path = clause.of
    for subject in by_type.get(kind, ()):
        if not path:
            yield subject
            continue
        for value in graph[subject].get(path[0], ()):
            if not isinstance(value, Literal):
                yield value


def _problem(values: list[Term], clause: Clause) -> str:
    """Return the name of what is wrong in `_PROBLEMS`, or nothing."""
    if len(values) < clause.least:
        return "missing"
    if clause.most is not None and len(values) > clause.most:
        return "too many"
    return "" if all(_fits(value, clause.kind) for value in values) else clause.kind


def _fits(value: Term, kind: str) -> bool:
    match kind:
        case "any":
            return True
        case "text":
            return isinstance(value, Literal)
        case "link":
            return isinstance(value, Iri)
        case "thing":
            return not isinstance(value, Literal)
        case "moment":
            return isinstance(value, Literal) and value.datatype in _MOMENTS
        case _:
            return isinstance(value, Literal) and value.datatype == XSD + kind


_PROBLEMS = {
    "missing": Text(en="{node} has no {what}.", nl="{node} heeft geen {what}."),
    "too many": Text(en="{node} has more than one {what}.", nl="{node} heeft meer dan één {what}."),
    "text": Text(en="The {what} of {node} must be a text.", nl="{what} van {node} moet een tekst zijn."),
    "link": Text(en="The {what} of {node} must be an address.", nl="{what} van {node} moet een adres zijn."),
    "thing": Text(
        en="The {what} of {node} must be a link, not a text.",
        nl="{what} van {node} moet een verwijzing zijn, geen tekst.",
    ),
    "moment": Text(
        en="The {what} of {node} must be a date, written as 2026-01-31.",
        nl="{what} van {node} moet een datum zijn, zoals 2026-01-31.",
    ),
}
_OTHER = Text(
    en="The {what} of {node} is not written in the right form.",
    nl="{what} van {node} is niet in de juiste vorm geschreven.",
)


def _finding(clause: Clause, subject: Subject, problem: str) -> Finding:
    what, field = _PROPERTIES.get(clause.path, (Text(en=clause.path, nl=clause.path), ""))
    node = _NODES.get(clause.of[-1], _THING)
    words = _PROBLEMS.get(problem, _OTHER)
    english, dutch = words.en.format(node=node.en, what=what.en), words.nl.format(node=node.nl, what=what.nl)
    text = Text(en=_capital(english), nl=_capital(dutch))
    return Finding(clause.name, subject.value, text, field, clause.required)


def _capital(sentence: str) -> str:
    return sentence[0].upper() + sentence[1:]


_THING = Text(en="this part of the description", nl="dit deel van de beschrijving")
_NODES = {
    CONTEXT[prefix] + name: Text(en=en, nl=nl)
    for prefix, name, en, nl in (
        ("dcat", "Catalog", "the catalogue", "de catalogus"),
        ("dcat", "Dataset", "the dataset", "de dataset"),
        ("dcat", "Distribution", "a file of the dataset", "een bestand van de dataset"),
        ("dcat", "distribution", "a file of the dataset", "een bestand van de dataset"),
        ("adms", "sample", "the sample", "het voorbeeld"),
        ("foaf", "Agent", "an organisation", "een organisatie"),
        ("dct", "publisher", "the holder", "de houder"),
        (
            "healthdcatap",
            "hdab",
            "the health data access body",
            "de instantie voor toegang tot gezondheidsgegevens",
        ),
        (
            "healthdcatap",
            "retentionPeriod",
            "the time that it is kept",
            "de tijd dat het bewaard wordt",
        ),
        ("vcard", "Kind", "the contact point", "het contactpunt"),
        ("skos", "Concept", "a term of a list", "een term van een lijst"),
        ("spdx", "Checksum", "a checksum", "een controlegetal"),
    )
}
#: What each property is called, and the field of ours that fills it.
_PROPERTIES = {
    CONTEXT[prefix] + name: (Text(en=en, nl=nl), field)
    for prefix, name, en, nl, field in (
        ("adms", "sample", "sample", "voorbeeld", "sample_page"),
        ("adms", "status", "status", "status", ""),
        ("dcat", "accessURL", "address where it can be had", "adres waar het te krijgen is", ""),
        ("dcat", "byteSize", "size", "grootte", ""),
        ("dcat", "contactPoint", "contact point", "contactpunt", "contact"),
        ("dcat", "dataset", "dataset", "dataset", ""),
        ("dcat", "distribution", "file", "bestand", ""),
        ("dcat", "downloadURL", "download address", "downloadadres", ""),
        ("dcat", "endDate", "last day", "laatste dag", ""),
        ("dcat", "keyword", "keyword", "trefwoord", "keywords"),
        ("dcat", "landingPage", "page", "pagina", ""),
        ("dcat", "mediaType", "media type", "mediatype", ""),
        ("dcat", "startDate", "first day", "eerste dag", ""),
        ("dcat", "theme", "theme", "thema", "theme"),
        ("dcat", "version", "version", "versie", ""),
        ("dcatap", "applicableLegislation", "law that applies", "wet die geldt", ""),
        (
            "dct",
            "accessRights",
            "statement of who may use it",
            "vermelding van wie het mag gebruiken",
            "access",
        ),
        ("dct", "accrualPeriodicity", "frequency", "frequentie", "frequency"),
        ("dct", "conformsTo", "standard that it follows", "standaard die het volgt", ""),
        ("dct", "creator", "maker", "maker", ""),
        ("dct", "description", "description", "beschrijving", "description"),
        ("dct", "format", "format", "formaat", ""),
        ("dct", "identifier", "identifier", "identificatie", ""),
        ("dct", "issued", "date of publication", "publicatiedatum", ""),
        ("dct", "language", "language", "taal", "languages"),
        ("dct", "license", "licence", "licentie", "licence"),
        ("dct", "modified", "date of change", "wijzigingsdatum", ""),
        ("dct", "provenance", "provenance", "herkomst", "provenance"),
        ("dct", "publisher", "publisher", "uitgever", ""),
        ("dct", "rights", "statement of rights", "vermelding van rechten", ""),
        ("dct", "spatial", "place that it is about", "gebied waar het over gaat", "place"),
        ("dct", "temporal", "period that it is about", "periode waar het over gaat", "period_from"),
        ("dct", "title", "title", "titel", "title"),
        ("dct", "type", "type", "type", ""),
        (
            "dpv",
            "hasPurpose",
            "purpose that it may be used for",
            "doel waarvoor het gebruikt mag worden",
            "offer",
        ),
        ("dpv", "hasLegalBasis", "legal ground", "grondslag", ""),
        ("dpv", "hasPersonalData", "mark of personal data", "vermelding van persoonsgegevens", ""),
        ("dqv", "hasQualityMeasurement", "measurement of its quality", "meting van de kwaliteit", ""),
        ("foaf", "homepage", "website", "website", "homepage"),
        ("foaf", "mbox", "mailbox", "mailadres", "contact"),
        ("foaf", "name", "name", "naam", ""),
        ("foaf", "page", "documentation", "documentatie", ""),
        ("healthdcatap", "hdab", "health data access body", "instantie voor toegang", "access_body"),
        ("healthdcatap", "healthCategory", "category of health data", "categorie", "health_category"),
        ("healthdcatap", "healthTheme", "health theme", "gezondheidsthema", "health_themes"),
        ("healthdcatap", "publisherNote", "note on who it is", "toelichting op wie het is", "publisher_note"),
        ("healthdcatap", "publisherType", "kind of publisher", "soort uitgever", "publisher_type"),
        ("healthdcatap", "trustedDataHolder", "mark of a trusted holder", "merk van vertrouwde houder", ""),
        ("it6", "collectionDate", "date of collection", "datum van verzamelen", "collected_on"),
        ("it6", "collectionMethod", "way of collection", "manier van verzamelen", "provenance"),
        ("skos", "prefLabel", "label", "label", ""),
        ("spdx", "algorithm", "algorithm", "algoritme", ""),
        ("spdx", "checksum", "checksum", "controlegetal", ""),
        ("spdx", "checksumValue", "value", "waarde", ""),
        ("vcard", "hasEmail", "mailbox", "mailadres", "contact"),
        ("vcard", "hasURL", "page", "pagina", ""),
    )
}
