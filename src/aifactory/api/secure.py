"""Routes of the secure environment: code that goes in by review, results that come out by a check."""

from typing import Any

from django.http import HttpRequest, StreamingHttpResponse
from ninja import Field, Query, Router, Schema, Status

from aifactory.api.authentication import caller
from aifactory.api.paging import Paging, page
from aifactory.datasets.models import Agreement
from aifactory.people.rules import find
from aifactory.supercomputer.models import Attempt
from aifactory.supercomputer.secure import actions, queries
from aifactory.supercomputer.secure.models import CodeReview, OutputFile, Release
from aifactory.supercomputer.sending import sent
from aifactory.supercomputer.uploads.models import Upload

router = Router(tags=["supercomputer"])


class NewReview(Schema):
    """Files that were brought along, the agreement on the data that they are to run on, and what they do."""

    agreement: str
    upload: str
    explanation: str = Field(max_length=2_000)


class Decision(Schema):
    """Why."""

    reason: str = Field("", max_length=500)


class NewRelease(Schema):
    """The names of files that the run wrote, or `log.txt` for what it printed, and why they can leave."""

    paths: list[str] = Field(max_length=50)
    reason: str = Field(max_length=2_000)


class ReviewedFile(Schema):
    """A file under review; size in bytes."""

    path: str
    digest: str
    size: int


class ReviewFacts(Schema):
    """A review of code; `digest` is over the digests of all its files."""

    id: str
    agreement: str
    upload: str
    digest: str
    files: list[ReviewedFile]
    asked_by: str
    explanation: str
    state: str
    reason: str
    created_at: str
    decided_at: str | None


class ReviewPage(Schema):
    """A page of reviews."""

    items: list[ReviewFacts]
    next: str | None


class OutputFacts(Schema):
    """A file that somebody asks to take out. Size, digest and what the rules saw are null for who may not know them."""

    id: str
    path: str
    state: str
    reason: str
    decided_at: str | None
    size: int | None
    digest: str | None
    signs: list[dict[str, Any]] | None
    first_reason: str


class ReleaseFacts(Schema):
    """A request to take results out; so many `checkers` must look at each file."""

    id: str
    attempt: str
    job: str
    checkers: int
    asked_by: str
    reason: str
    created_at: str
    files: list[OutputFacts]


class ReleasePage(Schema):
    """A page of requests."""

    items: list[ReleaseFacts]
    next: str | None


@router.get("/code-reviews", response=ReviewPage)
def list_reviews(request: HttpRequest, paging: Query[Paging], agreement: str = "") -> dict[str, Any]:
    """List the reviews of code that you may see, newest first."""
    rows = queries.reviews(caller(request))
    return page(rows.filter(agreement=agreement) if agreement else rows, paging, queries.review_facts)


@router.post("/code-reviews", response={201: ReviewFacts})
def ask_review(request: HttpRequest, body: NewReview) -> Status[dict[str, Any]]:
    """Ask the holder of data to read files before they run on it."""
    user = caller(request)
    agreement, upload = find(Agreement, body.agreement, user), find(Upload, body.upload, user)
    made = actions.ask_review(agreement, upload, by=user, explanation=body.explanation)
    return Status(201, queries.review_facts(made))


@router.get("/code-reviews/{code_review_id}", response=ReviewFacts)
def review(request: HttpRequest, code_review_id: str) -> dict[str, Any]:
    """Show one review."""
    return queries.review_facts(find(CodeReview, code_review_id, caller(request)))


@router.get("/code-reviews/{code_review_id}/files/{path:path}")
def code(request: HttpRequest, code_review_id: str, path: str) -> StreamingHttpResponse:
    """Download a file under review (the holder's stewards)."""
    user = caller(request)
    return sent(actions.read_code(find(CodeReview, code_review_id, user), path, by=user))


@router.post("/code-reviews/{code_review_id}/{step}", response=ReviewFacts)
def decide_review(request: HttpRequest, code_review_id: str, step: str, body: Decision) -> dict[str, Any]:
    """`approve`, `refuse`, or `withdraw` an approval (the holder's stewards)."""
    user = caller(request)
    found = find(CodeReview, code_review_id, user)
    return queries.review_facts(actions.decide_review(found, step, by=user, reason=body.reason))


@router.get("/releases", response=ReleasePage)
def list_releases(request: HttpRequest, paging: Query[Paging]) -> dict[str, Any]:
    """List the requests to take results out that you may see, newest first."""
    user = caller(request)
    return page(queries.releases(user), paging, lambda one: queries.release_facts(one, user))


@router.post("/attempts/{attempt_id}/releases", response={201: ReleaseFacts})
def ask_release(request: HttpRequest, attempt_id: str, body: NewRelease) -> Status[dict[str, Any]]:
    """Ask to take out files that a run in the secure environment wrote."""
    user = caller(request)
    kept = queries.kept_of(find(Attempt, attempt_id, user))
    made = actions.ask_release(kept, body.paths, by=user, reason=body.reason)
    return Status(201, queries.release_facts(made, user))


@router.get("/releases/{release_id}", response=ReleaseFacts)
def release(request: HttpRequest, release_id: str) -> dict[str, Any]:
    """Show one request, each file with its decision; what the rules saw is for checkers."""
    user = caller(request)
    return queries.release_facts(find(Release, release_id, user), user)


@router.get("/output-files/{output_id}/content")
def content(request: HttpRequest, output_id: str) -> StreamingHttpResponse:
    """Download a file that waits for a check (checkers)."""
    user = caller(request)
    return sent(actions.look(find(OutputFile, output_id, user), by=user))


@router.post("/output-files/{output_id}/{step}", response=ReleaseFacts)
def decide(request: HttpRequest, output_id: str, step: str, body: Decision) -> dict[str, Any]:
    """`approve` as the first of two, `release` or `refuse` (checkers); `withdraw` (who asked)."""
    user = caller(request)
    file = find(OutputFile, output_id, user)
    done = actions.decide_file(file, step, by=user, reason=body.reason)
    return queries.release_facts(done.release, user)
