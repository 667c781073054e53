"""DCAT-AP 3.0.1: the European profile for catalogues of data (semiceu.github.io/DCAT-AP/releases/3.0.1)."""

from aifactory.datasets import vocabulary as v
from aifactory.datasets.projections.entry import Entry, FileEntry
from aifactory.datasets.projections.nodes import (
    CONTEXT,
    Node,
    agent,
    checksum,
    concept,
    contact,
    day,
    law,
    moment,
    number,
    text,
    texts,
)

_MEDIA = "https://www.iana.org/assignments/media-types/"
_FORMAT = "http://publications.europa.eu/resource/authority/file-type/"
_FORMATS = {
    "text/csv": "CSV",
    "text/tab-separated-values": "TSV",
    "application/vnd.apache.parquet": "PARQUET",
    "application/json": "JSON",
    "application/pdf": "PDF",
    "application/zip": "ZIP",
    "text/plain": "TXT",
    "text/markdown": "MD",
}
#: European Health Data Space: Regulation (EU) 2025/327.
EHDS = "http://data.europa.eu/eli/reg/2025/327/oj"


def dataset(entry: Entry) -> Node:
    """Return one dataset as a JSON-LD document."""
    return {"@context": CONTEXT} | node(entry)


def catalogue(nodes: list[Node], *, address: str, title: str, publisher: str, following: str = "") -> Node:
    """Return a page of the catalogue as one `dcat:Catalog`; the nodes are those of any DCAT profile.

    `following` is the address of the next page, said in the words of Hydra for other catalogues that read us.
    """
    made = {
        "@context": CONTEXT,
        "@id": address,
        "@type": "dcat:Catalog",
        "dct:title": text(title, "en"),
        "dct:description": text(f"Datasets that can be used at {publisher}.", "en"),
        "dct:publisher": agent(publisher, address + "#publisher"),
        "dct:creator": {"@id": address + "#publisher"},
        "dcatap:applicableLegislation": law(EHDS),
        "dcat:contactPoint": contact(publisher, address),
        "dcat:dataset": nodes,
    }
    return made | ({"hydra:next": {"@id": following}} if following else {})


def node(entry: Entry) -> Node:
    """Return the node of one dataset."""
    said = entry.details
    made: Node = {
        "@id": entry.address,
        "@type": "dcat:Dataset",
        "dct:identifier": entry.identifier,
        "dct:title": texts(entry.title),
        "dct:description": texts(entry.description),
        "dct:creator": {"@id": entry.holder_address},
        "dct:publisher": agent(entry.holder, entry.holder_address),
        "dcat:contactPoint": contact(entry.holder, entry.address, said.contact),
        "dcat:theme": concept(v.THEMES[entry.theme]),
        "dct:accessRights": concept(v.ACCESS_RIGHTS[entry.access], "dct:RightsStatement"),
        "dct:issued": moment(entry.issued),
        "dct:modified": moment(entry.modified),
        "dcat:version": entry.version,
        "dcat:landingPage": {"@id": entry.address, "@type": "foaf:Document"},
        "dcat:distribution": distributions(entry),
        "dcat:keyword": [text(word, "en") for word in said.keywords],
        "dct:language": [concept(v.LANGUAGES[one], "dct:LinguisticSystem") for one in said.languages],
        "odrl:hasPolicy": [{"@id": offer} for offer in entry.offers],
        "dpv:hasPurpose": [{"@id": iri} for iri in sorted({v.PURPOSES[p].iri for p in entry.purposes})],
    }
    if said.place:
        made["dct:spatial"] = concept(v.COVERAGE[said.place], "dct:Location")
    if said.period_from or said.period_until:
        made["dct:temporal"] = _period(said.period_from, said.period_until)
    if said.frequency:
        made["dct:accrualPeriodicity"] = concept(v.FREQUENCIES[said.frequency], "dct:Frequency")
    if said.provenance:
        made["dct:provenance"] = {"@type": "dct:ProvenanceStatement", "rdfs:label": said.provenance}
    if entry.personal_data:
        made["dpv:hasPersonalData"] = {"@id": v.DPV + "PersonalData"}
    if entry.theme == "health":
        made["dcatap:applicableLegislation"] = law(EHDS)
    return {key: value for key, value in made.items() if value not in ([], "")}


def distributions(entry: Entry) -> list[Node]:
    """Every file of open data; of any other only the whole, by size and digest."""
    if entry.access == "public":
        return [_file(entry, file) for file in entry.files]
    return [_distribution(entry, entry.address + "#data", entry.size, entry.digest)]


def _file(entry: Entry, file: FileEntry) -> Node:
    made = _distribution(entry, file.address, file.size, file.digest) | {
        "dct:title": file.path,
        "dcat:mediaType": {"@id": _MEDIA + file.media_type, "@type": "dct:MediaType"},
        "dcat:downloadURL": {"@id": file.address},
    }
    if file.media_type in _FORMATS:
        iri = _FORMAT + _FORMATS[file.media_type]
        made["dct:format"] = {"@id": iri, "@type": "dct:MediaTypeOrExtent"}
    return made


def _distribution(entry: Entry, address: str, size: int, digest: str) -> Node:
    return {
        "@id": address,
        "@type": "dcat:Distribution",
        "dcat:accessURL": {"@id": entry.address},
        "dct:license": {"@id": v.LICENCES[entry.licence].iri, "@type": "dct:LicenseDocument"},
        "dcat:byteSize": number(size),
        "spdx:checksum": checksum(digest),
    }


def _period(first: str, last: str) -> Node:
    made: Node = {"@type": "dct:PeriodOfTime"}
    if first:
        made["dcat:startDate"] = day(first)
    if last:
        made["dcat:endDate"] = day(last)
    return made
