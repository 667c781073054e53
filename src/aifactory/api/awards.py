"""Routes of projects and awards."""

from datetime import UTC
from typing import Any

from django.http import HttpRequest
from ninja import Field, Query, Router, Schema
from pydantic import AwareDatetime

from aifactory.api.authentication import caller
from aifactory.api.paging import Paging, page
from aifactory.awards import queries
from aifactory.awards.changes import actions as changes
from aifactory.awards.changes.queries import facts
from aifactory.awards.models import AwardLine, Project
from aifactory.kit.units import base
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


class Longer(Schema):
    """Until when an award runs, and why."""

    ends_at: AwareDatetime
    reasons: str = Field(max_length=4000)


class Less(Schema):
    """How much is left of an award in all, in its unit, and why."""

    amount: float = Field(ge=0, le=10**12)
    reasons: str = Field(max_length=4000)


class Change(Schema):
    """One change of an award: of its end, or of its amount in `unit`."""

    id: str
    line: str
    kind: str
    before: str | float
    after: str | float
    unit: str
    reasons: str
    decided_by: str
    at: str


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


@router.post("/projects/{project_id}/close", response=ProjectFacts)
def close(request: HttpRequest, project_id: str) -> dict[str, Any]:
    """Close a project: it starts nothing any more. This cannot be undone."""
    user = caller(request)
    return queries.project_facts(changes.close(find(Project, project_id, user), by=user))


@router.get("/allocations", response=AllocationPage)
def allocations(request: HttpRequest, paging: Query[Paging]) -> dict[str, Any]:
    """List the award lines you may see, newest first."""
    return page(queries.allocations(caller(request)), paging, queries.line_facts)


@router.get("/allocations/{line_id}", response=Amounts)
def allocation(request: HttpRequest, line_id: str) -> dict[str, Any]:
    """Show one award line."""
    return queries.line_facts(find(AwardLine, line_id, caller(request)))


@router.get("/allocations/{line_id}/changes", response=list[Change])
def list_changes(request: HttpRequest, line_id: str) -> list[dict[str, Any]]:
    """List what was changed of an award after it was given, with the reasons."""
    line = find(AwardLine, line_id, caller(request))
    return [facts(change) for change in line.changes.select_related("line", "mandate").order_by("pk")]


@router.post("/allocations/{line_id}/extend", response=Change)
def extend(request: HttpRequest, line_id: str, body: Longer) -> dict[str, Any]:
    """Let an award run longer, under the mandate and with reasons; the amount stays."""
    user = caller(request)
    line = find(AwardLine, line_id, user, related="project")
    return facts(changes.extend(line, body.ends_at.astimezone(UTC), reasons=body.reasons, by=user))


@router.post("/allocations/{line_id}/reduce", response=Change)
def reduce(request: HttpRequest, line_id: str, body: Less) -> dict[str, Any]:
    """Make an award smaller, under the mandate and with reasons; never less than is used and set aside."""
    user = caller(request)
    line = find(AwardLine, line_id, user, related="project")
    amount = base(line.resource, str(body.amount))
    return facts(changes.reduce(line, amount, reasons=body.reasons, by=user))
