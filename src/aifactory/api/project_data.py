"""Routes of a project's data: until when it is kept, and everything as one RO-Crate."""

from typing import Any

from django.http import HttpRequest, StreamingHttpResponse
from ninja import Router, Schema

from aifactory.api.authentication import caller
from aifactory.awards.models import Project
from aifactory.people.rules import find
from aifactory.transparency.crate.actions import export
from aifactory.transparency.retention.queries import retention_facts

router = Router(tags=["transparency"])


class RetentionFacts(Schema):
    """Until when data is kept (`delete_on`: the first day on which it may go), what holds it, and what was deleted."""

    project: str
    state: str
    delete_on: str
    held: str
    files: int
    bytes: int
    deleted_at: str | None
    deleted: list[dict[str, Any]]
    policy: str


@router.get("/projects/{project_id}/retention", response=RetentionFacts)
def retention(request: HttpRequest, project_id: str) -> dict[str, Any]:
    """Show until when a project's data is kept, or what was deleted and when."""
    return retention_facts(find(Project, project_id, caller(request)))


@router.get("/projects/{project_id}/export")
def download(request: HttpRequest, project_id: str) -> StreamingHttpResponse:
    """Download everything that the project owns as a zip: RO-Crate 1.2 with checksums."""
    user = caller(request)
    project = find(Project, project_id, user, related="organisation")
    headers = {"Content-Disposition": f'attachment; filename="{project.pk}.crate.zip"'}
    return StreamingHttpResponse(export(project, by=user), content_type="application/zip", headers=headers)
