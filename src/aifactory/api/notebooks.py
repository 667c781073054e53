"""Routes of notebooks: where one stands, and a ticket into it."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router, Schema, Status

from aifactory.api.authentication import caller
from aifactory.api.paging import Paging, page
from aifactory.audit.record import plain
from aifactory.datasets.models import Agreement
from aifactory.people.rules import find
from aifactory.supercomputer.models import Job
from aifactory.supercomputer.notebooks import actions, queries
from aifactory.supercomputer.notebooks.standing import NotebookIsNotOpen
from aifactory.supercomputer.queries import last_attempt

router = Router(tags=["supercomputer"])


class NotebookFacts(Schema):
    """Where a notebook stands: waiting, starting, ready or ended.

    It closes at `closes_at` unless somebody works in it (null for data in the secure environment), and at `ends_at` in
    any case. Without `copies`, the terms of its data do not allow to take copies out.
    """

    state: str
    idle_minutes: float
    closes_at: str | None
    ends_at: str | None
    copies: bool


class Ticket(Schema):
    """An address that lets its reader in once, until `until`. Keep it out of logs."""

    visit: str
    address: str
    until: str
    copies: bool


class Look(Schema):
    """Somebody came into a notebook on data that stays in the secure environment: `person` by id and `name`."""

    id: str
    person: str
    name: str
    job: str
    attempt: str
    entered_at: str


class LookPage(Schema):
    """One page, newest first."""

    items: list[Look]
    next: str | None


@router.get("/looks/{agreement_id}", response=LookPage)
def looks(request: HttpRequest, agreement_id: str, paging: Query[Paging]) -> dict[str, Any]:
    """List who came into a notebook on the data of an agreement: for both its parties."""
    found = find(Agreement, agreement_id, caller(request))
    return page(queries.looks(found), paging, queries.look_facts)


@router.get("/jobs/{job_id}/notebook", response=NotebookFacts)
def show(request: HttpRequest, job_id: str) -> dict[str, Any]:
    """Show where a notebook stands."""
    job = find(Job, job_id, caller(request))
    found = queries.notebook(job, last_attempt(job))
    if found is None:
        raise NotebookIsNotOpen("This job is not a notebook.", rule="recipe:interactive")
    return found.facts()


@router.post("/jobs/{job_id}/notebook", response={201: Ticket})
def admit(request: HttpRequest, response: HttpResponse, job_id: str) -> Status[dict[str, Any]]:
    """Give a ticket into a notebook that you started and that is open now."""
    user = caller(request)
    session = "" if request.headers.get("Authorization") else request.session.session_key or ""
    visit, address = actions.admit(find(Job, job_id, user), by=user, portal_session=session)
    response["Cache-Control"] = "no-store"
    facts = {
        "visit": visit.pk,
        "address": address,
        "until": plain(visit.ticket_until),
        "copies": visit.copies,
    }
    return Status(201, facts)
