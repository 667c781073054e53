"""Routes of what was used, and of what a job will be billed before it is submitted. Times in whole seconds."""

from decimal import Decimal
from typing import Annotated, Any, Literal

from django.http import HttpRequest, StreamingHttpResponse
from ninja import Field, Query, Router, Schema

from aifactory.api.authentication import caller
from aifactory.api.paging import Paging, page
from aifactory.awards.models import AwardLine, Project
from aifactory.people.rules import find
from aifactory.supercomputer import agents, job_bill, usage

router = Router(tags=["usage"])


class Amounts(Schema):
    """Jobs, and seconds of GPUs, cores and nodes as allocated."""

    jobs: int
    gpu_seconds: int
    core_seconds: int
    node_seconds: int


class Month(Amounts):
    """A month of the factory's time zone; `outside_gpu_seconds` fell into no award."""

    month: str
    outside_gpu_seconds: int


class Day(Schema):
    """A day of the factory's time zone; a job over midnight is in both."""

    day: str
    gpu_seconds: int
    core_seconds: int


class Line(Schema):
    """An award line in seconds: `used` as the ledger says, `billed` as drawn from the award."""

    id: str
    resource: str
    granted: int
    held: int
    billed: int
    used: int
    starts_at: str
    ends_at: str


class Books(Schema):
    """How far a cluster's books were read, and by how much they differ; None: never compared, 0: healthy."""

    cluster: str
    read_until: str
    compared_at: str | None
    difference_gpu_seconds: int | None
    difference_core_seconds: int | None


class UsageFacts(Schema):
    """What was used, `days` of the last sixty; `running` is provisional until the jobs end."""

    total: Amounts
    running: Amounts
    lines: list[Line]
    months: list[Month]
    days: list[Day]
    clusters: list[Books]


class Posting(Schema):
    """The part of a job in one month and award: `final`, `corrected`, or `taken_back` (with a minus)."""

    id: int
    kind: Literal["final", "corrected", "taken_back"]
    cluster: str
    job_id: str
    submitted_at: str
    revision: int
    name: str
    user: str
    partition: str
    state: str
    started_at: str | None
    ended_at: str | None
    attempt: str | None
    month: str
    gpu_line: str | None
    core_line: str | None
    jobs: int
    seconds: int
    gpu_seconds: int
    core_seconds: int
    node_seconds: int
    energy_joules: int | None


class PostingPage(Schema):
    """A page of postings, newest first."""

    items: list[Posting]
    next: str | None


class Whole(Schema):
    """How to write all of it."""

    format: Literal["csv", "json"] = "csv"


class Asked(Schema):
    """What a job asks for on each of its `parts` (nodes, or tasks); with a project, what is left of its awards too."""

    gpus: Annotated[int, Field(ge=0, le=100_000)] = 0
    cores: Annotated[int, Field(ge=0, le=1_000_000)] = 1
    memory_gb: Annotated[Decimal, Field(ge=0, le=1_000_000)] = Decimal(0)
    minutes: Annotated[Decimal, Field(gt=0, le=100_000)] = Decimal(60)
    parts: Annotated[int, Field(ge=1, le=10_000)] = 1
    partition: str = Field("", max_length=80)
    project: str = Field("", max_length=40)
    engine: str = Field("", max_length=40)


class JobBill(Schema):
    """The most that a job is billed here and, by the rules of other sites, elsewhere. `times` 1 is fair."""

    partition: str | None
    gpus: int
    cores: int
    gpu_hours: float
    core_hours: float
    node_hours: float | None
    gpu_seconds: int
    core_seconds: int
    times: float
    elsewhere: list[dict[str, Any]]
    words: list[dict[str, str]]
    left: dict[str, int] | None
    lacks: list[str]


@router.get("/projects/{project_id}/usage", response=UsageFacts)
def of_project(request: HttpRequest, project_id: str) -> dict[str, Any]:
    """Show what a project used, by award line, month and cluster; what runs now is provisional."""
    found, running = usage.project_of(caller(request), project_id)
    return usage.of_project(found) | {"running": running}


@router.get("/allocations/{line_id}/usage", response=UsageFacts)
def of_line(request: HttpRequest, line_id: str) -> dict[str, Any]:
    """Show what was used of one award line."""
    found, running = usage.line_of(caller(request), line_id)
    return usage.of_line(found) | {"running": running}


@router.get("/projects/{project_id}/usage/postings", response=PostingPage)
def project_postings(request: HttpRequest, project_id: str, paging: Query[Paging]) -> dict[str, Any]:
    """List every posting of a project: each job's part in each month, corrections as entries of their own."""
    return _page(find(Project, project_id, caller(request)), paging)


@router.get("/allocations/{line_id}/usage/postings", response=PostingPage)
def line_postings(request: HttpRequest, line_id: str, paging: Query[Paging]) -> dict[str, Any]:
    """List every posting of one award line."""
    return _page(find(AwardLine, line_id, caller(request)), paging)


@router.get("/projects/{project_id}/usage/download")
def download(request: HttpRequest, project_id: str, whole: Query[Whole]) -> StreamingHttpResponse:
    """Download all postings of a project, the oldest first."""
    found = find(Project, project_id, caller(request))
    content_type, rows = usage.written(found, whole.format)
    headers = {"Content-Disposition": f'attachment; filename="usage-{found.pk}.{whole.format}"'}
    return StreamingHttpResponse(rows, content_type=content_type, headers=headers)


@router.get("/job-bill", response=JobBill)
def bill(request: HttpRequest, asked: Query[Asked]) -> dict[str, Any]:
    """Say what a job will be billed at most, before it is submitted."""
    user = caller(request)
    project = find(Project, asked.project, user) if asked.project else None
    engine = agents.chosen(asked.engine)
    ask = job_bill.asked(**asked.dict(exclude={"partition", "project", "engine"}))
    return job_bill.price_facts(
        job_bill.price(ask, partition=asked.partition, project=project, engine=engine)
    )


def _page(thing: Project | AwardLine, paging: Paging) -> dict[str, Any]:
    rows = usage.postings(thing)
    found = page(usage.after(rows, paging.after), Paging(limit=paging.limit), usage.posting_facts)
    return found | {"next": str(found["next"]) if found["next"] else None}
