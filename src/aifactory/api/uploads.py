"""Routes of what people bring along for their project's jobs: scripts, requirements, tables of their own."""

from typing import Any

from django.http import HttpRequest
from ninja import File, Form, Query, Router, Schema, Status
from ninja.files import UploadedFile

from aifactory.api.authentication import caller
from aifactory.api.paging import Paging, page
from aifactory.awards.models import Project
from aifactory.people.rules import find
from aifactory.supercomputer.uploads import actions, queries

router = Router(tags=["supercomputer"])


class OwnFile(Schema):
    """One file that was brought along; size in bytes."""

    path: str
    digest: str
    size: int


class OwnFiles(Schema):
    """Files under one name; its id can be an input of a job."""

    id: str
    project: str
    title: str
    created_at: str
    files: list[OwnFile]


class OwnFilesPage(Schema):
    """A page of what was brought along."""

    items: list[OwnFiles]
    next: str | None


@router.get("/projects/{project_id}/uploads", response=OwnFilesPage)
def list_uploads(request: HttpRequest, project_id: str, paging: Query[Paging]) -> dict[str, Any]:
    """List what was brought along for a project, newest first."""
    user = caller(request)
    project = find(Project, project_id, user)
    return page(queries.uploads(user, project.pk), paging, queries.facts)


@router.post("/projects/{project_id}/uploads", response={201: OwnFiles})
def bring(
    request: HttpRequest, project_id: str, files: File[list[UploadedFile]], title: Form[str] = ""
) -> Status[dict[str, Any]]:
    """Bring files along for a project's jobs: a script with its requirements, or data that is yours."""
    user = caller(request)
    project = find(Project, project_id, user)
    given = [(file.name or "", file.chunks()) for file in files]
    return Status(201, queries.facts(actions.bring(project, by=user, title=title, files=given)))
