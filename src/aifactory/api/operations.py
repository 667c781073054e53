"""Routes for those who run the clusters: how they do, what the agent could not do, what was changed past us."""

from typing import Any

from django.http import HttpRequest
from ninja import Query, Router, Schema

from aifactory.api.authentication import caller
from aifactory.api.paging import Paging, page
from aifactory.people.rules import find
from aifactory.supercomputer import health, verbs
from aifactory.supercomputer.models import FailedVerb

router = Router(tags=["operations"])


class Alarm(Schema):
    """What somebody should look at now: `level` is error or warning."""

    cluster: str
    level: str
    sentence: dict[str, str]


class ClusterFacts(Schema):
    """A cluster as its agent last told; ages in seconds, None for never."""

    cluster: str
    agent_version: str
    engine_version: str
    heard_at: str | None
    heard_seconds_ago: int | None
    answers: bool
    silence: str
    has_books: bool
    read_until: str
    lag_seconds: int
    compared_at: str | None
    compared_accounts: int
    difference_gpu_seconds: int | None
    difference_core_seconds: int | None
    differing: dict[str, dict[str, Any]]
    partitions: list[dict[str, Any]]


class Waiting(Schema):
    """So many verbs of one kind wait for an engine's agent."""

    engine: str
    verb: str
    waiting: int
    oldest: str


class VerbFacts(Schema):
    """Something that the agent could not do, its error, and when it is tried again."""

    id: str
    cluster: str
    verb: str
    subject: str
    command: list[str]
    error: str
    times: int
    state: str
    created_at: str
    last_at: str
    next_at: str


class VerbPage(Schema):
    """A page of failures."""

    items: list[VerbFacts]
    next: str | None


class DriftFacts(Schema):
    """What was changed past the portal: mended, or not ours."""

    id: str
    at: str
    cluster: str
    account: str
    sentence: str
    mended: bool


class DriftPage(Schema):
    """A page of drift."""

    items: list[DriftFacts]
    next: str | None


class Operations(Schema):
    """The whole picture."""

    alarms: list[Alarm]
    clusters: list[ClusterFacts]
    queue: list[Waiting]
    failed: list[VerbFacts]


@router.get("/operations", response=Operations)
def operations(request: HttpRequest) -> dict[str, Any]:
    """Show how the clusters do. For operators, the office and auditors."""
    shown = health.picture(caller(request))
    return shown | {
        "alarms": [alarm | {"sentence": alarm["sentence"].plain()} for alarm in shown["alarms"]],
        "failed": [verbs.verb_facts(verb) for verb in shown["failed"]],
    }


@router.get("/operations/verbs", response=VerbPage)
def failures(request: HttpRequest, paging: Query[Paging]) -> dict[str, Any]:
    """List what the agent could not do, newest first, cured ones too."""
    return page(verbs.failures(caller(request)), paging, verbs.verb_facts)


@router.post("/operations/verbs/{verb_id}/replay", response=VerbFacts)
def replay(request: HttpRequest, verb_id: str) -> dict[str, Any]:
    """Have the agent try again in its next turn instead of when its rest is over. Asking twice is asking once."""
    user = caller(request)
    return verbs.verb_facts(verbs.replay(find(FailedVerb, verb_id, user), by=user))


@router.get("/operations/drift", response=DriftPage)
def drift(request: HttpRequest, paging: Query[Paging]) -> dict[str, Any]:
    """List what was changed on clusters past the portal, newest first."""
    return page(health.drift(caller(request)), paging, health.drift_facts)
