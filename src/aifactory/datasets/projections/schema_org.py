"""schema.org Dataset: what search engines read."""

from typing import Any

from aifactory.datasets import vocabulary as v
from aifactory.datasets.projections.entry import Entry

#: Licences by the addresses that programs know (spdx.org/licenses); data under agreement has none.
LICENCES = {
    code: f"https://spdx.org/licenses/{code}"
    for code in ("CC-BY-4.0", "CC0-1.0", "Apache-2.0", "BSD-3-Clause", "PDDL-1.0", "EUPL-1.2")
}


def organisation(entry: Entry) -> dict[str, Any]:
    """Return the holder."""
    return {"@type": "Organization", "@id": entry.holder_address, "name": entry.holder}


def dataset(entry: Entry) -> dict[str, Any]:
    """Return one dataset as JSON-LD that search engines index."""
    said = entry.details
    made: dict[str, Any] = {
        "@context": "https://schema.org/",
        "@type": "Dataset",
        "@id": entry.address,
        "identifier": entry.identifier,
        "name": entry.title["en"],
        "alternateName": entry.title.get("nl", ""),
        "description": entry.description["en"],
        "url": entry.address,
        "creator": organisation(entry),
        "publisher": organisation(entry),
        "datePublished": entry.issued.date().isoformat(),
        "dateModified": entry.modified.date().isoformat(),
        "version": entry.version,
        "license": LICENCES.get(entry.licence, ""),
        "usageInfo": [{"@id": offer} for offer in entry.offers],
        "isAccessibleForFree": entry.access == "public",
        "conditionsOfAccess": v.ACCESS_RIGHTS[entry.access].en,
        "keywords": [v.THEMES[entry.theme].en, *said.keywords],
        "inLanguage": list(said.languages),
        "spatialCoverage": v.COVERAGE[said.place].en if said.place else "",
        "temporalCoverage": _period(said.period_from, said.period_until),
        "variableMeasured": [column.name for file in entry.files for column in file.columns],
        "distribution": [
            {
                "@type": "DataDownload",
                "name": file.path,
                "contentUrl": file.address,
                "encodingFormat": file.media_type,
                "contentSize": f"{file.size} B",
                "sha256": file.digest.removeprefix("sha256:"),
            }
            for file in entry.files
        ],
    }
    return {key: value for key, value in made.items() if value not in ("", [])}


def _period(first: str, last: str) -> str:
    """Return an ISO 8601 interval, open (`..`) where one end was not said."""
    return f"{first or '..'}/{last or '..'}" if first or last else ""
