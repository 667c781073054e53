"""DCAT-AP-NL 3.0: what Dutch public bodies add to DCAT-AP (docs.geostandaarden.nl/dcat/dcat-ap-nl30)."""

from aifactory.datasets.projections import dcat_ap
from aifactory.datasets.projections.entry import Entry
from aifactory.datasets.projections.nodes import CONTEXT, Node, concept
from aifactory.datasets.vocabulary import Word

_STATUS = Word(
    "http://publications.europa.eu/resource/authority/dataset-status/COMPLETED", "Completed", "Voltooid"
)
_PROFILE = "https://docs.geostandaarden.nl/dcat/dcat-ap-nl30"


def dataset(entry: Entry) -> Node:
    """Return one dataset as a JSON-LD document."""
    return {"@context": CONTEXT} | node(entry)


def node(entry: Entry) -> Node:
    """Return the node of one dataset: a published version is complete, and its page documents it."""
    return dcat_ap.node(entry) | {
        "adms:status": concept(_STATUS),
        "dct:conformsTo": {"@id": _PROFILE, "@type": "dct:Standard"},
        "foaf:page": {"@id": entry.address, "@type": "foaf:Document"},
    }
