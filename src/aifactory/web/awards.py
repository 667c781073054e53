"""Pages of projects and allocations. A project's page is composed in `web.project`, which knows its jobs too."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path

from aifactory.awards import queries
from aifactory.awards.models import AwardLine
from aifactory.people.rules import find
from aifactory.web.paging import page


@login_required
def projects(request: HttpRequest) -> HttpResponse:
    """The projects this person may see, newest first."""
    rows, following = page(request, queries.projects(request.user))
    return render(request, "awards/projects.html", {"projects": rows, "next": following})


@login_required
def allocations(request: HttpRequest) -> HttpResponse:
    """The award lines this person may see, newest first."""
    rows, following = page(request, queries.allocations(request.user))
    return render(request, "awards/allocations.html", {"lines": rows, "next": following})


@login_required
def allocation(request: HttpRequest, line_id: str) -> HttpResponse:
    """One award line: granted, set aside, drawn and left, and every hold on it."""
    line = find(AwardLine, line_id, request.user)
    holds, following = page(request, line.holds.all())
    project = line.project
    context = {
        "line": line,
        "project": project,
        "holds": holds,
        "next": following,
        "amounts": queries.amounts(line),
    }
    return render(request, "awards/allocation.html", context)


urlpatterns = [
    path("projects/", projects, name="projects"),
    path("allocations/", allocations, name="allocations"),
    path("allocations/<line_id>/", allocation, name="allocation"),
]
