"""Routes of recipes and jobs."""

from datetime import datetime
from typing import Annotated, Any

from django.http import HttpRequest, StreamingHttpResponse
from ninja import Field, Query, Router, Schema, Status

from aifactory.api.authentication import caller
from aifactory.api.paging import Paging, page
from aifactory.awards.models import Project
from aifactory.people.rules import find
from aifactory.registry.queries import made_by
from aifactory.supercomputer import actions, agents, queries, recipes
from aifactory.supercomputer.models import Attempt, Job
from aifactory.supercomputer.sending import sent

router = Router(tags=["supercomputer"])


class JobWish(Schema):
    """A job to plan. `inputs` maps each role of the recipe to the id of a dataset version, of a finished attempt, of a
    registered model's version, or of files that were brought along.

    Cores, GPUs and memory are of each node and each task. Time in seconds, memory in bytes; what is left out comes
    from the recipe. The same `request_key` twice is one job. `engine` is a cluster; without one, the factory's own.
    """

    project: str
    recipe: str
    inputs: dict[str, str] = {}
    parameters: dict[str, Any] = {}
    title: str = Field("", max_length=200)
    deadline: datetime | None = None
    cores: int | None = Field(None, ge=1, le=512)
    gpus: int = Field(0, ge=0, le=64)
    nodes: int = Field(1, ge=1, le=1000)
    tasks: int = Field(1, ge=1, le=1000)
    memory_bytes: int | None = Field(None, ge=0, le=10**13)
    wall_seconds: int | None = Field(None, ge=1, le=10**9)
    request_key: str | None = Field(None, max_length=80)
    engine: str = Field("", max_length=40)


class JobFacts(Schema):
    """A job as it stands. `secure`: the agreements that keep its results and prints in the secure environment."""

    id: str
    project: str
    title: str
    recipe: str
    recipe_version: str
    parameters: dict[str, Any]
    inputs: list[dict[str, Any]]
    cores: int
    gpus: int
    nodes: int
    tasks: int
    memory_bytes: int
    wall_seconds: int
    deadline: str
    planned_start: str
    plan: dict[str, Any]
    state: str
    reason: str
    secure: list[str]


class JobWithAttempts(JobFacts):
    """A job with every attempt to run it."""

    attempts: list[dict[str, Any]]


class JobPage(Schema):
    """A page of jobs."""

    items: list[JobFacts]
    next: str | None


class RecipeFacts(Schema):
    """What a recipe does and needs."""

    id: str
    version: str
    title: dict[str, str]
    summary: dict[str, str]
    digest: str
    idempotent: bool
    checkpoints: bool
    interactive: bool
    needs: list[str]
    inputs: dict[str, Any]
    parameters: dict[str, Any]
    resources: dict[str, int]


class LogPiece(Schema):
    """What was printed, how many characters that makes in all, and whether there can be more."""

    log: str
    end: int
    ended: bool


class Reason(Schema):
    """Why."""

    reason: str = Field("", max_length=400)


@router.get("/recipes", response=list[RecipeFacts], auth=None)
def list_recipes(request: HttpRequest) -> list[dict[str, Any]]:  # noqa: ARG001
    """List what can be run."""
    return [recipe.facts() for recipe in recipes.available().values()]


@router.get("/jobs", response=JobPage)
def list_jobs(request: HttpRequest, paging: Query[Paging], project: str = "") -> dict[str, Any]:
    """List the jobs you may see, newest first."""
    rows = queries.jobs(caller(request))
    return page(rows.filter(project=project) if project else rows, paging, queries.job_facts)


@router.post("/jobs", response={201: JobFacts})
def submit(request: HttpRequest, body: JobWish) -> Status[dict[str, Any]]:
    """Plan a job at the greenest hour before its deadline and set its budget aside."""
    user = caller(request)
    wish = body.dict()
    project = find(Project, wish.pop("project"), user, related="organisation")
    wish["engine"] = agents.chosen(wish["engine"])
    wish["inputs"] = {role: made_by(thing, user) for role, thing in wish["inputs"].items()}
    return Status(201, queries.job_facts(actions.submit(project, by=user, **wish)))


@router.get("/jobs/{job_id}", response=JobWithAttempts)
def show(request: HttpRequest, job_id: str) -> dict[str, Any]:
    """Show one job, its attempts, their results and what they used."""
    job = find(Job, job_id, caller(request))
    attempts = job.attempts.select_related("usage").order_by("number")
    return queries.job_facts(job) | {"attempts": [queries.attempt_facts(attempt) for attempt in attempts]}


@router.post("/jobs/{job_id}/start", response=JobFacts)
def start(request: HttpRequest, job_id: str) -> dict[str, Any]:
    """Start a planned job now instead of at its green hour."""
    user = caller(request)
    return queries.job_facts(actions.start(find(Job, job_id, user), by=user))


@router.post("/jobs/{job_id}/cancel", response=JobFacts)
def cancel(request: HttpRequest, job_id: str, body: Reason) -> dict[str, Any]:
    """Cancel a job; what it used until then is billed."""
    user = caller(request)
    return queries.job_facts(actions.cancel(find(Job, job_id, user), by=user, reason=body.reason))


@router.post("/jobs/{job_id}/retry", response=JobFacts)
def retry(request: HttpRequest, job_id: str) -> dict[str, Any]:
    """Run a job again that failed, or whose end nobody knows."""
    user = caller(request)
    return queries.job_facts(actions.retry(find(Job, job_id, user), by=user))


@router.get("/attempts/{attempt_id}/log", response=LogPiece)
def log(
    request: HttpRequest, attempt_id: str, after: Annotated[int, Query(ge=0, le=2**53)] = 0
) -> dict[str, Any]:
    """Show what an attempt printed from character `after` on; of a long log only the last 64,000 are kept."""
    user = caller(request)
    return queries.log_after(find(Attempt, attempt_id, user), after, by=user)


@router.get("/attempts/{attempt_id}/outputs/{path:path}")
def output(request: HttpRequest, attempt_id: str, path: str) -> StreamingHttpResponse:
    """Download one result."""
    user = caller(request)
    file = queries.result(find(Attempt, attempt_id, user), path, by=user)
    return sent(file)
