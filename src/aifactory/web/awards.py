"""Pages of projects and allocations. A project's page is composed in `web.project`, which knows its jobs too."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from aifactory.awards import queries
from aifactory.awards.changes import actions as changes
from aifactory.awards.lifecycle import PROJECT
from aifactory.awards.models import RESOURCES, AwardLine, Project
from aifactory.awards.permissions import Permission
from aifactory.kit.units import UNITS, Resource, base
from aifactory.people.rules import find, require
from aifactory.web.forms import DateTime, carried_out
from aifactory.web.paging import page
from aifactory.web.visitor import person

# A list reads the columns it shows and no more: making whole records is most of such a page's cost.
OF_PROJECT = ("pk", "title", "state", "ends_at", "organisation__name", "leader__name")
OF_LINE = (
    "pk",
    "resource",
    "amount",
    "held",
    "drawn",
    "ends_at",
    "project__title",
    "project__organisation__name",
)


@login_required
def projects(request: HttpRequest) -> HttpResponse:
    """The projects this person may see, newest first."""
    rows, following = page(request, queries.projects(request.user).values_list(*OF_PROJECT, named=True))
    context = {"projects": rows, "next": following, "states": PROJECT.states}
    return render(request, "awards/projects.html", context)


@login_required
def allocations(request: HttpRequest) -> HttpResponse:
    """The award lines this person may see, newest first."""
    rows, following = page(request, queries.allocations(request.user).values_list(*OF_LINE, named=True))
    names = {resource: str(name) for resource, name in RESOURCES}
    return render(request, "awards/allocations.html", {"lines": rows, "next": following, "names": names})


@login_required
def allocation(request: HttpRequest, line_id: str) -> HttpResponse:
    """One award line: granted, set aside, drawn and left, and every hold on it."""
    line = find(AwardLine, line_id, request.user, related="project")
    holds, following = page(request, line.holds.all())
    context = {
        "line": line,
        "project": line.project,
        "holds": holds,
        "next": following,
        "amounts": queries.amounts(line),
        "changes": line.changes.select_related("mandate").order_by("pk"),
        "changes_it": person(request).may(Permission.CHANGE, line) and line.project.state != "closed",
        "extensions": line.extensions.select_related("outage").order_by("pk"),
    }
    return render(request, "awards/allocation.html", context)


class LongerForm(forms.Form):
    """Until when, and why."""

    ends_at = DateTime(label=gettext_lazy("Runs until"))
    reasons = forms.CharField(
        label=gettext_lazy("Reasons"), max_length=4000, widget=forms.Textarea(attrs={"rows": 4})
    )


class LessForm(forms.Form):
    """How much is left of it in all, and why."""

    reasons = forms.CharField(
        label=gettext_lazy("Reasons"), max_length=4000, widget=forms.Textarea(attrs={"rows": 4})
    )

    def __init__(self, line: AwardLine, data: Any = None) -> None:
        super().__init__(data)
        unit = UNITS[Resource(line.resource)][0]
        self.fields["amount"] = forms.DecimalField(
            label=_("Amount in all (%(unit)s)") % {"unit": unit}, min_value=0, max_digits=15, decimal_places=3
        )
        self.order_fields(["amount", "reasons"])


@login_required
def extend(request: HttpRequest, line_id: str) -> HttpResponse:
    """Let an award run longer."""
    line, user = find(AwardLine, line_id, request.user, related="project"), person(request)
    require(user, Permission.CHANGE, line)
    form = LongerForm(request.POST or None)

    def act() -> Any:
        given = form.cleaned_data
        return changes.extend(line, given["ends_at"], reasons=given["reasons"], by=user)

    return _changed(request, line, form, act, title=_("Let it run longer"))


@login_required
def reduce(request: HttpRequest, line_id: str) -> HttpResponse:
    """Make an award smaller."""
    line, user = find(AwardLine, line_id, request.user, related="project"), person(request)
    require(user, Permission.CHANGE, line)
    form = LessForm(line, request.POST or None)

    def act() -> Any:
        given = form.cleaned_data
        amount = base(line.resource, given["amount"])
        return changes.reduce(line, amount, reasons=given["reasons"], by=user)

    return _changed(request, line, form, act, title=_("Make it smaller"))


def _changed(
    request: HttpRequest, line: AwardLine, form: forms.Form, act: Callable[[], Any], *, title: str
) -> HttpResponse:
    if request.method == "POST" and carried_out(form, act):
        messages.success(request, _("Changed. The people of the project are told, and the clusters follow."))
        return redirect("allocation", line.pk)
    return render(request, "awards/change.html", {"line": line, "form": form, "title": title})


@login_required
def close(request: HttpRequest, project_id: str) -> HttpResponse:
    """Close a project, after saying what that means."""
    project, user = find(Project, project_id, request.user), person(request)
    require(user, Permission.MANAGE, project)
    form = forms.Form(request.POST if request.method == "POST" else None)
    if request.method == "POST" and carried_out(form, lambda: changes.close(project, by=user)):
        messages.success(request, _("The project is closed."))
        return redirect("project", project.pk)
    return render(request, "awards/close.html", {"project": project, "form": form})


urlpatterns = [
    path("projects/<project_id>/close/", close, name="close_project"),
    path("allocations/<line_id>/extend/", extend, name="extend_award"),
    path("allocations/<line_id>/reduce/", reduce, name="reduce_award"),
    path("projects/", projects, name="projects"),
    path("allocations/", allocations, name="allocations"),
    path("allocations/<line_id>/", allocation, name="allocation"),
]
