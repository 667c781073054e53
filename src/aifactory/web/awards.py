"""Pages of projects and allocations. A project's page is composed in `web.project`, which knows its jobs too."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path

from aifactory.awards import queries
from aifactory.awards.lifecycle import PROJECT
from aifactory.awards.models import RESOURCES, AwardLine
from aifactory.people.rules import find
from aifactory.web.paging import page

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
        "extensions": line.extensions.select_related("outage").order_by("pk"),
    }
    return render(request, "awards/allocation.html", context)


urlpatterns = [
    path("projects/", projects, name="projects"),
    path("allocations/", allocations, name="allocations"),
    path("allocations/<line_id>/", allocation, name="allocation"),
]
