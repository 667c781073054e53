"""The catalogue for machines: DCAT-AP 3.0 in JSON-LD, made from typed records by hand.

Only what everyone may know goes in. A restricted dataset shows that it exists, whose it is, how large and how
to ask for it; never its files' names or its columns. Health data carries the marks of HealthDCAT-AP.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from aifactory.datasets import vocabulary as v
from aifactory.kit import clock

CONTEXT = {
    "adms": "http://www.w3.org/ns/adms#",
    "dcat": "http://www.w3.org/ns/dcat#",
    "dcatap": "http://data.europa.eu/r5r/",
    "dct": "http://purl.org/dc/terms/",
    "dpv": v.DPV,
    "foaf": "http://xmlns.com/foaf/0.1/",
    "odrl": v.ODRL,
    "spdx": "http://spdx.org/rdf/terms#",
    "vcard": "http://www.w3.org/2006/vcard/ns#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
_SHA256 = "http://spdx.org/rdf/terms#checksumAlgorithm_sha256"
_MEDIA = "https://www.iana.org/assignments/media-types/"
#: European Health Data Space: Regulation (EU) 2025/327.
_EHDS = "http://data.europa.eu/eli/reg/2025/327/oj"


@dataclass(frozen=True)
class FileEntry:
    """One file of the published version, and where it can be downloaded."""

    address: str
    path: str
    media_type: str
    size: int
    digest: str


@dataclass(frozen=True)
class Entry:
    """What the catalogue says of one dataset. Addresses are absolute; `digest` is that of the version."""

    address: str
    identifier: str
    title: dict[str, str]
    description: dict[str, str]
    holder: str
    holder_address: str
    theme: str
    access: str
    licence: str
    personal_data: bool
    purposes: tuple[str, ...]
    version: str
    digest: str
    issued: datetime
    modified: datetime
    files: tuple[FileEntry, ...]
    offers: tuple[str, ...]


def dataset(entry: Entry) -> dict[str, Any]:
    """Return one dataset as a JSON-LD node with its own context."""
    return {"@context": CONTEXT} | _node(entry)


def catalogue(entries: list[Entry], *, address: str, title: str, publisher: str) -> dict[str, Any]:
    """Return a page of the catalogue as one `dcat:Catalog`."""
    return {
        "@context": CONTEXT,
        "@id": address,
        "@type": "dcat:Catalog",
        "dct:title": {"@value": title, "@language": "en"},
        "dct:description": {"@value": f"Datasets that can be used at {publisher}.", "@language": "en"},
        "dct:publisher": _agent(publisher, address + "#publisher"),
        "dcat:contactPoint": _contact(publisher, address),
        "dcat:dataset": [_node(entry) for entry in entries],
    }


def _node(entry: Entry) -> dict[str, Any]:
    node: dict[str, Any] = {
        "@id": entry.address,
        "@type": "dcat:Dataset",
        "dct:identifier": entry.identifier,
        "dct:title": _texts(entry.title),
        "dct:description": _texts(entry.description),
        "dct:creator": {"@id": entry.holder_address},
        "dct:publisher": _agent(entry.holder, entry.holder_address),
        "dcat:contactPoint": _contact(entry.holder, entry.address),
        "dcat:theme": _concept(v.THEMES[entry.theme]),
        "dct:accessRights": _concept(v.ACCESS_RIGHTS[entry.access], "dct:RightsStatement"),
        "dct:issued": _moment(entry.issued),
        "dct:modified": _moment(entry.modified),
        "dcat:version": entry.version,
        "dcat:landingPage": {"@id": entry.address, "@type": "foaf:Document"},
        "dcat:distribution": _distributions(entry),
    }
    if entry.offers:
        node["odrl:hasPolicy"] = [{"@id": offer} for offer in entry.offers]
    if entry.purposes:
        node["dpv:hasPurpose"] = [{"@id": iri} for iri in sorted({v.PURPOSES[p].iri for p in entry.purposes})]
    if entry.personal_data:
        node["dpv:hasPersonalData"] = {"@id": v.DPV + "PersonalData"}
    if entry.theme == "health":
        node["dcatap:applicableLegislation"] = {
            "@id": _EHDS,
            "@type": "http://data.europa.eu/eli/ontology#LegalResource",
        }
    return node


def _distributions(entry: Entry) -> list[dict[str, Any]]:
    """Every file of a public dataset; for any other only the whole, by size and digest."""
    if entry.access == "public":
        return [
            _distribution(entry, file.address, file.size, file.digest)
            | {
                "dct:title": file.path,
                "dcat:mediaType": {"@id": _MEDIA + file.media_type, "@type": "dct:MediaType"},
                "dcat:downloadURL": {"@id": file.address},
            }
            for file in entry.files
        ]
    return [_distribution(entry, entry.address + "#data", sum(f.size for f in entry.files), entry.digest)]


def _distribution(entry: Entry, address: str, size: int, digest: str) -> dict[str, Any]:
    return {
        "@id": address,
        "@type": "dcat:Distribution",
        "dcat:accessURL": {"@id": entry.address},
        "dct:license": {"@id": v.LICENCES[entry.licence].iri, "@type": "dct:LicenseDocument"},
        "dcat:byteSize": {"@value": str(size), "@type": "xsd:nonNegativeInteger"},
        "spdx:checksum": {
            "@type": "spdx:Checksum",
            "spdx:algorithm": {"@id": _SHA256, "@type": "spdx:ChecksumAlgorithm"},
            "spdx:checksumValue": {"@value": digest.removeprefix("sha256:"), "@type": "xsd:hexBinary"},
        },
    }


def _texts(by_language: dict[str, str]) -> list[dict[str, str]]:
    return [{"@value": text, "@language": language} for language, text in by_language.items() if text]


def _agent(name: str, address: str) -> dict[str, Any]:
    return {"@id": address, "@type": "foaf:Agent", "foaf:name": name}


def _contact(name: str, page: str) -> dict[str, Any]:
    """Where to ask: the page itself, where one asks for an agreement; no person's address is published."""
    return {
        "@id": page + "#contact",
        "@type": "vcard:Organization",
        "vcard:fn": name,
        "vcard:hasURL": {"@id": page},
    }


def _concept(word: v.Word, kind: str = "http://www.w3.org/2004/02/skos/core#Concept") -> dict[str, Any]:
    label = "http://www.w3.org/2004/02/skos/core#prefLabel"
    return {"@id": word.iri, "@type": kind, label: [_text(word.en, "en"), _text(word.nl, "nl")]}


def _text(value: str, language: str) -> dict[str, str]:
    return {"@value": value, "@language": language}


def _moment(at: datetime) -> dict[str, str]:
    return {"@value": clock.stamp(at), "@type": "xsd:dateTime"}
