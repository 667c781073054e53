"""One record, many descriptions: each projection turns an `Entry` into the document of one standard."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from aifactory.datasets.projections import (
    croissant,
    dcat_ap,
    dcat_ap_nl,
    healthdcat_ap,
    mldcat_ap,
    ro_crate,
    schema_org,
)
from aifactory.datasets.projections.entry import Entry
from aifactory.datasets.projections.graph import turtle

JSON_LD = "application/ld+json"
TURTLE = "text/turtle"


@dataclass(frozen=True)
class Projection:
    """One way to describe a dataset: its name in addresses, its title, the `profile` of its media type."""

    name: str
    title: str
    profile: str
    dataset: Callable[[Entry], dict[str, Any]]
    #: of RDF profiles: one node without its context, as a catalogue holds many
    node: Callable[[Entry], dict[str, Any]] | None = None


PROJECTIONS: dict[str, Projection] = {
    p.name: p
    for p in (
        Projection("dcat-ap", "DCAT-AP 3.0.1", "http://data.europa.eu/r5r/", dcat_ap.dataset, dcat_ap.node),
        Projection(
            "dcat-ap-nl",
            "DCAT-AP-NL 3.0",
            "https://docs.geostandaarden.nl/dcat/dcat-ap-nl30",
            dcat_ap_nl.dataset,
            dcat_ap_nl.node,
        ),
        Projection(
            "healthdcat-ap",
            "HealthDCAT-AP",
            "http://healthdataportal.eu/ns/health",
            healthdcat_ap.dataset,
            healthdcat_ap.node,
        ),
        Projection(
            "mldcat-ap",
            "MLDCAT-AP 3.1",
            "https://semiceu.github.io/MLDCAT-AP/releases/3.1.0",
            mldcat_ap.dataset,
            mldcat_ap.node,
        ),
        Projection("croissant", "Croissant 1.1", croissant.CROISSANT, croissant.dataset),
        Projection("ro-crate", "RO-Crate 1.2", ro_crate.CRATE, ro_crate.dataset),
        Projection("schema-org", "schema.org", "https://schema.org/", schema_org.dataset),
    )
}


def written(document: dict[str, Any], projection: Projection, form: str) -> tuple[str, str]:
    """Return a document as text and its media type, in `form` (`JSON_LD` or `TURTLE`).

    What is no RDF profile is JSON-LD only.
    """
    if form == TURTLE and projection.node is not None:
        return turtle(document), f"{TURTLE}; charset=utf-8"
    return json.dumps(document, ensure_ascii=False, indent=1), f'{JSON_LD}; profile="{projection.profile}"'


def asked_for(accept: str) -> tuple[Projection, str] | None:
    """Return the projection and form that an `Accept` header prefers, or None where that is a page.

    `application/ld+json; profile="…"` chooses a projection (RFC 6906); without a profile it is DCAT-AP.
    """
    wishes = sorted((_wish(part) for part in accept.split(",") if part.strip()), key=lambda w: -w[0])
    for quality, kind, profile in wishes:
        if quality == 0:
            continue
        if kind in {"text/html", "application/xhtml+xml", "*/*", "text/*"}:
            return None
        if kind in {JSON_LD, TURTLE, "application/json"}:
            found = (
                p for p in PROJECTIONS.values() if profile and p.profile.rstrip("/") == profile.rstrip("/")
            )
            return next(found, PROJECTIONS["dcat-ap"]), TURTLE if kind == TURTLE else JSON_LD
    return None


def _wish(part: str) -> tuple[float, str, str]:
    """Return quality, media type and profile of one wish in an `Accept` header."""
    kind, *parameters = (piece.strip() for piece in part.split(";"))
    said = dict(p.split("=", 1) for p in parameters if "=" in p)
    try:
        quality = float(said.get("q", "1"))
    except ValueError:
        quality = 0.0
    return quality, kind.lower(), said.get("profile", "").strip('"')
