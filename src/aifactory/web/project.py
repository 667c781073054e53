"""One project as its people see it: awards, data, jobs, models, advice, results, and the way from wish to report."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils.translation import gettext as _

from aifactory.access.models import Application
from aifactory.awards.models import AwardLine, Project
from aifactory.awards.permissions import Permission
from aifactory.awards.queries import amounts
from aifactory.datasets import queries as datasets
from aifactory.datasets.models import Agreement
from aifactory.expertise import queries as expertise
from aifactory.kit import clock
from aifactory.kit.errors import NotFound
from aifactory.people.models import User
from aifactory.people.rules import visible
from aifactory.registry import queries as registry
from aifactory.supercomputer import queries as supercomputer
from aifactory.supercomputer.models import Job
from aifactory.transparency.models import Outcome, Report
from aifactory.transparency.permissions import Permission as Transparency
from aifactory.transparency.retention.models import Retention
from aifactory.web.jinja import show_date
from aifactory.web.steps import line

NEWEST = 10
Shown = dict[str, Any]


@login_required
def project(request: HttpRequest, project_id: str) -> HttpResponse:
    """The project, and only the buttons that this person may use."""
    user = request.user
    assert isinstance(user, User)  # noqa: S101 - login_required
    rows = visible(Project, user).select_related("organisation", "leader", "retention")
    found = rows.filter(pk=project_id).first()
    if found is None:
        raise NotFound(
            _("There is nothing here that you can see."),
            next_step=_("Check the address, or sign in with another account."),
        )
    works = user.may(Permission.WORK, found)
    shown = _of_project(found, user)
    context = shown | {
        "project": found,
        "way": _way(found, shown),
        "outcome_kinds": dict(Outcome.Kind.choices),
        "works": works,
        "closes": found.state == "active" and user.may(Permission.MANAGE, found),
        "runs": works and found.state == "active",
        "records": works or user.may(Transparency.OUTCOME, found),
    }
    return render(request, "project/project.html", context)


def _of_project(found: Project, user: User) -> Shown:
    agreements = visible(Agreement, user).filter(project=found.pk).order_by("-pk")
    return {
        "application": visible(Application, user).filter(pk=found.application).first()
        if found.application
        else None,
        "members": found.members.filter(until=None).select_related("user").order_by("pk"),
        "awards": [_award(award) for award in found.lines.order_by("pk")],
        "agreements": datasets.agreements_with_names(agreements)[:NEWEST],
        "jobs": list(supercomputer.jobs(user).filter(project=found).order_by("-pk")[:NEWEST]),
        "models": list(registry.versions_of(found.pk, user).order_by("-pk")[:NEWEST]),
        "cases": list(expertise.cases(user).filter(project=found).order_by("-pk")[:NEWEST]),
        "outcomes": list(found.outcomes.order_by("-happened_on", "-pk")),
        "report": Report.objects.filter(project=found).first(),
        "kept_until": _kept_until(found),
    }


def _kept_until(found: Project) -> str:
    """Say until when data is kept, or when it was deleted."""
    kept: Retention | None = getattr(found, "retention", None)
    if kept is None:
        return ""
    if kept.deleted_at:
        return _("Deleted on %(day)s") % {"day": show_date(kept.deleted_at)}
    return _("Kept until %(day)s") % {"day": show_date(kept.delete_on)}


def _award(award: AwardLine) -> Shown:
    """Return an award with what would be used by now at an even pace."""
    period = (award.ends_at - award.starts_at).total_seconds()
    gone = min(max((clock.now() - award.starts_at).total_seconds() / period, 0.0), 1.0)
    figures = amounts(award)
    return {"line": award, "expected": figures["granted"] * gone} | figures


def _way(found: Project, shown: Shown) -> list[Shown]:
    """The way of the work: each step is done when the records show something of it."""
    jobs: list[Job] = shown["jobs"]
    report: Report | None = shown["report"]
    reached = 1
    if shown["awards"]:
        reached = 2
    if any(job.state == "succeeded" for job in jobs):
        reached = 3
    if any(version.state == "released" for version in shown["models"]):
        reached = 4
    if report and report.state == "accepted":
        reached = 5
    labels = [
        (_("Applied"), "", None),
        (_("Awarded"), _("the factory"), show_date(found.created_at)),
        (_("Jobs run"), _("the project"), None),
        (_("Model released"), _("the project"), None),
        (_("Report"), _("the project"), show_date(found.ends_at)),
    ]
    return line(labels, reached)


urlpatterns = [path("projects/<project_id>/", project, name="project")]
