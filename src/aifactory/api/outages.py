"""Routes of outages and the time that awards get back for them."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from ninja import Field, Query, Router, Schema, Status

from aifactory.api.authentication import caller, visitor
from aifactory.api.paging import Paging, page
from aifactory.people.rules import find
from aifactory.supercomputer.outages import actions, queries
from aifactory.supercomputer.outages.models import Outage

router = Router(tags=["supercomputer"])


class NewOutage(Schema):
    """When what did not work. Without `ends_at` it goes on; `resources`: gpu, core or both."""

    what: str = Field(max_length=500)
    planned: bool
    starts_at: datetime
    ends_at: datetime | None = None
    cluster: str = Field("", max_length=40)
    partition: str = Field("", max_length=80)
    resources: list[str] = list(actions.RESOURCES)


class Ended(Schema):
    """When it ended; now, if left out."""

    ends_at: datetime | None = None


class OutageFacts(Schema):
    """An outage; so many awards were `extended` for it."""

    id: str
    cluster: str
    partition: str
    planned: bool
    resources: list[str]
    what: str
    starts_at: str
    ends_at: str | None
    state: str
    extended: int


class ExtensionFacts(Schema):
    """How much longer one award runs; seconds."""

    id: str
    allocation: str
    project: str
    lost_seconds: int
    given_seconds: int
    was_until: str
    runs_until: str
    policy: str


class OutageWithExtensions(OutageFacts):
    """An outage with what was given back, as far as you see the awards."""

    extensions: list[ExtensionFacts]


class OutagePage(Schema):
    """A page of outages."""

    items: list[OutageFacts]
    next: str | None


@router.get("/outages", response=OutagePage, auth=None)
def outages(request: HttpRequest, paging: Query[Paging]) -> dict[str, Any]:  # noqa: ARG001 - for everybody
    """List outages, announced and past, newest first."""
    return page(queries.outages(), paging, queries.facts)


@router.post("/outages", response={201: OutageFacts})
def record(request: HttpRequest, body: NewOutage) -> Status[dict[str, Any]]:
    """Record an outage, before or after it happens (operators and the office)."""
    facts = body.dict() | {"cluster": body.cluster or settings.FACTORY_ENGINE}
    return Status(201, queries.facts(actions.record(by=caller(request), **facts)))


@router.get("/outages/{outage_id}", response=OutageWithExtensions, auth=None)
def outage(request: HttpRequest, outage_id: str) -> dict[str, Any]:
    """Show one outage, and what was given back for it to awards that you see."""
    user = visitor(request)
    found = find(Outage, outage_id, user)
    given = [queries.extension_facts(one) for one in queries.extensions(found, user)]
    return queries.facts(found) | {"extended": found.extensions.count(), "extensions": given}


@router.post("/outages/{outage_id}/end", response=OutageFacts)
def end(request: HttpRequest, outage_id: str, body: Ended) -> dict[str, Any]:
    """Say when an outage ended or will end; awards get their time back within a minute after."""
    user = caller(request)
    return queries.facts(actions.end(find(Outage, outage_id, user), by=user, ends_at=body.ends_at))


@router.post("/outages/{outage_id}/annul", response=OutageFacts)
def annul(request: HttpRequest, outage_id: str) -> dict[str, Any]:
    """Take back an outage that did not happen, before it is settled."""
    user = caller(request)
    return queries.facts(actions.annul(find(Outage, outage_id, user), by=user))
