"""Pages of models: the public list, one version with its card and where it comes from, releasing it."""

import json
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from aifactory.awards.permissions import Permission as Work
from aifactory.kit.errors import NotAllowed, NotFound, Refused
from aifactory.people.rules import can_view, find
from aifactory.registry import actions, queries
from aifactory.registry.gate import findings
from aifactory.registry.models import ModelVersion
from aifactory.registry.permissions import Permission
from aifactory.supercomputer.models import Attempt
from aifactory.web import model_card
from aifactory.web.forms import take_errors
from aifactory.web.paging import page
from aifactory.web.steps import line
from aifactory.web.visitor import person


class RegisterForm(forms.Form):
    """The two things that only people know of a model."""

    name = forms.CharField(
        label=gettext_lazy("Name of the model"),
        max_length=120,
        help_text=gettext_lazy("The same name again makes a new version of the same model."),
    )
    intended_use = forms.CharField(
        label=gettext_lazy("What is it for, and what is it not for?"),
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 6}),
    )


def models(request: HttpRequest) -> HttpResponse:
    """All model versions that this person may know of, newest first."""
    rows, following = page(request, queries.versions(request.user))
    return render(request, "registry/models.html", {"versions": rows, "next": following})


def model(request: HttpRequest, version_id: str) -> HttpResponse:
    """One version: what it is for, how good it is, what it was made of, and who says so."""
    version = _find(version_id, request)
    project = version.model.project
    may = {verb: request.user.is_authenticated and request.user.may(verb, version) for verb in Permission}
    card = queries.card(version, request.user)
    context = {
        "version": version,
        "project": project,
        "may_view_project": can_view(request.user, project),
        "card": card,
        "measured": model_card.measured(card.get("metrics") or {}),
        "features": model_card.features(card.get("facts") or {}),
        "law": model_card.law_says(card.get("law") or {}),
        "curves": queries.curves(version),
        "statement": queries.statement(version),
        "way": _way(version),
        "others": queries.versions(request.user).filter(model=version.model_id).exclude(pk=version.pk),
        "may_release": version.state == "candidate" and may[Permission.RELEASE],
        "may_withdraw": version.state != "withdrawn" and may[Permission.WITHDRAW],
        "findings": findings(version) if version.state == "candidate" and may[Permission.RELEASE] else [],
    }
    return render(request, "registry/model.html", context)


def _way(version: ModelVersion) -> list[dict[str, Any]]:
    labels = [
        (_("Trained"), "", version.attempt.ended_at),
        (_("Registered"), "", version.created_at),
        (_("Withdrawn") if version.state == "withdrawn" else _("Released"), _("the project"), None),
    ]
    return line(labels, 2 if version.state == "candidate" else 3)


@login_required
def register_model(request: HttpRequest, attempt_id: str) -> HttpResponse:
    """Register what a finished run made as a version of a model."""
    attempt = find(Attempt, attempt_id, request.user)
    known = ModelVersion.objects.filter(attempt=attempt).first()
    if known:
        return redirect("model", known.pk)
    if not person(request).may(Work.WORK, attempt.job.project):
        raise NotAllowed(_("Only people of the project register its models."), rule=Permission.REGISTER)
    form = RegisterForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            version = actions.register(attempt, by=person(request), **form.cleaned_data)
        except Refused as refusal:
            take_errors(form, refusal)
        else:
            messages.success(request, _("The model is registered. It is not public until you release it."))
            return redirect("model", version.pk)
    context = {"attempt": attempt, "job": attempt.job, "project": attempt.job.project, "form": form}
    return render(request, "registry/register.html", context)


@login_required
@require_POST
def release_model(request: HttpRequest, version_id: str) -> HttpResponse:
    """Make a version public."""
    actions.release(_find(version_id, request), by=person(request))
    messages.success(request, _("The model is released: everyone can read its card."))
    return redirect("model", version_id)


@login_required
@require_POST
def withdraw_model(request: HttpRequest, version_id: str) -> HttpResponse:
    """Take a version back."""
    actions.withdraw(_find(version_id, request), by=person(request))
    messages.success(request, _("The model is withdrawn. What was published about it stays readable."))
    return redirect("model", version_id)


def provenance(request: HttpRequest, version_id: str) -> HttpResponse:
    """Download the signed statement as it is stored: a DSSE envelope."""
    envelope = _find(version_id, request).provenance
    return _download(envelope, f"{version_id}.dsse.json", "application/vnd.in-toto+json")


def card(request: HttpRequest, version_id: str) -> HttpResponse:
    """Download the model card for machines."""
    version = _find(version_id, request)
    text = json.dumps(queries.card(version, request.user), indent=2, ensure_ascii=False)
    return _download(text, f"{version_id}.card.json", "application/json")


def _download(text: str, name: str, kind: str) -> HttpResponse:
    return HttpResponse(
        text, content_type=kind, headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )


def _find(version_id: str, request: HttpRequest) -> ModelVersion:
    found = find(ModelVersion, version_id, request.user)
    rows = ModelVersion.objects.select_related("model__project__organisation", "attempt__job")
    version = rows.filter(pk=found.pk).first()
    if version is None:
        raise NotFound(_("There is nothing here that you can see."))
    return version


urlpatterns = [
    path("models/", models, name="models"),
    path("models/<version_id>/", model, name="model"),
    path("models/<version_id>/release/", release_model, name="release_model"),
    path("models/<version_id>/withdraw/", withdraw_model, name="withdraw_model"),
    path("models/<version_id>/provenance.dsse.json", provenance, name="model_provenance"),
    path("models/<version_id>/card.json", card, name="model_card"),
    path("attempts/<attempt_id>/register/", register_model, name="register_model"),
]
