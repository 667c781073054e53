"""Our catalogue for other participants: the datasets that are offered, a page at a time.

Only what is offered here is in it: data that came to us from another participant is not ours to offer.
"""

from typing import Any

from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet

from aifactory.datasets import vocabulary as v
from aifactory.datasets.dataspace import policies
from aifactory.datasets.dataspace.messages import CONTEXT, PULL
from aifactory.datasets.models import Dataset, DatasetVersion, Offer
from aifactory.datasets.terms import read as read_terms

PAGE = 100
_FILTERS = {"text", "theme"}


class UnknownFilter(ValueError):
    """The filter holds something that we don't filter by; leaving it out would promise too much."""


def offered() -> QuerySet[Dataset]:
    """Return the published datasets that have an open offer and a published version, oldest first."""
    version = DatasetVersion.objects.filter(dataset=OuterRef("pk"), state="published")
    offer = Offer.objects.filter(dataset=OuterRef("pk"), state="open")
    return Dataset.objects.filter(Exists(version), Exists(offer), state="published").order_by("pk")


def filtered(rows: QuerySet[Dataset], filters: list[Any]) -> QuerySet[Dataset]:
    """Narrow by `[{"text": "…", "theme": "…"}]`: every word somewhere, one of the themes. Raises `UnknownFilter`."""
    for one in filters:
        if (
            not isinstance(one, dict)
            or set(one) - _FILTERS
            or not all(isinstance(x, str) for x in one.values())
        ):
            raise UnknownFilter(f"A filter is an object with {' and '.join(sorted(_FILTERS))}.")
        for word in one.get("text", "").split()[:8]:
            rows = rows.filter(
                Q(title__icontains=word)
                | Q(title_nl__icontains=word)
                | Q(description__icontains=word)
                | Q(description_nl__icontains=word)
            )
        if one.get("theme"):
            rows = rows.filter(theme=one["theme"])
    return rows


def page(filters: list[Any], *, after: str = "", limit: int = PAGE) -> tuple[list[dict[str, Any]], str]:
    """Return the entries after an id, and the id to go on from (empty at the end), in three queries."""
    rows = filtered(offered(), filters)
    if after:
        rows = rows.filter(pk__gt=after)
    found = list(_loaded(rows)[: limit + 1])
    entries = [entry(dataset) for dataset in found[:limit]]
    return entries, found[limit - 1].pk if len(found) > limit else ""


def one(dataset_id: str) -> dict[str, Any] | None:
    """Return one entry, or nothing."""
    found = _loaded(offered().filter(pk=dataset_id)).first() if dataset_id.isprintable() else None
    return entry(found) if found else None


def _loaded(rows: QuerySet[Dataset]) -> QuerySet[Any]:
    return rows.prefetch_related(
        Prefetch("offers", Offer.objects.filter(state="open").order_by("pk"), to_attr="open_offers"),
        Prefetch(
            "versions",
            DatasetVersion.objects.filter(state="published")
            .only("pk", "dataset", "number", "digest")
            .order_by("number"),
            to_attr="published_versions",
        ),
    ).select_related("holder")


def entry(dataset: Any) -> dict[str, Any]:
    """Return one dataset loaded by `_loaded`: what everyone may know, its offers and how it is given."""
    titles = [(dataset.title, "en"), (dataset.title_nl, "nl")]
    about = [(dataset.description, "en"), (dataset.description_nl, "nl")]
    return {
        "@id": dataset.pk,
        "@type": "Dataset",
        "dct:title": _texts(titles),
        "dct:description": _texts(about),
        "dct:publisher": dataset.holder.name,
        "dcat:theme": v.THEMES[dataset.theme].iri,
        "dcat:version": str(dataset.published_versions[-1].number),
        "hasPolicy": [policies.write(read_terms(offer.terms), offer.pk) for offer in dataset.open_offers],
        "distribution": [{"@type": "Distribution", "format": PULL, "accessService": "urn:service:data"}],
    }


def _texts(texts: list[tuple[str, str]]) -> list[dict[str, str]]:
    return [{"@value": text, "@language": language} for text, language in texts if text]


def catalogue(entries: list[dict[str, Any]], *, participant: str, address: str) -> dict[str, Any]:
    """Return a page as a `Catalog` (section 5.2); a page without datasets has no such list."""
    body = {
        "@context": [CONTEXT],
        "@id": "urn:catalogue",
        "@type": "Catalog",
        "participantId": participant,
        "service": [{"@id": "urn:service:data", "@type": "DataService", "endpointURL": address}],
    }
    return body | ({"dataset": entries} if entries else {})
