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
    """A source, how many datasets it has and shows, and when it was last read."""

    id: str
    state: str
    found: int
    shown: int
    read_at: str | None


class HarvestFacts(Schema):
    """What one reading brought, in numbers of datasets."""

    id: str
    source: str
    seen: int
    added: int
    changed: int
    same: int
    gone: int
    faulty: int
    problem: str
    digest: str


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


@router.post("/sources/{source_id}/harvest", response=HarvestFacts)
def harvest(request: HttpRequest, source_id: str) -> dict[str, Any]:
    """Read a catalogue now."""
    user = caller(request)
    return queries.harvest_facts(actions.harvest(find(CatalogueSource, source_id, user), by=user))


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
