"""The doctor at a job's bed: what is known of it, put into the words of `doctor`."""

from typing import Any

from aifactory.awards.models import AwardLine, Project
from aifactory.kit import clock
from aifactory.kit.units import Resource, human
from aifactory.supercomputer import budget
from aifactory.supercomputer.doctor import Finding, diagnose
from aifactory.supercomputer.models import Attempt, Job
from aifactory.supercomputer.queue.models import QueuedJob

MEGABYTE = 1_000_000


def standing_lines(project: Project) -> dict[Resource, AwardLine]:
    """Return the project's awards of computing time that run now, by resource; of two the one that ends last."""
    now = clock.now()
    rows = project.lines.filter(
        resource__in=[Resource.GPU, Resource.CORE], starts_at__lte=now, ends_at__gt=now
    ).order_by("ends_at")
    return {Resource(line.resource): line for line in rows}


def of_job(job: Job, last: Attempt | None) -> Finding:
    """Explain where a job of the portal stands: by the engine's word where it gave one, else by its own state."""
    asked = {resource: seconds // job.wall_seconds for resource, seconds in budget.needs(job).items()}
    cores, gpus = asked.get(Resource.CORE, 0), asked.get(Resource.GPU, 0)
    figures = _asked(cores, gpus, job.wall_seconds, job.memory_bytes) | _left(
        gpus, standing_lines(job.project)
    )
    figures["start"] = f"{job.planned_start:%Y-%m-%d %H:%M} UTC"
    if job.state == "planned" or last is None:
        return diagnose("job_planned", **figures)
    said = [f"attempt_{last.state}"]
    if last.state == "ordered" and last.waits:
        said = [last.waits]
    elif last.state == "failed":
        said = [*_status(last.exit_code, 0), last.reason, *said]
    return diagnose(" ".join(said), **figures)


def of_own(job: QueuedJob, lines: dict[Resource, AwardLine]) -> Finding:
    """Explain a job that somebody submitted past the portal: why it waits, or how it ended."""
    seconds = None if job.wall_minutes is None else job.wall_minutes * 60
    figures = _asked(job.cores, job.gpus, seconds, job.memory_bytes) | _left(job.gpus, lines)
    figures["partition"] = job.partition or None
    # Slurm's words first: a job that it refused has a status that no program gave.
    has_run = job.reason in {"NonZeroExitCode", "RaisedSignal", "None", ""} and job.state == "FAILED"
    said = [job.reason if job.state == "PENDING" else job.state]
    said += _status(job.exit_code, job.signal) if has_run else [job.reason]
    return diagnose(" ".join(filter(None, said)), **figures)


def _status(code: int | None, signal: int) -> list[str]:
    """Say an exit as the rules read it; a program that a signal ended in its shell has 128 + the signal as code."""
    if signal:
        return [f"signal {signal}"]
    return [f"exit code {code}"] if code else []


def _asked(cores: int, gpus: int, seconds: int | None, memory_bytes: int | None) -> dict[str, Any]:
    known: dict[str, Any] = {"cores": cores, "gpus": gpus}
    if memory_bytes:
        known["memory"] = f"{memory_bytes / MEGABYTE:,.0f} MB"
    if seconds:
        known["limit"] = f"{seconds / 60:g}"
        known["asked"] = human(Resource.GPU, gpus * seconds) if gpus else None
        known["asked_cores"] = human(Resource.CORE, cores * seconds)
    return known


def _left(gpus: int, lines: dict[Resource, AwardLine]) -> dict[str, Any]:
    known: dict[str, Any] = {}
    if gpu_line := lines.get(Resource.GPU):
        known["left"] = human(Resource.GPU, gpu_line.left)
        # Slurm counts whole minutes, and so does its --time.
        known["minutes"] = gpu_line.left // 60 // gpus if gpus else None
    if core_line := lines.get(Resource.CORE):
        known["left_cores"] = human(Resource.CORE, core_line.left)
    if lines:
        known["ends"] = f"{max(line.ends_at for line in lines.values()):%Y-%m-%d %H:%M} UTC"
    return known
