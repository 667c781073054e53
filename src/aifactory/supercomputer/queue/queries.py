"""A project's own jobs on a cluster, each explained, and the flags with which to submit another."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import models

from aifactory.audit.record import plain
from aifactory.awards.models import AwardLine, Project
from aifactory.kit import clock
from aifactory.kit.units import Resource
from aifactory.people.language import spoken
from aifactory.people.models import User
from aifactory.people.rules import visible
from aifactory.ports.cluster import Naming
from aifactory.ports.registry import get
from aifactory.supercomputer.diagnosis import of_own, standing_lines
from aifactory.supercomputer.queue.models import QueuedJob

#: after so long without news, what was waiting or running is shown as such no more
STALE_SECONDS = 300
_GOING_ON = ("PENDING", "RUNNING", "COMPLETING", "CONFIGURING", "SUSPENDED", "REQUEUED")


@dataclass(frozen=True)
class OwnWork:
    """How a person works on the cluster past the portal: where, as whom, with which flags of sbatch, and how much."""

    host: str
    user: str
    flags: tuple[str, ...]
    left: dict[str, int]

    @property
    def line(self) -> str:
        """A command that can be copied."""
        return " ".join(["sbatch", *self.flags, "job.sh"])


def own_work(project: Project, user: User) -> OwnWork | None:
    """Return it, or None where this factory has no cluster of that kind."""
    try:
        names = get(Naming)
    except LookupError:
        return None
    lines = standing_lines(project)
    account = names.account(project.pk)
    flags = [f"--account={account}", f"--qos={account}"]
    flags += [f"--partition={settings.SLURM_PARTITION}"] if settings.SLURM_PARTITION else []
    flags += ["--gres=gpu:1"] if Resource.GPU in lines and Resource.CORE not in lines else []
    left = {resource.value: line.left for resource, line in lines.items()}
    return OwnWork(settings.SSH_HOST, names.user(user.pk), (*flags, "--time=60"), left)


def own_jobs(project: Project) -> models.QuerySet[QueuedJob]:
    """Return the jobs that the project's people submitted themselves, the newest first."""
    return QueuedJob.objects.filter(project=project).order_by("-submitted_at", "-pk")


def own_job_facts(job: QueuedJob, lines: dict[Resource, AwardLine], owners: dict[str, str]) -> dict[str, Any]:
    """Return one job with the doctor's words in the reader's language; `owners` gives names of the cluster's users."""
    return {
        "job": job.job_id,
        "cluster": job.cluster,
        "user": job.user,
        "owner": owners.get(job.user, ""),
        "partition": job.partition,
        "state": job.state,
        "reason": job.reason,
        "submitted_at": plain(job.submitted_at),
        "cores": job.cores,
        "gpus": job.gpus,
        "wall_minutes": job.wall_minutes,
        "is_stale": job.state in _GOING_ON and (clock.now() - job.seen_at).total_seconds() > STALE_SECONDS,
        "doctor": of_own(job, lines).plain(spoken()),
    }


def owners(project: Project, viewer: Any) -> dict[str, str]:
    """Return the names of those people behind the cluster's users whom the viewer may know."""
    try:
        names = get(Naming)
    except LookupError:
        return {}
    people = visible(User, viewer).filter(project_memberships__project=project).distinct()
    return {names.user(user.pk): str(user) for user in people}
