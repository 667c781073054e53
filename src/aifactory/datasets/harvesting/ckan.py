"""CKAN in: the packages of its search, as records of ours (docs.ckan.org/en/2.11/api, `package_search`)."""

import json
from typing import Any

from aifactory.datasets.harvesting.rdf import CannotBeRead
from aifactory.datasets.harvesting.records import MOST, FoundRecord, address, plain, problem
from aifactory.kit.bilingual import Text

ROWS = 100


def page_address(base: str, start: int) -> str:
    """Return the address of one page of packages, in a fixed order."""
    return f"{base.rstrip('/')}/api/3/action/package_search?rows={ROWS}&start={start}&sort=id+asc"


def records(document: bytes, base: str) -> tuple[list[FoundRecord], int]:
    """Return the packages of a page, and how many CKAN says there are. Raises `CannotBeRead`."""
    try:
        result = json.loads(document)["result"]
        packages, count = result["results"], result["count"]
    except (ValueError, KeyError, TypeError, RecursionError) as problem_:
        raise CannotBeRead(
            Text(en="This is no answer of CKAN.", nl="Dit is geen antwoord van CKAN.")
        ) from problem_
    if not isinstance(packages, list) or not isinstance(count, int):
        raise CannotBeRead(Text(en="This is no answer of CKAN.", nl="Dit is geen antwoord van CKAN."))
    return [_record(one, base) for one in packages if isinstance(one, dict)], count


def _record(package: dict[str, Any], base: str) -> FoundRecord:
    resources = [one for one in _list(package.get("resources")) if isinstance(one, dict)][:MOST]
    organisation = package.get("organization")
    name = _text(package.get("name"))
    title = plain(package.get("title") or name, "title")
    notes = plain(package.get("notes"), "description")
    identifier = _text(package.get("id")) or name
    publisher = organisation.get("title") if isinstance(organisation, dict) else ""
    closed = package.get("private") is True
    checks = (
        (identifier, "id", "The package has no id.", "Het pakket heeft geen id."),
        (title, "title", "The package has no title.", "Het pakket heeft geen titel."),
        (notes, "notes", "The package has no description.", "Het pakket heeft geen beschrijving."),
        (
            package.get("license_id"),
            "license_id",
            "The package has no licence.",
            "Het pakket heeft geen licentie.",
        ),
        (
            all(address(one.get("url")) for one in resources),
            "resources.url",
            "A file of the package has no address.",
            "Een bestand van het pakket heeft geen adres.",
        ),
    )
    return FoundRecord(
        identifier=identifier[:500],
        title={"en": title} if title else {},
        description={"en": notes} if notes else {},
        publisher=plain(publisher, "name"),
        theme="",
        access="nonpublic" if closed else "public",
        licence=_text(package.get("license_id"))[:200],
        keywords=tuple(
            word
            for tag in _list(package.get("tags"))[:MOST]
            if isinstance(tag, dict)
            and (word := plain(tag.get("display_name") or tag.get("name"), "keyword"))
        ),
        page=address(f"{base.rstrip('/')}/dataset/{name}") if name else "",
        modified=_text(package.get("metadata_modified"))[:40],
        files=tuple(
            {
                "title": plain(one.get("name"), "title"),
                "address": address(one.get("url")),
                "format": plain(one.get("format"), "keyword"),
            }
            for one in resources
        ),
        errors=tuple(
            problem(f"CKAN package.{field}", en, nl) for there, field, en, nl in checks if not there
        ),
    )


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _text(value: object) -> str:
    return value.strip() if isinstance(value, str) else ""
