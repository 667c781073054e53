"""Pages of what was used: by a project, of an award, job by job, and as a file."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from markupsafe import Markup

from aifactory.awards.models import RESOURCES, AwardLine, Project
from aifactory.people.rules import find
from aifactory.supercomputer import usage
from aifactory.web import charts
from aifactory.web.paging import ROWS

HOUR = 3600


@login_required
def project_usage(request: HttpRequest, project_id: str) -> HttpResponse:
    """What a project used, by award and month, and every job's part of it."""
    project, running = usage.project_of(request.user, project_id)
    context = {"project": project, "line": None, "found": usage.of_project(project)}
    return _page(request, context, running, project)


@login_required
def line_usage(request: HttpRequest, line_id: str) -> HttpResponse:
    """What was used of one award."""
    line, running = usage.line_of(request.user, line_id)
    context = {"project": line.project, "line": line, "found": usage.of_line(line)}
    return _page(request, context, running, line)


def _page(
    request: HttpRequest, context: dict[str, Any], running: dict[str, Any], thing: Project | AwardLine
) -> HttpResponse:
    rows = usage.after(usage.postings(thing), request.GET.get("after", "")).order_by("-pk")
    parts = list(rows[: ROWS + 1])
    following = f"?after={parts[ROWS - 1].pk}" if len(parts) > ROWS else None
    names = {resource: str(name) for resource, name in RESOURCES}
    context |= {
        "running": running,
        "parts": [usage.posting_facts(part) for part in parts[:ROWS]],
        "next": following,
        "names": names,
        "kinds": {
            "final": (_("Final"), "ok"),
            "corrected": (_("Corrected"), "info"),
            "taken_back": (_("Taken back"), "warning"),
        },
        "hour": HOUR,
        "chart": _chart(context["found"]["days"]),
        "downloads": [
            (form.upper(), reverse(f"usage_{form}", args=[context["project"].pk])) for form in ("csv", "json")
        ],
    }
    return render(request, "usage/usage.html", context)


def _chart(days: list[dict[str, Any]]) -> Markup | str:
    """Draw what was used on each of the last days: GPU-hours where there are any, else core-hours."""
    if len(days) < 2:
        return ""
    name, unit = (
        ("gpu_seconds", "GPU-h") if any(day["gpu_seconds"] for day in days) else ("core_seconds", "core-h")
    )
    return charts.columns(
        [(day["day"], day[name] / HOUR) for day in days],
        title=_("Used on each day (%(unit)s)") % {"unit": unit},
        x_label=_("Day"),
        y_label=unit,
        meaning=_("A job over midnight is in both days. What runs now is not in it yet."),
        table_summary=_("The numbers"),
    )


@login_required
def download(request: HttpRequest, project_id: str, form: str) -> StreamingHttpResponse:
    """All of it as a file, whatever its length."""
    project = find(Project, project_id, request.user)
    content_type, rows = usage.written(project, form)
    headers = {"Content-Disposition": f'attachment; filename="usage-{project.pk}.{form}"'}
    return StreamingHttpResponse(rows, content_type=content_type, headers=headers)


urlpatterns = [
    path("projects/<project_id>/usage/", project_usage, name="project_usage"),
    path("projects/<project_id>/usage/download.csv", download, {"form": "csv"}, name="usage_csv"),
    path("projects/<project_id>/usage/download.json", download, {"form": "json"}, name="usage_json"),
    path("allocations/<line_id>/usage/", line_usage, name="line_usage"),
]
