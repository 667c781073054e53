"""Routes for the agent beside a cluster that stands elsewhere: what should be there, and what is.

Its token names one cluster. It opens these routes and no other, and no other token opens these.
"""

import base64
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any

from django.http import HttpRequest, StreamingHttpResponse
from ninja import Router, Schema, Status
from ninja.security import HttpBearer
from pydantic import AwareDatetime, Field, TypeAdapter, ValidationError

from aifactory.api.reading import strict
from aifactory.audit.record import plain
from aifactory.kit.errors import FieldError, Invalid, NotFound
from aifactory.kit.signing import public_bytes
from aifactory.ports import wire
from aifactory.ports.cluster import ClusterDesk, JobRecord, ReplyIsCutOff
from aifactory.ports.desk import Desk
from aifactory.ports.keys import Signer
from aifactory.ports.object_store import AlreadyThere, BadKey, NoSuchObject, ObjectStore, TooLarge
from aifactory.ports.registry import get
from aifactory.supercomputer import agents

#: a result is at most so many bytes; the agent keeps to each attempt's own limit
LARGEST = 2_000_000_000
CHUNK = 1 << 20


class AgentToken(HttpBearer):
    """The token of an agent."""

    def authenticate(self, request: HttpRequest, token: str) -> str | None:
        """Return the cluster whose agent this is."""
        cluster = agents.cluster_of(token)
        request.cluster = cluster  # type: ignore[attr-defined]
        return cluster


router = Router(tags=["agent"], auth=AgentToken())


class Step(Schema):
    """A step of the agent that was done."""

    verb: str = Field(max_length=20)


class FailedStep(Step):
    """A step of the agent that could not be done, and why."""

    error: str = Field(max_length=500)


class Moment(Schema):
    """A moment in UTC."""

    moment: str


class Entries(Schema):
    """How many entries of the ledger a read made."""

    entries: int


class Brought(Schema):
    """What lies under a key now."""

    key: str
    size: int
    digest: str


class CannotBeRead(Invalid):
    """What an agent sent is not what this portal expects: its version may differ."""


def cluster(request: HttpRequest) -> str:
    """Return whose agent calls."""
    return str(request.cluster)  # type: ignore[attr-defined]


def _read(request: HttpRequest, kind: TypeAdapter[Any], part: str = "") -> Any:
    try:
        told = strict(request.body)
        return kind.validate_python(told[part] if part else told)
    except (ValidationError, ValueError, KeyError, TypeError) as problem:
        raise CannotBeRead(
            [FieldError(part or "body", str(problem)[:500], "the port's own facts")]
        ) from problem


def _records(request: HttpRequest) -> Iterator[JobRecord]:
    """Read records while they come. Raises `CannotBeRead` where they break off: nothing of them is kept then."""
    try:
        yield from wire.records(_lines(_body(request)))
    except ReplyIsCutOff as problem:
        raise CannotBeRead([FieldError("body", str(problem), "a count at the end")]) from problem


@router.get("/agent/orders", response=list[dict[str, Any]])
def orders(request: HttpRequest) -> list[dict[str, Any]]:
    """List what should run, be watched, be stopped or be forgotten there."""
    return wire.orders_told(get(Desk).orders(cluster(request)))


@router.post("/agent/reports", response={204: None})
def report(request: HttpRequest) -> Status[None]:
    """Take in what is true of attempts there."""
    get(Desk).report(cluster(request), _read(request, wire.REPORTS))
    return Status(204, None)


@router.get("/agent/grant-keys", response=dict[str, str])
def grant_keys(request: HttpRequest) -> dict[str, str]:  # noqa: ARG001
    """Show the public keys that permissions to use data are checked with."""
    known = get(Signer).public_keys()
    return {name: base64.b64encode(public_bytes(key)).decode() for name, key in known.items()}


@router.get("/agent/allocations", response=list[dict[str, Any]])
def allocations(request: HttpRequest) -> list[dict[str, Any]]:
    """List what every project should have there now."""
    found = get(ClusterDesk).allocations(cluster(request))
    return [dict(one) for one in wire.ALLOCATIONS.dump_python(found, mode="json")]


@router.post("/agent/compared", response={204: None})
def compared(request: HttpRequest) -> Status[None]:
    """Take in what differed there and was mended, and what was refused."""
    changes, refused = (_read(request, wire.CHANGES, part) for part in ("changes", "refused"))
    get(ClusterDesk).compared(cluster(request), changes, refused)
    return Status(204, None)


