"""The record of processing activities (GDPR Art. 30): nobody types it, it is read from agreements and their uses."""

from collections.abc import Collection, Iterator, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Count, Max, Min, Q, QuerySet

from aifactory.audit.record import plain
from aifactory.datasets import vocabulary as v
from aifactory.datasets.processing.models import PersonalData
from aifactory.datasets.processing.said import Said
from aifactory.datasets.processing.words import MEASURES
from aifactory.kit import clock
from aifactory.people.models import User
from aifactory.people.rules import visible

if TYPE_CHECKING:
    from aifactory.datasets.models import Agreement, Dataset

Facts = dict[str, Any]
PIECE = 200
KINDS = ("use", "store")


def today() -> date:
    """Return the day in the factory's time zone."""
    return clock.now().astimezone(ZoneInfo(settings.TIME_ZONE)).date()


def of(dataset: "Dataset") -> PersonalData | None:
    """Return what is written down of the personal data in a dataset."""
    return PersonalData.objects.filter(dataset=dataset).first()


def said_of(dataset: "Dataset") -> Said:
    """Return what is said of the personal data in a dataset; empty where nothing is."""
    kept = of(dataset)
    return kept.said if kept else Said()


def uses(viewer: Any) -> "QuerySet[Agreement]":
    """Return the agreements on personal data that were ever concluded and that the viewer may see."""
    from aifactory.datasets.models import Agreement

    rows = visible(Agreement, viewer).filter(
        offer__dataset__contains_personal_data=True, valid_from__isnull=False
    )
    return rows.select_related("offer__dataset__holder", "offer__dataset__personal", "organisation")


def stored(viewer: Any) -> "QuerySet[Dataset]":
    """Return the datasets with personal data that the viewer's organisations hold; staff get all."""
    from aifactory.datasets.models import Dataset
    from aifactory.datasets.rules import STAFF

    rows = Dataset.objects.filter(contains_personal_data=True, versions__isnull=False).distinct()
    if not isinstance(viewer, User):
        return rows.none()
    if not viewer.has_role(*STAFF):
        rows = rows.filter(holder__in=viewer.organisation_ids)
    return rows.select_related("holder", "personal")


def use_facts(agreements: "Sequence[Agreement]") -> list[Facts]:
    """Return the entries of some agreements, in their order. Two queries for all of them."""
    used = _used("agreement", [a.pk for a in agreements])
    sealed = _sealed({a.offer.dataset_id for a in agreements})
    return [
        _entry(a.offer.dataset, a.pk, "use", used.get(a.pk))
        | {
            "who": a.organisation.name,
            "country": a.organisation.country,
            "outside_eea": a.organisation.country not in v.COUNTRIES["EEA"],
            "purpose": a.purpose,
            "recipients": [a.organisation.name],
            "may_use_until": plain(a.valid_until),
            "state": a.state,
            "measures": _measures(a.offer.dataset, a.terms, sealed),
        }
        for a in agreements
    ]


def store_facts(datasets: "Sequence[Dataset]") -> list[Facts]:
    """Return the entries of keeping some datasets, in their order. Three queries for all of them."""
    keys = [d.pk for d in datasets]
    used, recipients, sealed = _used("agreement__version__dataset", keys), _recipients(keys), _sealed(keys)
    return [
        _entry(d, d.pk, "store", used.get(d.pk))
        | {
            "who": d.holder.name,
            "country": d.holder.country,
            "outside_eea": d.holder.country not in v.COUNTRIES["EEA"],
            "purpose": "",
            "recipients": recipients.get(d.pk, []),
            "may_use_until": None,
            "state": d.state,
            "measures": _measures(d, None, sealed),
        }
        for d in datasets
    ]


def _entry(dataset: "Dataset", pk: str, kind: str, used: Facts | None) -> Facts:
    kept = getattr(dataset, "personal", None)
    said = (kept.said if kept else Said()).document()
    return {
        "id": pk,
        "kind": kind,
        "dataset": dataset.pk,
        "title": dataset.title,
        "title_nl": dataset.title_nl,
        **{name: x for name, x in said.items() if name != "informed"},
        "first_use": plain(used["first"]) if used else None,
        "last_use": plain(used["last"]) if used else None,
        "uses": used["uses"] if used else 0,
    }


def _used(group: str, keys: Sequence[str]) -> dict[str, Facts]:
    from aifactory.datasets.models import Mount

    rows = Mount.objects.filter(**{f"{group}__in": keys}).order_by().values(group)
    found = rows.annotate(first=Min("created_at"), last=Max("created_at"), uses=Count("pk"))
    return {row[group]: row for row in found}


def _recipients(keys: Sequence[str]) -> dict[str, list[str]]:
    from aifactory.datasets.models import Agreement

    rows = Agreement.objects.filter(version__dataset__in=keys, valid_from__isnull=False)
    names: dict[str, list[str]] = {}
    for key, name in (
        rows.values_list("version__dataset", "organisation__name").distinct().order_by("organisation__name")
    ):
        names.setdefault(key, []).append(name)
    return names


def _sealed(keys: Collection[str]) -> set[str]:
    """Return those of these datasets of which every file rests encrypted."""
    from aifactory.datasets.models import DatasetFile

    rows = DatasetFile.objects.filter(version__dataset__in=keys).order_by().values("version__dataset")
    found = rows.annotate(bare=Count("pk", filter=Q(salt="")))
    return {row["version__dataset"] for row in found if not row["bare"]}


def _measures(dataset: "Dataset", terms: Facts | None, sealed: Collection[str]) -> list[str]:
    """Return the codes of what protects the data; `terms` are those of a use, None for keeping it."""
    uses = terms or {}
    holds = {
        "sealed": dataset.pk in sealed,
        "hidden": dataset.restricted,
        "enclave": bool(uses.get("environment")),
        "no-download": terms is not None and "download" not in uses.get("actions", ()),
        "delete-at-end": "delete-at-end" in uses.get("duties", ()),
    }
    return [code for code in MEASURES if holds.get(code, True)]


def every_entry(viewer: Any) -> Iterator[Facts]:
    """Yield the whole record that a viewer may see, oldest first: what is kept, then who uses it; in pieces."""
    yield from _pieces(stored(viewer), store_facts)
    yield from _pieces(uses(viewer), use_facts)


def _pieces(rows: Any, facts: Any) -> Iterator[Facts]:
    last = ""
    while piece := list(rows.filter(pk__gt=last).order_by("pk")[:PIECE]):
        yield from facts(piece)
        last = piece[-1].pk
