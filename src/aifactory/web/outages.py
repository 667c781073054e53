"""Outages for everybody to read; operators record them, and awards get their time back."""

from datetime import datetime
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from aifactory.kit.units import Resource
from aifactory.people.models import User
from aifactory.people.rules import find, require
from aifactory.supercomputer.outages import actions, queries
from aifactory.supercomputer.outages.models import Outage
from aifactory.supercomputer.outages.permissions import Permission
from aifactory.supercomputer.outages.policy import policy
from aifactory.web.forms import DateTime, carried_out
from aifactory.web.paging import page
from aifactory.web.visitor import person

RESOURCES = [(Resource.GPU.value, gettext_lazy("GPUs")), (Resource.CORE.value, gettext_lazy("Cores"))]


class OutageForm(forms.Form):
    """When what did not work."""

    what = forms.CharField(
        label=gettext_lazy("What happened?"),
        max_length=500,
        help_text=gettext_lazy("Everybody can read this."),
    )
    planned = forms.BooleanField(label=gettext_lazy("It was announced beforehand"), required=False)
    starts_at = DateTime(label=gettext_lazy("From"))
    ends_at = DateTime(
        label=gettext_lazy("Until"), required=False, help_text=gettext_lazy("Empty while nobody knows.")
    )
    partition = forms.CharField(
        label=gettext_lazy("Partition"), max_length=80, required=False,
        help_text=gettext_lazy("Empty: the whole cluster."),
    )  # fmt: skip
    resources = forms.MultipleChoiceField(
        label=gettext_lazy("What could not be used?"), choices=RESOURCES, widget=forms.CheckboxSelectMultiple,
        initial=[name for name, _label in RESOURCES],
    )  # fmt: skip


class EndForm(forms.Form):
    """When it ended."""

    ends_at = DateTime(
        label=gettext_lazy("When did it end?"), required=False, help_text=gettext_lazy("Empty: now.")
    )


def outages(request: HttpRequest) -> HttpResponse:
    """Every outage, the newest first, and by which rule time is given back."""
    rows, following = page(request, queries.outages())
    context = {"outages": rows, "next": following, "policy": policy(), "may_record": _may(request)}
    return render(request, "outages/outages.html", context)


def _may(request: HttpRequest) -> bool:
    return isinstance(request.user, User) and request.user.may(Permission.RECORD)


@login_required
def new_outage(request: HttpRequest) -> HttpResponse:
    """Record an outage."""
    require(person(request), Permission.RECORD)
    form = OutageForm(request.POST or None)
    if request.method == "POST" and (made := carried_out(form, lambda: _record(form.cleaned_data, request))):
        messages.success(request, _("The outage is recorded."))
        return redirect("outage", made.pk)
    return render(request, "outages/new.html", {"form": form})


def _record(facts: dict[str, Any], request: HttpRequest) -> Outage:
    return actions.record(by=person(request), cluster=settings.FACTORY_ENGINE, **facts)


def outage(request: HttpRequest, outage_id: str) -> HttpResponse:
    """One outage, and how much longer the awards run that one may see."""
    return _shown(request, find(Outage, outage_id, request.user), EndForm())


@login_required
def end_outage(request: HttpRequest, outage_id: str) -> HttpResponse:
    """Record the end of an outage."""
    found = find(Outage, outage_id, request.user)
    require(person(request), Permission.RECORD)
    form = EndForm(request.POST or {})
    if request.method == "POST" and carried_out(
        form, lambda: _end(found, form.cleaned_data["ends_at"], request)
    ):
        messages.success(
            request, _("The end is recorded. Awards get their time back within a minute after it.")
        )
        return redirect("outage", found.pk)
    return _shown(request, found, form)


def _shown(request: HttpRequest, found: Outage, form: EndForm) -> HttpResponse:
    context = {
        "outage": found,
        "extensions": queries.extensions(found, request.user),
        "count": found.extensions.count(),
        "form": form,
        "may_record": _may(request) and found.state == "open",
    }
    return render(request, "outages/outage.html", context)


def _end(outage: Outage, ends_at: datetime | None, request: HttpRequest) -> Outage:
    return actions.end(outage, by=person(request), ends_at=ends_at)


@login_required
@require_POST
def annul_outage(request: HttpRequest, outage_id: str) -> HttpResponse:
    """Take back an outage that did not happen."""
    actions.annul(find(Outage, outage_id, request.user), by=person(request))
    messages.success(request, _("The outage is annulled."))
    return redirect("outage", outage_id)


urlpatterns = [
    path("outages/", outages, name="outages"),
    path("outages/new/", new_outage, name="new_outage"),
    path("outages/<outage_id>/", outage, name="outage"),
    path("outages/<outage_id>/end/", end_outage, name="end_outage"),
    path("outages/<outage_id>/annul/", annul_outage, name="annul_outage"),
]
