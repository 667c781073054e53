"""What is known of a dataset's key."""

from typing import Any

from aifactory.audit.record import plain
from aifactory.datasets.models import Dataset
from aifactory.datasets.vault.models import DataKey
from aifactory.people.rules import not_here, visible


def key_for(dataset: Dataset, viewer: Any) -> DataKey | None:
    """Return the key of a dataset where there is one and the viewer may know of it."""
    return visible(DataKey, viewer).filter(dataset=dataset).select_related("dataset").first()


def key_facts(dataset: Dataset, viewer: Any) -> dict[str, Any]:
    """Return what became of a dataset's key. Raises `NotFound`."""
    key = key_for(dataset, viewer)
    if key is None:
        raise not_here()
    return {
        "id": key.pk,
        "dataset": dataset.pk,
        "state": key.state,
        "made_at": plain(key.created_at),
        "destroyed_at": plain(key.destroyed_at),
        "reason": key.reason,
    }
