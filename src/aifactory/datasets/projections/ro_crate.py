"""RO-Crate 1.2, detached: a metadata document whose files are on the web (w3id.org/ro/crate/1.2)."""

from typing import Any

from aifactory.datasets import vocabulary as v
from aifactory.datasets.projections.entry import Entry
from aifactory.datasets.projections.schema_org import LICENCES

CRATE = "https://w3id.org/ro/crate/1.2"


def dataset(entry: Entry) -> dict[str, Any]:
    """Return one dataset as `<id>-ro-crate-metadata.json`, a flat list of entities."""
    return {
        "@context": f"{CRATE}/context",
        "@graph": [
            _descriptor(entry),
            _root(entry),
            _holder(entry),
            *_contact(entry),
            _licence(entry),
            *_files(entry),
        ],
    }


def _descriptor(entry: Entry) -> dict[str, Any]:
    return {
        "@id": f"{entry.identifier}-ro-crate-metadata.json",
        "@type": "CreativeWork",
        "conformsTo": {"@id": CRATE},
        "about": {"@id": entry.address},
    }


def _root(entry: Entry) -> dict[str, Any]:
    said = entry.details
    made = {
        "@id": entry.address,
        "@type": "Dataset",
        "identifier": entry.identifier,
        "name": entry.title["en"],
        "description": entry.description["en"],
        "datePublished": entry.issued.date().isoformat(),
        "dateModified": entry.modified.date().isoformat(),
        "license": {"@id": _licence(entry)["@id"]},
        "publisher": {"@id": entry.holder_address},
        "version": entry.version,
        "keywords": ", ".join([v.THEMES[entry.theme].en, *said.keywords]),
        "conditionsOfAccess": v.ACCESS_RIGHTS[entry.access].en,
        "hasPart": [{"@id": file.address} for file in entry.files],
    }
    return {key: value for key, value in made.items() if value != []}


def _holder(entry: Entry) -> dict[str, Any]:
    made = {"@id": entry.holder_address, "@type": "Organization", "name": entry.holder}
    made["url"] = entry.details.homepage or entry.holder_address
    return made | ({"contactPoint": {"@id": _mailto(entry)}} if entry.details.contact else {})


def _contact(entry: Entry) -> list[dict[str, Any]]:
    """Return the desk to ask, where the holder told its mailbox."""
    desk = {"@id": _mailto(entry), "@type": "ContactPoint", "contactType": "Questions about the data"}
    return [desk | {"email": entry.details.contact}] if entry.details.contact else []


def _mailto(entry: Entry) -> str:
    return f"mailto:{entry.details.contact}"


def _licence(entry: Entry) -> dict[str, Any]:
    word = v.LICENCES[entry.licence]
    return {
        "@id": LICENCES.get(entry.licence, entry.address + "#terms"),
        "@type": "CreativeWork",
        "name": word.en,
        "description": "Used inside the factory, under an agreement."
        if entry.licence == "agreement"
        else f"Everyone may use it under the licence {word.en}.",
    }


def _files(entry: Entry) -> list[dict[str, Any]]:
    return [
        {
            "@id": file.address,
            "@type": "File",
            "name": file.path,
            "encodingFormat": file.media_type,
            "contentSize": str(file.size),
            "sha256": file.digest.removeprefix("sha256:"),
        }
        for file in entry.files
    ]
