"""Routes of models."""

from typing import Any

from django.http import HttpRequest
from ninja import Field, Query, Router, Schema, Status

from aifactory.api.authentication import Bearer, caller, session
from aifactory.api.paging import Paging, page
from aifactory.people.rules import find
from aifactory.registry import actions, queries
from aifactory.registry.models import ModelVersion
from aifactory.supercomputer.models import Attempt

router = Router(tags=["registry"])
#: A signed-in person sees more than the public, but nobody has to sign in.
OPEN = [session, Bearer(), lambda _request: "public"]


class NewModel(Schema):
    """What to register: the results of a finished attempt, as a version of the model `name`."""

    attempt: str
    name: str = Field(min_length=1, max_length=120)
    intended_use: str = Field(min_length=1, max_length=4000)


class VersionFacts(Schema):
    """A model version; `digest` is over the digests of all its files."""

    id: str
    model: str
    name: str
    number: int
    project: str
    organisation: str
    state: str
    digest: str
    created_at: str


class VersionWhole(VersionFacts):
    """A model version with its card, its files and its signed statement (DSSE, in-toto, SLSA provenance)."""

    attempt: str
    intended_use: str
    card: dict[str, Any]
    files: list[dict[str, Any]]
    provenance: str


class VersionPage(Schema):
    """A page of model versions."""

    items: list[VersionFacts]
    next: str | None


@router.get("/models", response=VersionPage, auth=OPEN)
def list_models(request: HttpRequest, paging: Query[Paging], project: str = "") -> dict[str, Any]:
    """List the model versions you may see, newest first; released ones are for everyone."""
    rows = queries.versions(request.user)
    return page(rows.filter(model__project=project) if project else rows, paging, queries.facts)


@router.post("/models", response={201: VersionWhole})
def register(request: HttpRequest, body: NewModel) -> Status[dict[str, Any]]:
    """Register what an attempt made; the same attempt twice is one version. It is not public yet."""
    user = caller(request)
    attempt = find(Attempt, body.attempt, user)
    version = actions.register(attempt, by=user, name=body.name, intended_use=body.intended_use)
    return Status(201, queries.whole(version, user))


@router.get("/models/{version_id}", response=VersionWhole, auth=OPEN)
def show(request: HttpRequest, version_id: str) -> dict[str, Any]:
    """Show one model version."""
    return queries.whole(find(ModelVersion, version_id, request.user), request.user)


@router.post("/models/{version_id}/release", response=VersionFacts)
def release(request: HttpRequest, version_id: str) -> dict[str, Any]:
    """Make a version public; refused with everything that is still missing."""
    user = caller(request)
    return queries.facts(actions.release(find(ModelVersion, version_id, user), by=user))


@router.post("/models/{version_id}/withdraw", response=VersionFacts)
def withdraw(request: HttpRequest, version_id: str) -> dict[str, Any]:
    """Take a version back; what was public of it stays so."""
    user = caller(request)
    return queries.facts(actions.withdraw(find(ModelVersion, version_id, user), by=user))
