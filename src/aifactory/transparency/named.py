"""Whose names are public: organisations that something public names, and no other one that has an account."""

from collections.abc import Collection

from aifactory.audit.confidential import withhold
from aifactory.awards.models import Project
from aifactory.datasets.lifecycle import DATASET
from aifactory.datasets.models import Dataset
from aifactory.people.models import Organisation
from aifactory.people.partners.models import Partner


def named(ids: Collection[str]) -> set[str]:
    """Return which of these organisations got an award, hold a dataset that was published, or carry the factory."""
    awarded = Project.objects.filter(organisation__in=ids).values_list("organisation", flat=True)
    held = Dataset.objects.filter(holder__in=ids).exclude(state=DATASET.initial)
    partners = Partner.objects.filter(organisation__in=ids).values_list("organisation", flat=True)
    return {*awarded, *held.values_list("holder", flat=True), *partners}


withhold(Organisation, {"name"}, shown=named)
