"""Reads of jobs that all faces share."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db import models
from django.utils.translation import gettext as _

from aifactory.audit.record import plain
from aifactory.awards.models import Project
from aifactory.datasets.models import Agreement, DatasetVersion
from aifactory.kit import clock
from aifactory.kit.errors import NotAllowed, NotFound
from aifactory.people.models import User
from aifactory.people.rules import visible
from aifactory.ports.object_store import NoSuchObject, ObjectStore
from aifactory.ports.registry import get
from aifactory.supercomputer.lifecycle import OPEN_ATTEMPT
from aifactory.supercomputer.models import Attempt, Job, Usage
from aifactory.supercomputer.permissions import Permission
from aifactory.supercomputer.secure import walls


def jobs(viewer: Any) -> models.QuerySet[Job]:
    """Return the jobs the viewer sees, with their project."""
    return visible(Job, viewer).select_related("project")


def data_for(project: Project) -> models.QuerySet[DatasetVersion]:
    """Return the dataset versions for which the project has an agreement in force now."""
    held = Agreement.objects.filter(project=project.pk, state="in_force", valid_until__gt=clock.now())
    return (
        DatasetVersion.objects.filter(pk__in=held.values("version")).select_related("dataset").order_by("pk")
    )


def last_attempt(job: Job) -> Attempt | None:
    """Return the newest attempt of a job, with its usage."""
    return job.attempts.select_related("usage").order_by("-number").first()


@dataclass(frozen=True)
class Result:
    """One file that a job wrote, ready to be sent: its name, size in bytes, and content."""

    name: str
    size: int
    chunks: Iterator[bytes]


def require_reader(attempt: Attempt, by: User) -> None:
    """Raise `NotAllowed` unless the person may open what the job wrote or printed."""
    if not by.may(Permission.READ, attempt.job):
        raise NotAllowed(
            _("Results and logs are for the people who work on the project: they may hold its data."),
            rule=Permission.READ,
            next_step=_("Ask the leader of the project."),
        )


def require_log_reader(attempt: Attempt, by: User) -> None:
    """Raise `NotAllowed`, or `IsWithheld` where nobody of the project sees what the job printed."""
    require_reader(attempt, by)
    if attempt.job.secure:
        raise walls.is_withheld()


def result(attempt: Attempt, path: str, *, by: User) -> Result:
    """Return one result of an attempt. Raises `NotFound`, `NotAllowed`, `IsWithheld`."""
    require_reader(attempt, by)
    file = next((file for file in attempt.outputs if file["path"] == path), None)
    if file is None and attempt.job.secure:
        raise walls.is_withheld()
    if file is None:
        raise NotFound(_("This run has no such result."))
    try:
        if attempt.job.secure and get(ObjectStore).stat(file["key"]).digest != file["digest"]:
            raise walls.is_withheld()  # what people released is bound to its digest
        chunks = get(ObjectStore).open(file["key"])
    except NoSuchObject:
        raise NotFound(
            _("This result is no longer kept."),
            next_step=_("Look at the data of the project for when it was deleted."),
        ) from None
    return Result(path.rsplit("/", 1)[-1], file["size"], chunks)


def log_after(attempt: Attempt, after: int, *, by: User) -> dict[str, Any]:
    """Return what an attempt printed from character `after` on, as far as it is kept.

    Raises `NotAllowed`, `IsWithheld`.
    """
    require_log_reader(attempt, by)
    begin = attempt.log_end - len(attempt.log)
    return {
        "log": attempt.log[max(0, after - begin) :],
        "end": attempt.log_end,
        "ended": attempt.state not in (*OPEN_ATTEMPT, "lost"),
    }


def job_facts(job: Job) -> dict[str, Any]:
    """Return one job as the API shows it; time in seconds, memory in bytes, carbon in gCO2eq."""
    return {
        "id": job.pk,
        "project": job.project_id,
        "title": job.title,
        "recipe": job.recipe,
        "recipe_version": job.recipe_version,
        "parameters": job.parameters,
        "inputs": [{key: given[key] for key in given if key != "files"} for given in job.inputs],
        "cores": job.cores,
        "gpus": job.gpus,
        "nodes": job.nodes,
        "tasks": job.tasks,
        "memory_bytes": job.memory_bytes,
        "wall_seconds": job.wall_seconds,
        "deadline": plain(job.deadline),
        "planned_start": plain(job.planned_start),
        "plan": job.plan,
        "state": job.state,
        "reason": job.reason,
        "secure": job.secure,
    }


def attempt_facts(attempt: Attempt) -> dict[str, Any]:
    """Return one attempt with its results and usage as the API shows it."""
    used: Usage | None = getattr(attempt, "usage", None)
    return {
        "id": attempt.pk,
        "name": attempt.name,
        "engine": attempt.engine,
        "continues": attempt.continues_id,
        "wall_seconds": attempt.wall_seconds,
        "simulated": attempt.simulated,
        "state": attempt.state,
        "started_at": plain(attempt.started_at),
        "ended_at": plain(attempt.ended_at),
        "exit_code": attempt.exit_code,
        "reason": attempt.reason,
        "progress": attempt.progress,
        "outputs": attempt.outputs,
        "usage": usage_facts(used) if used else None,
    }


def usage_facts(used: Usage) -> dict[str, Any]:
    """Return what an attempt used; energy and carbon with bounds, method and signal, None for "no reading"."""
    fields = (
        "gpu_seconds", "core_seconds", "wall_seconds", "cpu_seconds", "peak_memory_bytes", "kwh", "kwh_low", "kwh_high",
        "method", "grams", "grams_low", "grams_high", "signal", "simulated",
    )  # fmt: skip
    return {name: getattr(used, name) for name in fields}
