"""Routes of other catalogues that we read."""

from typing import Any

from django.http import HttpRequest
from ninja import Query, Router, Schema, Status

from aifactory.api.authentication import caller
from aifactory.api.datasets import OPEN
from aifactory.api.paging import Paging, page
from aifactory.datasets.harvesting import actions, queries
from aifactory.datasets.harvesting.models import CatalogueSource
from aifactory.people.models import User
from aifactory.people.rules import find

router = Router(tags=["other catalogues"])


class SourceIn(Schema):
    """A catalogue to harvest; `kind` is `dcat` or `ckan`."""

    name: str
    address: str
    kind: str


class SourceFacts(SourceIn):
    """A source, how many datasets it has and shows, when it was last read, and since when that is asked for again."""

    id: str
    state: str
    found: int
    shown: int
    read_at: str | None
    asked_at: str | None


class HarvestFacts(Schema):
    """What one reading brought, in numbers of datasets."""

    id: str
    source: str
    at: str
    seen: int
    added: int
    changed: int
    same: int
    gone: int
    faulty: int
    problem: str
    digest: str


class HarvestPage(Schema):
    """A page of harvests."""

    items: list[HarvestFacts]
    next: str | None


class SourcePage(Schema):
    """A page of sources."""

    items: list[SourceFacts]
    next: str | None


@router.get("/sources", response=SourcePage, auth=OPEN)
def sources(request: HttpRequest, paging: Query[Paging]) -> dict[str, Any]:  # noqa: ARG001 - open to everyone
    """List the catalogues that we read, newest first."""
    return page(queries.sources(), paging, queries.source_facts)


@router.post("/sources", response={201: SourceFacts})
def add(request: HttpRequest, body: SourceIn) -> Status[dict[str, Any]]:
    """Add a catalogue."""
    made = actions.add_source(by=caller(request), **body.dict())
    return Status(201, _facts(made))


@router.post("/sources/{source_id}/harvest", response={202: SourceFacts})
def harvest(request: HttpRequest, source_id: str) -> Status[dict[str, Any]]:
    """Ask for a catalogue to be read: the factory's worker does it next, and the list of harvests tells how it went."""
    user = caller(request)
    return Status(202, _facts(actions.ask(find(CatalogueSource, source_id, user), by=user)))


@router.get("/sources/{source_id}/harvests", response=HarvestPage)
def harvests(request: HttpRequest, source_id: str, paging: Query[Paging]) -> dict[str, Any]:
    """List how a catalogue was read, newest first."""
    return page(
        find(CatalogueSource, source_id, caller(request)).harvests.all(), paging, queries.harvest_facts
    )


@router.post("/sources/{source_id}/pause", response=SourceFacts)
def pause(request: HttpRequest, source_id: str) -> dict[str, Any]:
    """Read it no more, and show nothing of it."""
    return _facts(actions.pause_source(find(CatalogueSource, source_id, caller(request)), by=caller(request)))


@router.post("/sources/{source_id}/resume", response=SourceFacts)
def resume(request: HttpRequest, source_id: str) -> dict[str, Any]:
    """Read it again."""
    return _facts(
        actions.resume_source(find(CatalogueSource, source_id, caller(request)), by=caller(request))
    )


@router.get("/sources/{source_id}/errors")
def errors(request: HttpRequest, source_id: str, paging: Query[Paging]) -> dict[str, Any]:
    """List the datasets of a source with their errors, newest first; `after` is a number."""
    found = find(CatalogueSource, source_id, caller(request))
    after = paging.after if paging.after.isdecimal() and len(paging.after) < 19 else ""
    return page(queries.faulty(found), Paging(limit=paging.limit, after=after), queries.found_facts)


@router.get("/found-datasets/{found_id}", auth=OPEN)
def found(request: HttpRequest, found_id: int) -> dict[str, Any]:
    """Show one dataset of another catalogue."""
    return queries.found_facts(queries.found(found_id, signed_in=isinstance(request.user, User)))


def _facts(source: CatalogueSource) -> dict[str, Any]:
    return queries.source_facts(queries.sources().get(pk=source.pk))
