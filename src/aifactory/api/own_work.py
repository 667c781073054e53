"""Routes of working on the cluster oneself: the doctor, the flags of sbatch, one's own jobs, people and their keys."""

from typing import Any

from django.http import HttpRequest
from ninja import Field, Query, Router, Schema, Status

from aifactory.api.authentication import caller
from aifactory.api.paging import Paging
from aifactory.audit.record import plain
from aifactory.awards.actions import add_member, remove_member
from aifactory.awards.models import Project, ProjectMember
from aifactory.awards.permissions import Permission
from aifactory.people.language import spoken
from aifactory.people.queries import person_of
from aifactory.people.rules import find, not_here, require
from aifactory.people.ssh import actions as ssh
from aifactory.people.ssh.models import SshKey
from aifactory.supercomputer.diagnosis import of_job, standing_lines
from aifactory.supercomputer.doctor import diagnose
from aifactory.supercomputer.models import Job
from aifactory.supercomputer.queries import last_attempt
from aifactory.supercomputer.queue import queries

router = Router(tags=["supercomputer"])


class Words(Schema):
    """What Slurm or a program said."""

    said: str = Field(max_length=2000)


class Found(Schema):
    """What the doctor says, in your language. `kind`: waits, refused, ended, well or unknown."""

    rule: str
    kind: str
    said: str
    means: str
    figures: str
    do: str


class OwnJob(Schema):
    """A job that somebody submitted past the portal, as the cluster's queue last showed it."""

    job: str
    cluster: str
    user: str
    owner: str
    partition: str
    state: str
    reason: str
    submitted_at: str
    cores: int
    gpus: int
    wall_minutes: int | None
    is_stale: bool
    doctor: Found


class OwnWork(Schema):
    """Where and as whom you work on the cluster, the flags of sbatch, what is left in seconds, and the newest jobs."""

    host: str
    user: str
    flags: list[str]
    left: dict[str, int]
    jobs: list[OwnJob]


class Member(Schema):
    """Somebody who works on a project."""

    id: str
    user: str
    name: str


class Email(Schema):
    """Who."""

    email: str = Field(max_length=254)


class NewKey(Schema):
    """One line as in a .pub file, and a name for it."""

    key: str = Field(max_length=10_000)
    label: str = Field("", max_length=80)


class Key(Schema):
    """One of your SSH keys."""

    id: str
    label: str
    kind: str
    fingerprint: str
    created_at: str


@router.get("/doctor", response=Found, auth=None)
def doctor(request: HttpRequest, words: Query[Words]) -> dict[str, str]:  # noqa: ARG001
    """Explain a reason, a state or a message of Slurm's."""
    return diagnose(words.said).plain(spoken())


@router.get("/jobs/{job_id}/doctor", response=Found)
def job_doctor(request: HttpRequest, job_id: str) -> dict[str, str]:
    """Explain why a job waits, or how it ended, with its own figures and the next step."""
    job = find(Job, job_id, caller(request), related="project")
    return of_job(job, last_attempt(job)).plain(spoken())


@router.get("/projects/{project_id}/own-work", response=OwnWork)
def own_work(request: HttpRequest, project_id: str, paging: Query[Paging]) -> dict[str, Any]:
    """Show how to work on the cluster yourself, and the project's own jobs there, the newest first, each explained."""
    user = caller(request)
    project = find(Project, project_id, user)
    found, lines = queries.own_work(project, user), standing_lines(project)
    names = queries.owners(project, user)
    jobs = [queries.own_job_facts(job, lines, names) for job in queries.own_jobs(project)[: paging.limit]]
    if found is None:
        return {"host": "", "user": "", "flags": [], "left": {}, "jobs": jobs}
    return {"host": found.host, "user": found.user, "flags": found.flags, "left": found.left, "jobs": jobs}


@router.get("/projects/{project_id}/members", response=list[Member])
def members(request: HttpRequest, project_id: str) -> list[dict[str, Any]]:
    """List who works on a project."""
    project = find(Project, project_id, caller(request))
    return [_member(one) for one in project.members.filter(until=None).select_related("user").order_by("pk")]


@router.post("/projects/{project_id}/members", response={201: Member})
def join(request: HttpRequest, project_id: str, body: Email) -> Status[dict[str, Any]]:
    """Let somebody with an account work on the project (its leader or the office)."""
    user = caller(request)
    project = find(Project, project_id, user)
    require(user, Permission.MANAGE, project)
    return Status(201, _member(add_member(project, person_of(body.email), by=user)))


@router.post("/projects/{project_id}/members/{member_id}/remove", response=Member)
def leave(request: HttpRequest, project_id: str, member_id: str) -> dict[str, Any]:
    """Let somebody work on the project no more: their keys no longer open the cluster for it."""
    user = caller(request)
    project = find(Project, project_id, user)
    member = project.members.filter(pk=member_id).first()
    if member is None:
        raise not_here()
    return _member(remove_member(member, by=user))


def _member(member: ProjectMember) -> dict[str, Any]:
    return {"id": member.pk, "user": member.user_id, "name": str(member.user)}


@router.get("/ssh-keys", response=list[Key])
def keys(request: HttpRequest) -> list[dict[str, Any]]:
    """List your SSH keys."""
    return [_key(key) for key in caller(request).ssh_keys.filter(removed_at=None).order_by("pk")]


@router.post("/ssh-keys", response={201: Key})
def add_key(request: HttpRequest, body: NewKey) -> Status[dict[str, Any]]:
    """Add a public key: it lets you into the cluster while you work on a project whose award runs."""
    return Status(201, _key(ssh.add_key(caller(request), body.key, label=body.label)))


@router.post("/ssh-keys/{key_id}/remove", response=Key)
def remove_key(request: HttpRequest, key_id: str) -> dict[str, Any]:
    """Remove a key; whoever has its other half gets in no more."""
    user = caller(request)
    return _key(ssh.remove_key(find(SshKey, key_id, user), by=user))


def _key(key: SshKey) -> dict[str, Any]:
    return {
        "id": key.pk, "label": key.label, "kind": key.kind, "fingerprint": key.fingerprint,
        "created_at": plain(key.created_at),
    }  # fmt: skip
