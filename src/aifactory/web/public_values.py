"""The trust card of a dataset, and what its use took and gave."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path

from aifactory.datasets.models import Dataset
from aifactory.people.language import spoken
from aifactory.people.rules import find
from aifactory.transparency.public_values.card import NONE, PROVEN, SAID, card
from aifactory.transparency.public_values.queries import values_of

COLOURS = {PROVEN: "ok", SAID: "info", NONE: "warning"}


def trust(request: HttpRequest, dataset_id: str) -> HttpResponse:
    """Every claim about a dataset with its evidence, or that there is none."""
    found = find(Dataset, dataset_id, request.user, related="holder")
    lines = card(found, request.user)
    context = {
        "dataset": found,
        "lines": lines,
        "with_evidence": sum(1 for line in lines if line.evidence),
        "values": values_of(found, request.user),
        "colours": COLOURS,
        "spoken": spoken(),
    }
    return render(request, "datasets/trust.html", context)


urlpatterns = [path("datasets/<dataset_id>/trust/", trust, name="dataset_trust")]
