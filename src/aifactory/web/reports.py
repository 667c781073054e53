"""Pages of a project's final report and of its results, for its people and the factory office."""

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

from aifactory.awards.models import RESOURCES, Project
from aifactory.kit.errors import Invalid, NotAllowed, NotFound
from aifactory.people.rules import find, visible
from aifactory.transparency import actions
from aifactory.transparency.models import Outcome, Report
from aifactory.transparency.permissions import Permission
from aifactory.web.forms import take_errors
from aifactory.web.steps import line
from aifactory.web.visitor import person


class WordsForm(forms.ModelForm):  # type: ignore[type-arg]  # not subscriptable at run time
    """What only people know; the figures come from the records."""

    class Meta:
        model = Report
        fields = ("summary", "unused")
        labels = {
            "summary": gettext_lazy("What came of the project?"),
            "unused": gettext_lazy("Why was part of the award not used?"),
        }
        help_texts = {"unused": gettext_lazy("Needed when more than a tenth of an award was not used.")}
        widgets = {"summary": forms.Textarea(attrs={"rows": 8}), "unused": forms.Textarea(attrs={"rows": 4})}


class OutcomeForm(forms.ModelForm):  # type: ignore[type-arg]  # not subscriptable at run time
    """One result, with how it can be checked."""

    class Meta:
        model = Outcome
        fields = ("kind", "title", "amount", "evidence", "happened_on")
        widgets = {"happened_on": forms.DateInput(attrs={"type": "date"})}


@login_required
def report(request: HttpRequest, project_id: str) -> HttpResponse:
    """The final report: figures from the records, words of people, and whose turn it is."""
    project = find(Project, project_id, request.user)
    found = visible(Report, request.user).filter(project=project).first()
    form = WordsForm(instance=found) if found and found.state == "draft" else None
    return _page(request, project, found, form)


def _page(
    request: HttpRequest, project: Project, found: Report | None, form: forms.BaseForm | None
) -> HttpResponse:
    user = person(request)
    context = {
        "project": project,
        "report": found,
        "form": form,
        "way": _way(found),
        "resources": dict(RESOURCES),
        "may_write": user.may(Permission.REPORT, found or project),
        "may_accept": found is not None and found.state == "submitted" and user.may(Permission.ACCEPT, found),
    }
    return render(request, "transparency/report.html", context)


def _way(found: Report | None) -> list[dict[str, Any]]:
    labels = [
        (_("Drafted from the records"), _("the project"), found.figures_at if found else None),
        (_("Handed in"), _("the project"), None),
        (_("Accepted and public"), _("the factory office"), None),
    ]
    return line(labels, {"draft": 1, "submitted": 2, "accepted": 3}[found.state] if found else 0)


@login_required
@require_POST
def draft_report(request: HttpRequest, project_id: str) -> HttpResponse:
    """Draft it, or take the newest figures into a draft."""
    actions.draft(find(Project, project_id, request.user), by=person(request))
    messages.success(request, _("The figures are drawn from the records of this moment."))
    return redirect("report", project_id)


@login_required
@require_POST
def write_report(request: HttpRequest, project_id: str) -> HttpResponse:
    """Keep the words, and hand the report in when that button was used."""
    project, found = _report(project_id, request)
    form = WordsForm(request.POST, instance=found)
    if form.is_valid():
        user = person(request)
        written = actions.write(found, by=user, **form.cleaned_data)
        if "submit" not in request.POST:
            messages.success(request, _("Kept."))
            return redirect("report", project_id)
        try:
            actions.submit(written, by=user)
        except Invalid as refusal:
            take_errors(form, refusal)
        else:
            messages.success(request, _("The report is handed in."))
            return redirect("report", project_id)
    return _page(request, project, found, form)


@login_required
@require_POST
def decide_report(request: HttpRequest, project_id: str) -> HttpResponse:
    """Accept it, or send it back to the project."""
    _project, found = _report(project_id, request)
    if "accept" in request.POST:
        actions.accept(found, by=person(request))
        messages.success(request, _("The report is accepted, and public from now on."))
    else:
        actions.send_back(found, by=person(request))
        messages.success(request, _("The report is with the project again."))
    return redirect("report", project_id)


@login_required
def record_outcome(request: HttpRequest, project_id: str) -> HttpResponse:
    """Record one result."""
    project = find(Project, project_id, request.user)
    if not person(request).may(Permission.OUTCOME, project):
        raise NotAllowed(
            _("Only people of the project and the office record results."), rule=Permission.OUTCOME
        )
    form = OutcomeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            actions.record_outcome(project, by=person(request), **form.cleaned_data)
        except Invalid as refusal:
            take_errors(form, refusal)
        else:
            messages.success(request, _("The result is recorded, and public."))
            return redirect("project", project.pk)
    return render(request, "transparency/outcome.html", {"project": project, "form": form})


def _report(project_id: str, request: HttpRequest) -> tuple[Project, Report]:
    project = find(Project, project_id, request.user)
    found = visible(Report, request.user).filter(project=project).first()
    if found is None:
        raise NotFound(_("This project has no report yet."))
    return project, found


urlpatterns = [
    path("projects/<project_id>/report/", report, name="report"),
    path("projects/<project_id>/report/draft/", draft_report, name="draft_report"),
    path("projects/<project_id>/report/write/", write_report, name="write_report"),
    path("projects/<project_id>/report/decide/", decide_report, name="decide_report"),
    path("projects/<project_id>/outcomes/new/", record_outcome, name="record_outcome"),
]
