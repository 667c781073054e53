"""Pages of the steward: where we harvest, what came in, what is wrong with it; and the datasets found."""

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from aifactory.datasets import vocabulary as v
from aifactory.datasets.harvesting import actions, queries
from aifactory.datasets.harvesting.models import CatalogueSource
from aifactory.datasets.permissions import Permission
from aifactory.kit.errors import NotAllowed, Refused
from aifactory.people.language import spoken
from aifactory.people.models import User
from aifactory.people.rules import find
from aifactory.web.forms import take_errors
from aifactory.web.paging import page


class SourceForm(forms.Form):
    """A catalogue to harvest."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=120)
    address = forms.CharField(
        label=gettext_lazy("Address"),
        max_length=500,
        help_text=gettext_lazy("Of the catalogue document (DCAT), or of the site (CKAN)"),
    )
    kind = forms.ChoiceField(label=gettext_lazy("Kind"), choices=CatalogueSource.Kind.choices)


@login_required
def sources(request: HttpRequest) -> HttpResponse:
    """All sources, with how much of them can be shown; a form for another."""
    user = _harvester(request)
    form = SourceForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = actions.add_source(by=user, **form.cleaned_data)
        except Refused as refusal:
            take_errors(form, refusal)
        else:
            messages.success(request, _("The source is added. Read it now, or let the clock do it."))
            return redirect("source", made.pk)
    return render(
        request, "harvests/sources.html", {"sources": queries.sources().order_by("name"), "form": form}
    )


@login_required
def source(request: HttpRequest, source_id: str) -> HttpResponse:
    """One source: its harvests, and one list of errors for each record that has any."""
    _harvester(request)
    found = find(CatalogueSource, source_id, request.user)
    faulty, following = page(request, queries.faulty(found))
    context = {
        "source": found,
        "harvests": found.harvests.order_by("-pk")[:10],
        "faulty": faulty,
        "next": following,
        "tongue": spoken(),
    }
    return render(request, "harvests/source.html", context)


@login_required
@require_POST
def harvest(request: HttpRequest, source_id: str) -> HttpResponse:
    """Ask for a source to be read; the worker does it."""
    user = _harvester(request)
    actions.ask(find(CatalogueSource, source_id, user), by=user)
    return redirect("source", source_id)


@login_required
@require_POST
def pause(request: HttpRequest, source_id: str) -> HttpResponse:
    """Pause a source, or resume it."""
    user = _harvester(request)
    found = find(CatalogueSource, source_id, user)
    (actions.pause_source if found.state == "open" else actions.resume_source)(found, by=user)
    return redirect("source", source_id)


def found(request: HttpRequest, found_id: int) -> HttpResponse:
    """One dataset of another catalogue, as that describes it."""
    row = queries.found(found_id, signed_in=request.user.is_authenticated)
    context = {"found": row, "facts": row.facts, "tongue": spoken(), "v": v}
    return render(request, "harvests/found.html", context)


def _harvester(request: HttpRequest) -> User:
    """Return who may harvest. Raises `NotAllowed` before anybody fills in a form in vain."""
    user = request.user
    if not isinstance(user, User) or not user.may(Permission.HARVEST):
        raise NotAllowed(_("Only stewards and the factory office can harvest."), rule=Permission.HARVEST)
    return user


urlpatterns = [
    path("datasets/sources/", sources, name="sources"),
    path("datasets/sources/<source_id>/", source, name="source"),
    path("datasets/sources/<source_id>/harvest/", harvest, name="harvest_source"),
    path("datasets/sources/<source_id>/pause/", pause, name="pause_source"),
    path("datasets/elsewhere/<int:found_id>/", found, name="found_dataset"),
]
