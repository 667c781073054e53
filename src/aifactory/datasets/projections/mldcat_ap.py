"""MLDCAT-AP 3.1: DCAT-AP for machine learning (semiceu.github.io/MLDCAT-AP/releases/3.1.0)."""

from aifactory.datasets.projections import dcat_ap
from aifactory.datasets.projections.entry import Entry
from aifactory.datasets.projections.nodes import CONTEXT, Node, day, text


def dataset(entry: Entry) -> Node:
    """Return one dataset as a JSON-LD document."""
    return {"@context": CONTEXT} | node(entry)


def node(entry: Entry) -> Node:
    """Return the node of one dataset: how it was collected, what is skewed, what it does not suit."""
    said = entry.details
    made = dcat_ap.node(entry) | {
        "@type": ["dcat:Dataset", "dcat:Resource"],
        "dcat:distribution": [
            _distribution(one, entry.report_digest) for one in dcat_ap.distributions(entry)
        ],
        "it6:collectionMethod": said.provenance,
        "it6:biasMethod": said.biases,
        "it6:unsuitabilityMethod": said.limits,
        "it6:dataProvenance": said.provenance,
        "it6:versionLabel": f"version {entry.version}",
    }
    if said.collected_on:
        made["it6:collectionDate"] = day(said.collected_on)
    return {key: value for key, value in made.items() if value != ""}


def _distribution(node: Node, report_digest: str) -> Node:
    """Add the quality of a file, as the factory's inspection measured it: bound to its report by digest."""
    measured = {
        "@type": "dqv:QualityMeasurement",
        "rdfs:label": "The factory's inspection: the digest of its report",
        "dct:type": {
            "@type": "it6:DataQuality",
            "dct:identifier": report_digest,
            "dct:title": text("Inspection", "en"),
            "dct:description": text("Schema, profile, checks and signs of personal data.", "en"),
        },
        "dqv:value": report_digest,
    }
    made = node | {"dqv:hasQualityMeasurement": measured}
    if "dcat:downloadURL" in made:
        made["dcat:downloadURL"] = made["dcat:downloadURL"] | {"@type": "dcat:Resource"}
    return made
