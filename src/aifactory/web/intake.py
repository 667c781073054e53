"""Pages about files that are being sent in parts, and about the key that seals a dataset."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from aifactory.datasets.intake import actions, queries
from aifactory.datasets.intake.models import SentFile
from aifactory.datasets.models import Dataset, DatasetVersion
from aifactory.datasets.permissions import Permission
from aifactory.datasets.vault.actions import destroy_key
from aifactory.datasets.vault.queries import key_for
from aifactory.kit.errors import Refused
from aifactory.people.rules import find, not_here, require
from aifactory.web.forms import take_errors
from aifactory.web.stewardship import ReasonForm
from aifactory.web.visitor import person

#: The store is asked about each, so a page shows the newest few.
SHOWN = 10
COLOURS = {"open": "info", "checking": "info", "refused": "error"}


def sent_files(version: DatasetVersion, viewer: Any) -> list[dict[str, Any]]:
    """Return what is being sent to a version, for its page: of each how many parts have arrived."""
    return [
        {
            "sent": sent,
            "arrived": len(actions.arrived(sent)) if sent.state == "open" else sent.part_count,
            "colour": COLOURS[sent.state],
        }
        for sent in queries.underway(version, viewer)[:SHOWN]
    ]


@login_required
@require_POST
def give_up(request: HttpRequest, sent_id: str) -> HttpResponse:
    """Forget a file that is being sent."""
    user = person(request)
    sent = actions.give_up(find(SentFile, sent_id, user), by=user)
    messages.success(request, _("The parts of this file are forgotten."))
    return redirect("dataset_version", sent.version_id)


@login_required
def destroy(request: HttpRequest, dataset_id: str) -> HttpResponse:
    """Destroy the key of a dataset, after reading what that means."""
    user = person(request)
    dataset = find(Dataset, dataset_id, user)
    key = key_for(dataset, user)
    if key is None:
        raise not_here()
    require(user, Permission.DESTROY_KEY, key)
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            destroy_key(dataset, by=user, reason=form.cleaned_data["reason"])
        except Refused as refusal:
            take_errors(form, refusal)
        else:
            messages.success(request, _("The key is destroyed. Nobody can read this data any more."))
            return redirect("dataset", dataset.pk)
    return render(request, "datasets/destroy_key.html", {"form": form, "dataset": dataset, "key": key})


urlpatterns = [
    path("datasets/sent-files/<sent_id>/give-up/", give_up, name="give_up_sent_file"),
    path("datasets/<dataset_id>/destroy-key/", destroy, name="destroy_data_key"),
]
