"""The public register: what the factory gave, what it took, what came of it. Nobody has to sign in."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils.translation import gettext as _

from aifactory.access.models import Application
from aifactory.awards.models import RESOURCES
from aifactory.kit.errors import NotFound
from aifactory.transparency import queries
from aifactory.transparency.models import Outcome
from aifactory.web import public_log, reports
from aifactory.web.paging import page
from aifactory.web.steps import line

RESOURCE_LABELS = dict(RESOURCES)
FIRST_ROWS = 10


def register(request: HttpRequest) -> HttpResponse:
    """The register's front page: figures, calls, the newest awards and decisions, what came of it."""
    context = {
        "totals": queries.totals(),
        "calls": queries.calls(),
        "states": dict(Application.LIFECYCLE.states),
        "gpu_by_organisation": queries.by_organisation("gpu"),
        "core_by_organisation": queries.by_organisation("core"),
        "outcomes": queries.outcomes_by_kind(),
        "awards": [queries.award_facts(award) for award in queries.awards().order_by("-pk")[:FIRST_ROWS]],
        "decisions": queries.with_projects(list(queries.decisions().order_by("-pk")[:FIRST_ROWS])),
        "resources": RESOURCE_LABELS,
    }
    return render(request, "transparency/register.html", context)


def awards(request: HttpRequest) -> HttpResponse:
    """Every award, newest first."""
    rows, following = page(request, queries.awards())
    context = {"awards": [queries.award_facts(award) for award in rows], "next": following}
    return render(request, "transparency/awards.html", context | {"resources": RESOURCE_LABELS})


def decisions(request: HttpRequest) -> HttpResponse:
    """Every decision, newest first."""
    rows, following = page(request, queries.decisions())
    context = {"decisions": queries.with_projects(rows), "next": following}
    return render(request, "transparency/decisions.html", context)


def register_project(request: HttpRequest, project_id: str) -> HttpResponse:
    """Everything public of one project."""
    found = queries.project(project_id)
    if found is None:
        raise NotFound(_("There is nothing here that you can see."))
    kinds = dict(Outcome.Kind.choices)
    context = {"project": found, "way": _way(found), "resources": RESOURCE_LABELS, "kinds": kinds}
    return render(request, "transparency/project.html", context)


def _way(project: dict[str, Any]) -> list[dict[str, Any]]:
    """From decision to results; a step is done when there is something of it."""
    steps = [
        (_("Decided"), project["decision"] is not None or bool(project["awards"])),
        (_("Awarded"), bool(project["awards"])),
        (_("Used"), project["figures"]["energy"]["runs"] > 0),
        (_("Model released"), project["figures"]["models_released"] > 0),
        (_("Results recorded"), bool(project["outcomes"])),
        (_("Report accepted"), project["report"] is not None),
    ]
    drawn = line([(label, "", None) for label, _done in steps], -1)
    for step, (_label, done) in zip(drawn, steps, strict=True):
        step["state"] = "done" if done else "next"
    return drawn


urlpatterns = [
    path("register/", register, name="register"),
    path("register/awards/", awards, name="register_awards"),
    path("register/decisions/", decisions, name="register_decisions"),
    path("register/projects/<project_id>/", register_project, name="register_project"),
    *public_log.urlpatterns,
    *reports.urlpatterns,
]
