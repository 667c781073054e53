"""Croissant 1.1 with the responsible-AI vocabulary (mlcommons.org/croissant/1.1, …/RAI/1.0).

Open tables describe their columns, so that a program can load them. Of other data there is one file without
an address: its digest and size are told, what is in it is not.
"""

from typing import Any

from aifactory.datasets import vocabulary as v
from aifactory.datasets.processing.words import CATEGORIES
from aifactory.datasets.projections.entry import Column, Entry, FileEntry
from aifactory.datasets.projections.schema_org import LICENCES, organisation

CROISSANT = "http://mlcommons.org/croissant/1.1"
RAI = "http://mlcommons.org/croissant/RAI/1.0"
#: Terms that a Croissant document writes without their prefix, by the context of the specification.
_SHORT = """
citeAs column extract field fileProperty fileObject fileSet format includes isLiveDataset jsonPath key md5
parentField path recordSet references regex repeated replace separator source subField transform containedIn
equivalentProperty samplingRate
""".split()  # noqa: SIM905 - easier to hold against the specification than a list of quotes
CONTEXT: dict[str, Any] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "sc": "https://schema.org/",
    "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "dct": "http://purl.org/dc/terms/",
    "conformsTo": "dct:conformsTo",
    "data": {"@id": "cr:data", "@type": "@json"},
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
} | {term: f"cr:{term}" for term in _SHORT}


def dataset(entry: Entry) -> dict[str, Any]:
    """Return one dataset as a Croissant document."""
    said = entry.details
    made = {
        "@context": CONTEXT,
        "@type": "sc:Dataset",
        "@id": entry.address,
        "name": entry.title["en"],
        "description": entry.description["en"],
        "conformsTo": [CROISSANT, RAI],
        "url": entry.address,
        "license": LICENCES.get(entry.licence, entry.offers[0] if entry.offers else entry.address),
        "creator": organisation(entry),
        "publisher": organisation(entry),
        "datePublished": entry.issued.date().isoformat(),
        "dateModified": entry.modified.date().isoformat(),
        "version": f"{entry.version}.0.0",
        "keywords": [v.THEMES[entry.theme].en, *said.keywords],
        "inLanguage": list(said.languages),
        "citeAs": f"{entry.holder}: {entry.title['en']}, version {entry.version}. {entry.digest}",
        "distribution": [_file(file, n) for n, file in enumerate(entry.files)] or [_whole(entry)],
        "recordSet": [_records(file, n) for n, file in enumerate(entry.files) if file.columns],
    }
    return {key: value for key, value in (made | _responsible(entry)).items() if value not in ("", [])}


def _file(file: FileEntry, n: int) -> dict[str, Any]:
    """Describe one file; its identifier is a number, because programs take no spaces in one."""
    return {
        "@type": "cr:FileObject",
        "@id": f"file-{n}",
        "name": file.path,
        "contentUrl": file.address,
        "contentSize": f"{file.size} B",
        "encodingFormat": file.media_type,
        "sha256": file.digest.removeprefix("sha256:"),
    }


def _whole(entry: Entry) -> dict[str, Any]:
    return {
        "@type": "cr:FileObject",
        "@id": "data",
        "name": "data",
        "description": "Used inside the factory, under an agreement: ask for one on the page of the dataset.",
        "contentUrl": entry.address,
        "contentSize": f"{entry.size} B",
        "encodingFormat": "application/octet-stream",
        "sha256": entry.digest.removeprefix("sha256:"),
    }


def _records(file: FileEntry, n: int) -> dict[str, Any]:
    return {
        "@type": "cr:RecordSet",
        "@id": f"records-{n}",
        "name": f"records-{n}",
        "description": file.path,
        "field": [_field(n, column, at) for at, column in enumerate(file.columns)],
    }


def _field(n: int, column: Column, at: int) -> dict[str, Any]:
    return {
        "@type": "cr:Field",
        "@id": f"records-{n}/{at}",
        "name": f"records-{n}/{at}",
        "description": column.name,
        "dataType": _data_type(column),
        "source": {"fileObject": {"@id": f"file-{n}"}, "extract": {"column": column.name}},
    }


def _data_type(column: Column) -> str:
    if column.kind == "number":
        return "sc:Float" if column.type.startswith(("FLOAT", "DOUBLE", "DECIMAL")) else "sc:Integer"
    return {"time": "sc:Date", "boolean": "sc:Boolean"}.get(column.kind, "sc:Text")


def _responsible(entry: Entry) -> dict[str, Any]:
    """What the responsible-AI vocabulary asks, as far as the holder said it."""
    said = entry.details
    return {
        "rai:dataCollection": said.provenance,
        "rai:dataBiases": said.biases,
        "rai:dataLimitations": said.limits,
        "rai:dataReleaseMaintenancePlan": said.maintenance,
        "rai:personalSensitiveInformation": _personal(entry),
        "rai:dataUseCases": [v.PURPOSES[purpose].en for purpose in entry.purposes],
    }


def _personal(entry: Entry) -> str:
    if not entry.personal_data:
        return "It contains no data about people."
    kinds = "; ".join(CATEGORIES[one].en for one in entry.personal.categories)
    return f"It contains data about people: {kinds}." if kinds else "It contains data about people."
