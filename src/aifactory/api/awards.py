"""Routes of projects and awards."""

from typing import Any

from django.http import HttpRequest
from ninja import Query, Router, Schema

from aifactory.api.authentication import caller
from aifactory.api.paging import Paging, page
from aifactory.awards import queries
from aifactory.awards.models import AwardLine, Project
from aifactory.people.rules import find

router = Router(tags=["awards"])


class Amounts(Schema):
    """An award line; amounts in `unit`."""

    id: str
    project: str
    resource: str
    unit: str
    granted: float
    held: float
    drawn: float
    left: float
    starts_at: str
    ends_at: str


class ProjectFacts(Schema):
    """A project."""

    id: str
    title: str
    organisation: str
    application: str
    purpose: str
    state: str
    ends_at: str


class ProjectPage(Schema):
    """A page of projects."""

    items: list[ProjectFacts]
    next: str | None


class AllocationPage(Schema):
    """A page of award lines."""

    items: list[Amounts]
    next: str | None


class ProjectWithAwards(ProjectFacts):
    """A project with everything awarded to it."""

    awards: list[Amounts]


@router.get("/projects", response=ProjectPage)
def projects(request: HttpRequest, paging: Query[Paging]) -> dict[str, Any]:
    """List the projects you may see, newest first."""
    return page(queries.projects(caller(request)), paging, queries.project_facts)


@router.get("/projects/{project_id}", response=ProjectWithAwards)
def project(request: HttpRequest, project_id: str) -> dict[str, Any]:
    """Show one project and what was awarded to it."""
    found = find(Project, project_id, caller(request))
    return queries.project_facts(found) | {
        "awards": [queries.line_facts(line) for line in found.lines.order_by("pk")]
    }


@router.get("/allocations", response=AllocationPage)
def allocations(request: HttpRequest, paging: Query[Paging]) -> dict[str, Any]:
    """List the award lines you may see, newest first."""
    return page(queries.allocations(caller(request)), paging, queries.line_facts)


@router.get("/allocations/{line_id}", response=Amounts)
def allocation(request: HttpRequest, line_id: str) -> dict[str, Any]:
    """Show one award line."""
    return queries.line_facts(find(AwardLine, line_id, caller(request)))
