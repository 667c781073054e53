"""Routes of large files that come in parts, of the manifest that they end up in, and of the keys that seal them."""

from collections.abc import Iterator
from typing import Any

from django.http import HttpRequest, JsonResponse
from ninja import Query, Router, Schema, Status

from aifactory.api.authentication import caller
from aifactory.api.datasets import OPEN, Reason
from aifactory.api.paging import Paging, page
from aifactory.datasets.intake import actions, queries
from aifactory.datasets.intake.models import SentFile
from aifactory.datasets.models import Dataset, DatasetVersion
from aifactory.datasets.queries import manifest_for
from aifactory.datasets.vault.actions import destroy_key
from aifactory.datasets.vault.queries import key_facts
from aifactory.people.rules import find

router = Router(tags=["datasets"])
CHUNK = 1 << 18


class Announcement(Schema):
    """A file that is going to be sent: its size in bytes, and its SHA-256 as `sha256:<hex>`."""

    name: str
    size: int
    digest: str
    media_type: str = ""


class SentFacts(Schema):
    """A file that is being sent; sizes in bytes."""

    id: str
    version: str
    path: str
    size: int
    digest: str
    state: str
    reason: str
    begun_at: str
    part_size: int
    parts: int


class PartFacts(Schema):
    """A part that arrived, as it is stored; `tag` is the MD5 of those bytes, in most stores."""

    number: int
    size: int
    tag: str


class Seal(Schema):
    """How the sender seals parts: STREAM over AES-256-GCM under this key (base64), in segments of so many bytes."""

    key: str
    segment: int


class SendingFacts(SentFacts):
    """A file that is being sent, with its parts; `seal` is null where parts go as they are."""

    arrived: list[PartFacts]
    seal: Seal | None


class SentPage(Schema):
    """A page of files that are being sent, or were not taken in."""

    items: list[SentFacts]
    next: str | None


class Address(Schema):
    """Where a part goes with HTTP PUT, for an hour; null: to `/sent-files/{sent_id}/parts/{number}` of this API."""

    address: str | None


class KeyFacts(Schema):
    """What became of a dataset's key; the key itself is nowhere to be had."""

    id: str
    dataset: str
    state: str
    made_at: str
    destroyed_at: str | None
    reason: str


@router.get("/dataset-versions/{version_id}/manifest", auth=OPEN)
def manifest(request: HttpRequest, version_id: str) -> JsonResponse:
    """List the files with all their digests: what `aifactory datasets verify` checks a folder against."""
    return JsonResponse(manifest_for(find(DatasetVersion, version_id, request.user), request.user))


@router.get("/dataset-versions/{version_id}/sent-files", response=SentPage)
def sent_files(request: HttpRequest, version_id: str, paging: Query[Paging]) -> dict[str, Any]:
    """List what is being sent to a version, and what was not taken in, newest first."""
    user = caller(request)
    found = find(DatasetVersion, version_id, user)
    return page(queries.underway(found, user), paging, queries.sent_facts)


@router.post("/dataset-versions/{version_id}/sent-files", response={201: SendingFacts})
def announce(request: HttpRequest, version_id: str, body: Announcement) -> Status[dict[str, Any]]:
    """Begin to send a file in parts; announced again, the same file goes on where it stopped."""
    user = caller(request)
    sent = actions.begin(find(DatasetVersion, version_id, user), by=user, **body.dict())
    return Status(201, queries.sending_facts(sent, user))


@router.get("/sent-files/{sent_id}", response=SendingFacts)
def sent_file(request: HttpRequest, sent_id: str) -> dict[str, Any]:
    """Show one, with the parts that arrived."""
    user = caller(request)
    return queries.sending_facts(find(SentFile, sent_id, user), user)


@router.post("/sent-files/{sent_id}/parts/{number}/address", response=Address)
def address(request: HttpRequest, sent_id: str, number: int) -> dict[str, Any]:
    """Ask where a part goes."""
    user = caller(request)
    return {"address": actions.part_address(find(SentFile, sent_id, user), number, by=user)}


@router.put("/sent-files/{sent_id}/parts/{number}", response=PartFacts)
def put_part(request: HttpRequest, sent_id: str, number: int) -> dict[str, Any]:
    """Send a part to the factory itself, as the plain body of the request. Sent again, it replaces the one before."""
    user = caller(request)
    part = actions.put_part(find(SentFile, sent_id, user), number, _body(request), by=user)
    return {"number": part.number, "size": part.size, "tag": part.tag}


@router.post("/sent-files/{sent_id}/finish", response=SendingFacts)
def finish(request: HttpRequest, sent_id: str) -> dict[str, Any]:
    """Say that all parts were sent. The whole file is then checked; read it again until it is `kept` or `refused`."""
    user = caller(request)
    return queries.sending_facts(actions.finish(find(SentFile, sent_id, user), by=user), user)


@router.post("/sent-files/{sent_id}/give-up", response=SentFacts)
def give_up(request: HttpRequest, sent_id: str) -> dict[str, Any]:
    """Forget a file that is being sent."""
    user = caller(request)
    return queries.sent_facts(actions.give_up(find(SentFile, sent_id, user), by=user))


@router.get("/datasets/{dataset_id}/key", response=KeyFacts)
def key(request: HttpRequest, dataset_id: str) -> dict[str, Any]:
    """Show what became of the key that seals a dataset."""
    user = caller(request)
    return key_facts(find(Dataset, dataset_id, user), user)


@router.post("/datasets/{dataset_id}/destroy-key", response=KeyFacts)
def destroy(request: HttpRequest, dataset_id: str, body: Reason) -> dict[str, Any]:
    """Make the bytes of a withdrawn dataset unreadable, for good."""
    user = caller(request)
    found = find(Dataset, dataset_id, user)
    destroy_key(found, by=user, reason=body.reason)
    return key_facts(found, user)


def _body(request: HttpRequest) -> Iterator[bytes]:
    """Read the body as it comes: no more of it than a chunk is in memory."""
    while chunk := request.read(CHUNK):
        yield chunk
