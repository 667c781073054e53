"""What is known of inspections that were ordered for a version."""

from dataclasses import dataclass

from aifactory.datasets.models import DatasetVersion
from aifactory.people.rules import Viewer, visible
from aifactory.supercomputer.inspections import RECIPE
from aifactory.supercomputer.inspections.actions import OUTCOME
from aifactory.supercomputer.lifecycle import ACTIVE_JOB
from aifactory.supercomputer.models import Job


@dataclass(frozen=True)
class Ordered:
    """The inspection that was ordered last: its job, whether the cluster is at it, and why its report was not kept."""

    job: Job
    is_underway: bool
    problem: str


def last_ordered(version: DatasetVersion, viewer: Viewer) -> Ordered | None:
    """Return the last inspection of a version's present files that was ordered, where the viewer sees its job."""
    jobs = visible(Job, viewer).filter(recipe=RECIPE).order_by("-pk").prefetch_related("attempts")
    job = next(
        (job for job in jobs.filter(inputs__0__dataset_version=version.pk)[:20] if _is_about(job, version)),
        None,
    )
    if job is None:
        return None
    outcome = next((str(a.facts[OUTCOME]) for a in job.attempts.all() if OUTCOME in a.facts), "")
    waits = job.state == "succeeded" and not outcome
    return Ordered(
        job,
        is_underway=waits or job.state in ACTIVE_JOB,
        problem=job.reason if job.state == "failed" else "" if outcome.startswith("sha256:") else outcome,
    )


def _is_about(job: Job, version: DatasetVersion) -> bool:
    return any(one.get("version_digest") == version.digest for one in job.inputs)
