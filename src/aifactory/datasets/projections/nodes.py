"""The pieces that the DCAT profiles are built from, as JSON-LD nodes with a context of prefixes only."""

from datetime import datetime
from typing import Any

from aifactory.datasets import vocabulary as v
from aifactory.kit import clock

Node = dict[str, Any]

CONTEXT = {
    "adms": "http://www.w3.org/ns/adms#",
    "dcat": "http://www.w3.org/ns/dcat#",
    "dcatap": "http://data.europa.eu/r5r/",
    "dct": "http://purl.org/dc/terms/",
    "dpv": v.DPV,
    "dqv": "http://www.w3.org/ns/dqv#",
    "eli": "http://data.europa.eu/eli/ontology#",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "healthdcatap": "http://healthdataportal.eu/ns/health#",
    "hydra": "http://www.w3.org/ns/hydra/core#",
    "it6": "http://data.europa.eu/it6/",
    "odrl": v.ODRL,
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "spdx": "http://spdx.org/rdf/terms#",
    "vcard": "http://www.w3.org/2006/vcard/ns#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}


def text(value: str, language: str) -> Node:
    """Return a text in a language."""
    return {"@value": value, "@language": language}


def texts(by_language: dict[str, str]) -> list[Node]:
    """Return the texts that are not empty, each in its language."""
    return [text(value, language) for language, value in by_language.items() if value]


def moment(at: datetime) -> Node:
    """Return a moment (UTC)."""
    return {"@value": clock.stamp(at), "@type": "xsd:dateTime"}


def day(value: str) -> Node:
    """Return an ISO day."""
    return {"@value": value, "@type": "xsd:date"}


def number(value: int) -> Node:
    """Return a count or a size."""
    return {"@value": str(value), "@type": "xsd:nonNegativeInteger"}


def concept(word: v.Word, kind: str = "skos:Concept") -> Node:
    """Return an entry of a closed list with its labels in both languages."""
    return {"@id": word.iri, "@type": kind, "skos:prefLabel": [text(word.en, "en"), text(word.nl, "nl")]}


def agent(name: str, address: str) -> Node:
    """Return an organisation."""
    return {"@id": address, "@type": "foaf:Agent", "foaf:name": name}


def contact(name: str, page: str, mailbox: str = "") -> Node:
    """Return where to ask: a page, and the mailbox of a desk; no person's address is ever published."""
    node = {
        "@id": page + "#contact",
        "@type": ["vcard:Kind", "vcard:Organization"],
        "vcard:fn": name,
        "vcard:hasURL": {"@id": page},
    }
    return node | ({"vcard:hasEmail": {"@id": f"mailto:{mailbox}"}} if mailbox else {})


def checksum(digest: str) -> Node:
    """Return a SHA-256 in SPDX's words."""
    return {
        "@type": "spdx:Checksum",
        "spdx:algorithm": {"@id": "spdx:checksumAlgorithm_sha256", "@type": "spdx:ChecksumAlgorithm"},
        "spdx:checksumValue": {"@value": digest.removeprefix("sha256:"), "@type": "xsd:hexBinary"},
    }


def law(address: str) -> Node:
    """Return a law by its European legislation identifier."""
    return {"@id": address, "@type": "eli:LegalResource"}


def statement(label: str, kind: str) -> Node:
    """Return a nameless node of a type, with what it says in words."""
    return {"@type": kind, "rdfs:label": label}