@router.get("/agent/keys", response=dict[str, list[str]])
def keys(request: HttpRequest) -> dict[str, list[str]]:
    """Show who may get in there now, and by which SSH keys."""
    return {person: list(lines) for person, lines in get(ClusterDesk).keys(cluster(request)).items()}


@router.post("/agent/queue", response={204: None})
def queued(request: HttpRequest) -> Status[None]:
    """Take in what waits and runs there: a record a line, and a count at the end."""
    get(ClusterDesk).queued(cluster(request), _records(request))
    return Status(204, None)


@router.get("/agent/read-until", response=Moment)
def read_until(request: HttpRequest) -> dict[str, Any]:
    """Tell up to which moment the cluster's books are in the ledger."""
    return {"moment": plain(get(ClusterDesk).read_until(cluster(request)))}


@router.post("/agent/ledger", response=Entries)
def take(request: HttpRequest, until: AwareDatetime) -> dict[str, int]:
    """Write what is new in the ledger, all of it or nothing: a record a line, and a count at the end."""
    return {"entries": get(ClusterDesk).take(cluster(request), _records(request), until=_utc(until))}


@router.post("/agent/comparison", response=dict[str, Any])
def compare(request: HttpRequest, since: AwareDatetime, until: AwareDatetime) -> dict[str, Any]:
    """Compare the ledger with books read anew: a record a line, and a count at the end."""
    found = get(ClusterDesk).compare(
        cluster(request), _records(request), since=_utc(since), until=_utc(until)
    )
    return dict(found)


@router.get("/agent/resting", response=list[str])
def resting(request: HttpRequest) -> list[str]:
    """List the keys of what failed and is not to be tried yet."""
    return sorted(get(ClusterDesk).resting(cluster(request)))


@router.post("/agent/failed", response={204: None})
def failed(request: HttpRequest, body: FailedStep) -> Status[None]:
    """Take in that a step could not be done."""
    get(ClusterDesk).failed(cluster(request), body.verb, body.error)
    return Status(204, None)


@router.post("/agent/worked", response={204: None})
def worked(request: HttpRequest, body: Step) -> Status[None]:
    """Take in that a step was done."""
    get(ClusterDesk).worked(cluster(request), body.verb)
    return Status(204, None)


@router.post("/agent/heard", response={204: None})
def heard(request: HttpRequest) -> Status[None]:
    """Take in how the agent and its cluster do."""
    get(ClusterDesk).heard(cluster(request), _read(request, wire.HEARD))
    return Status(204, None)


@router.get("/agent/objects/{path:key}")
def fetch(request: HttpRequest, key: str) -> StreamingHttpResponse:
    """Download an input of an attempt that is ordered there."""
    agents.require_input(cluster(request), key)
    try:
        return StreamingHttpResponse(get(ObjectStore).open(key), content_type="application/octet-stream")
    except (NoSuchObject, BadKey):
        raise NotFound("Nothing lies under that key.") from None


@router.put("/agent/objects/{path:key}", response=Brought)
def bring(request: HttpRequest, key: str) -> dict[str, Any]:
    """Bring a result of an attempt of that cluster. The same bytes twice are fine, others are refused."""
    agents.require_place(cluster(request), key)
    try:
        stored = get(ObjectStore).put(key, _body(request), limit=LARGEST)
    except (AlreadyThere, BadKey, TooLarge) as problem:
        raise CannotBeRead([FieldError("key", str(problem), "objects are written once")]) from problem
    return {"key": stored.key, "size": stored.size, "digest": stored.digest}


def _lines(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Cut chunks into lines: not every server reads lines well, one stops after the first."""
    rest = b""
    for chunk in chunks:
        *whole, rest = (rest + chunk).split(b"\n")
        yield from (line + b"\n" for line in whole)
    if rest:
        yield rest


def _body(request: HttpRequest) -> Iterable[bytes]:
    """Read the body while it comes. Raises `CannotBeRead` where it is shorter than was announced."""
    announced, read = int(request.headers.get("Content-Length") or 0), 0
    while chunk := request.read(CHUNK):
        read += len(chunk)
        yield chunk
    if read != announced:
        told = f"{announced} bytes were announced, and {read} came."
        raise CannotBeRead([FieldError("body", told, "Content-Length")])


def _utc(at: datetime) -> datetime:
    return at.astimezone(UTC)
