"""MLDCAT-AP 3.1: DCAT-AP for machine learning (semiceu.github.io/MLDCAT-AP/releases/3.1.0)."""

from aifactory.datasets.projections import dcat_ap
from aifactory.datasets.projections.entry import Entry
from aifactory.datasets.projections.nodes import CONTEXT, Node, day


def dataset(entry: Entry) -> Node:
    """Return one dataset as a JSON-LD document."""
    return {"@context": CONTEXT} | node(entry)


def node(entry: Entry) -> Node:
    """Return the node of one dataset: how it was collected, what is skewed, what it does not suit."""
    said = entry.details
    made = dcat_ap.node(entry) | {
        "it6:collectionMethod": said.provenance,
        "it6:biasMethod": said.biases,
        "it6:unsuitabilityMethod": said.limits,
        "it6:dataProvenance": said.provenance,
        "it6:versionLabel": f"version {entry.version}",
    }
    if said.collected_on:
        made["it6:collectionDate"] = day(said.collected_on)
    return {key: value for key, value in made.items() if value != ""}
