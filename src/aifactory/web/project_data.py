"""What becomes of a project's data after its end, and taking everything along before."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.urls import path

from aifactory.awards.models import Project
from aifactory.kit import clock
from aifactory.people.language import spoken
from aifactory.people.rules import find
from aifactory.transparency.crate.actions import export
from aifactory.transparency.permissions import Permission
from aifactory.transparency.retention.models import Retention
from aifactory.transparency.retention.policy import in_force
from aifactory.transparency.retention.queries import delete_on, held, stored, today
from aifactory.web.visitor import person

SHOWN = 200


@login_required
def project_data(request: HttpRequest, project_id: str) -> HttpResponse:
    """Until when data is kept, what goes and what stays, and a button to take everything along."""
    project = find(Project, project_id, request.user)
    kept = Retention.objects.filter(project=project).first()
    policy, files = in_force(clock.now()), stored(project)
    day = kept.delete_on if kept else delete_on(project)
    deleted = kept is not None and kept.state == "deleted"
    context = {
        "project": project,
        "kept": kept,
        "deleted": deleted,
        "day": day,
        "days_left": (day - today()).days,
        "held": "" if deleted else held(project),
        "files": files[:SHOWN],
        "more": max(0, len(files) - SHOWN),
        "size": sum(file.size for file in files),
        "number_of_files": len(files),
        "words": {name: getattr(policy, name).of(spoken()) for name in ("goes", "stays", "held")},
        "days": policy.days,
        "may_export": person(request).may(Permission.EXPORT, project),
    }
    return render(request, "project/data.html", context)


@login_required
def project_export(request: HttpRequest, project_id: str) -> StreamingHttpResponse:
    """Download everything that the project owns, as an RO-Crate."""
    project = find(Project, project_id, request.user, related="organisation")
    headers = {"Content-Disposition": f'attachment; filename="{project.pk}.crate.zip"'}
    return StreamingHttpResponse(
        export(project, by=person(request)), content_type="application/zip", headers=headers
    )


urlpatterns = [
    path("projects/<project_id>/data/", project_data, name="project_data"),
    path("projects/<project_id>/export/", project_export, name="project_export"),
]
