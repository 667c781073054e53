"""The public values of a dataset, as every face shows them."""

from typing import Any

from aifactory.datasets import details, queries
from aifactory.datasets.models import Dataset
from aifactory.datasets.processing.queries import said_of
from aifactory.people.models import User
from aifactory.transparency.public_values.benefits import benefits_of
from aifactory.transparency.public_values.card import card
from aifactory.transparency.public_values.energy import energy_of

Facts = dict[str, Any]


def values_of(dataset: Dataset, viewer: Any) -> Facts:
    """Return provenance, consent, energy and benefits as this viewer may read them."""
    told = details.read(dataset.details)
    said = said_of(dataset).document() if dataset.contains_personal_data else None
    return {
        "provenance": {"text": told.provenance, "page": told.homepage, "collected_on": told.collected_on},
        "personal_data": said,
        "energy": energy_of(dataset, hide=_hides(dataset, viewer)),
        "benefits": benefits_of(dataset, viewer),
    }


def _hides(dataset: Dataset, viewer: Any) -> bool:
    """Whether small counts are kept from this viewer: of open data nothing is, of other data from outsiders."""
    if not dataset.restricted:
        return False
    newest = queries.latest(dataset)
    person = viewer if isinstance(viewer, User) else None
    return newest is None or queries.report_for(newest, person) is None


def trust(dataset: Dataset, viewer: Any) -> Facts:
    """Return the trust card and the public values of a dataset."""
    lines = card(dataset, viewer)
    return {
        "dataset": dataset.pk,
        "lines": [line.document() for line in lines],
        "with_evidence": sum(1 for line in lines if line.evidence),
        "values": values_of(dataset, viewer),
    }
