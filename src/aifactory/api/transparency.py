"""Routes of the public register, its log, reports and results."""

from datetime import date
from typing import Any

from django.conf import settings
from django.http import FileResponse, HttpRequest
from ninja import Field, Query, Router, Schema, Status

from aifactory.api.authentication import caller
from aifactory.api.paging import Paging, page
from aifactory.awards.models import Project
from aifactory.kit.errors import NotFound
from aifactory.people.rules import find, visible
from aifactory.transparency import actions, exports, log, queries
from aifactory.transparency.models import Report

router = Router(tags=["transparency"])
Anything = dict[str, Any]


class Listed(Schema):
    """A page of facts."""

    items: list[dict[str, Any]]
    next: str | None


class Words(Schema):
    """What only people know of a project."""

    summary: str = Field("", max_length=50_000)
    unused: str = Field("", max_length=20_000)


class Result(Schema):
    """One result. `kind`: model, publication, product, jobs, funding, training or other."""

    kind: str
    title: str = Field(max_length=200)
    evidence: str = Field(max_length=300)
    happened_on: date | None = None
    amount: int | None = Field(None, ge=0, lt=2**53)


@router.get("/register", response=Anything, auth=None)
def figures(request: HttpRequest) -> Anything:  # noqa: ARG001
    """Show the figures of the whole factory: given, used, energy with its range, results."""
    return queries.totals()


@router.get("/register/calls", response=list[dict[str, Any]], auth=None)
def calls(request: HttpRequest) -> list[Anything]:  # noqa: ARG001
    """List the calls with their applications by state and the days to a decision."""
    return queries.calls()


@router.get("/register/awards", response=Listed, auth=None)
def awards(request: HttpRequest, paging: Query[Paging]) -> Anything:  # noqa: ARG001
    """List every award, newest first."""
    return page(queries.awards(), paging, queries.award_facts)


@router.get("/register/decisions", response=Listed, auth=None)
def decisions(request: HttpRequest, paging: Query[Paging]) -> Anything:  # noqa: ARG001
    """List every decision, newest first; who asked is named only where something was awarded."""
    found = page(queries.decisions(), paging, lambda decision: decision)
    return {"items": queries.with_projects(found["items"]), "next": found["next"]}


@router.get("/register/projects/{project_id}", response=Anything, auth=None)
def project(request: HttpRequest, project_id: str) -> Anything:  # noqa: ARG001
    """Show everything public of one project, from decision to results."""
    found = queries.project(project_id)
    if found is None:
        raise NotFound("There is no such project.")
    return found


@router.get("/register/log", response=Anything, auth=None)
def standing(request: HttpRequest) -> Anything:  # noqa: ARG001
    """Show the newest signed checkpoint, the key it is verified with, and the tail without a seal."""
    return log.standing(settings.LOG_ORIGIN)


@router.get("/register/log/events/{int:event_id}", response=Anything, auth=None)
def event(request: HttpRequest, event_id: int) -> Anything:  # noqa: ARG001
    """Show one event, its place in the log, and the proof that it is in the tree."""
    found = log.event(event_id) if event_id < 2**63 else None
    if found is None:
        raise NotFound("There is no such event.")
    return found


@router.get("/register/log/history", response=list[dict[str, Any]], auth=None)
def history(request: HttpRequest, thing: str) -> list[Anything]:  # noqa: ARG001
    """List the events of one record (`room.model:id`), oldest first."""
    return log.history(thing[:100])


@router.get("/register/log/export", auth=None)
def export(request: HttpRequest) -> FileResponse:  # noqa: ARG001
    """Download the log with the public facts of all records, for `aifactory verify`."""
    file = exports.public(settings.FACTORY_HOME, settings.LOG_ORIGIN).open("rb")
    return FileResponse(file, as_attachment=True, filename="export.jsonl", content_type="application/jsonl")


@router.get("/projects/{project_id}/report", response=Anything)
def show_report(request: HttpRequest, project_id: str) -> Anything:
    """Show the final report of a project."""
    return queries.report_facts(_report(request, project_id))


@router.post("/projects/{project_id}/report", response={201: Anything})
def draft_report(request: HttpRequest, project_id: str) -> Status[Anything]:
    """Draft the final report from the records, or draw its figures again."""
    user = caller(request)
    report = actions.draft(find(Project, project_id, user), by=user)
    return Status(201, queries.report_facts(report))


@router.put("/projects/{project_id}/report", response=Anything)
def write_report(request: HttpRequest, project_id: str, body: Words) -> Anything:
    """Write the words of the report."""
    return queries.report_facts(
        actions.write(_report(request, project_id), by=caller(request), **body.dict())
    )


@router.post("/projects/{project_id}/report/submit", response=Anything)
def submit_report(request: HttpRequest, project_id: str) -> Anything:
    """Hand the report in."""
    return queries.report_facts(actions.submit(_report(request, project_id), by=caller(request)))


@router.post("/projects/{project_id}/report/accept", response=Anything)
def accept_report(request: HttpRequest, project_id: str) -> Anything:
    """Accept the report; it is public from then on."""
    return queries.report_facts(actions.accept(_report(request, project_id), by=caller(request)))


@router.post("/projects/{project_id}/report/send-back", response=Anything)
def send_back_report(request: HttpRequest, project_id: str) -> Anything:
    """Give the report back to its project."""
    return queries.report_facts(actions.send_back(_report(request, project_id), by=caller(request)))


@router.post("/projects/{project_id}/outcomes", response={201: Anything})
def record_outcome(request: HttpRequest, project_id: str, body: Result) -> Status[Anything]:
    """Record one result of a project; it is public at once."""
    user = caller(request)
    outcome = actions.record_outcome(find(Project, project_id, user), by=user, **body.dict())
    return Status(201, queries.outcome_facts(outcome))


def _report(request: HttpRequest, project_id: str) -> Report:
    found = visible(Report, caller(request)).filter(project=project_id).first()
    if found is None:
        raise NotFound("There is no report of this project that you can see.")
    return found
