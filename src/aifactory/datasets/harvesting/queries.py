"""Reads of sources, harvests and found datasets that all faces share."""

from typing import Any

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.utils.translation import gettext as _

from aifactory.datasets.harvesting.models import CatalogueSource, FoundDataset, Harvest
from aifactory.kit.errors import NotFound


def sources() -> QuerySet[CatalogueSource]:
    """Return every source with how many datasets it has, how many are shown, and when it was last read."""
    last = Harvest.objects.filter(source=OuterRef("pk")).order_by("-pk").values("created_at")[:1]
    return CatalogueSource.objects.annotate(
        found_count=Count("found"),
        shown_count=Count("found", filter=Q(found__shown=True)),
        read_at=Subquery(last),
    )


def faulty(source: CatalogueSource) -> QuerySet[FoundDataset]:
    """Return the datasets of a source that have an error or a remark."""
    return source.found.exclude(errors=[])


def found(pk: int, *, signed_in: bool) -> FoundDataset:
    """Return one dataset of another catalogue that is shown. Raises `NotFound`."""
    row = FoundDataset.objects.select_related("source").filter(pk=pk, shown=True).first()
    if row is None or (row.facts["access"] == "nonpublic" and not signed_in):
        raise NotFound(_("There is nothing here that you can see."))
    return row


def source_facts(source: Any) -> dict[str, Any]:
    """Return one source of `sources` as the API shows it."""
    return {
        "id": source.pk,
        "name": source.name,
        "address": source.address,
        "kind": source.kind,
        "state": source.state,
        "found": source.found_count,
        "shown": source.shown_count,
        "read_at": source.read_at.isoformat() if source.read_at else None,
        "asked_at": source.asked_at.isoformat() if source.asked_at else None,
    }


def harvest_facts(harvest: Harvest) -> dict[str, Any]:
    """Return one harvest as the API shows it."""
    names = ("seen", "added", "changed", "same", "gone", "faulty", "problem", "digest")
    facts = {"id": harvest.pk, "source": harvest.source_id, "at": harvest.created_at.isoformat()}
    return facts | {name: getattr(harvest, name) for name in names}


def found_facts(row: FoundDataset) -> dict[str, Any]:
    """Return one found dataset with its errors."""
    return {
        **row.facts,
        "id": row.pk,
        "source": row.source_id,
        "identifier": row.identifier,
        "errors": row.errors,
        "shown": row.shown,
    }
