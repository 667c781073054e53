"""The budget of an attempt: held before it may start, billed by what it used, the rest given back."""

from datetime import timedelta

from django.utils.translation import gettext as _

from aifactory.awards import actions as awards
from aifactory.awards.models import AwardLine, Hold
from aifactory.kit import clock
from aifactory.kit.errors import Refused
from aifactory.kit.units import Resource
from aifactory.ports.identity import Actor
from aifactory.supercomputer.job_bill import partition_of
from aifactory.supercomputer.models import Attempt, Job
from aifactory.supercomputer.quote import Ask, quote


class NoAward(Refused):
    """The project was not awarded this resource."""


def needs(job: Job, wall_seconds: int = 0, engine: str = "") -> dict[Resource, int]:
    """Return the most that a job is billed of each resource in so much time (its own limit), in seconds.

    On an engine whose partition gives whole nodes, that is of whole nodes.
    """
    seconds = wall_seconds or job.wall_seconds
    partition = partition_of(engine) if engine else None
    found = quote(Ask(job.gpus, job.cores, job.memory_bytes, seconds, job.parts), partition)
    most = {Resource.CORE: found.cores * seconds, Resource.GPU: found.gpus * seconds}
    return {resource: amount for resource, amount in most.items() if amount}


def hold(attempt: Attempt, *, by: Actor) -> list[Hold]:
    """Set aside what the attempt can use at most. Raises `NoAward`, `AwardExpired` or `BudgetExceeded`."""
    return [
        awards.reserve(_line(attempt, resource), seconds, key=f"{attempt.name}:{resource}", by=by)
        for resource, seconds in needs(attempt.job, attempt.wall_seconds, attempt.engine).items()
    ]


def settle(attempt: Attempt, used: dict[str, int], *, by: Actor) -> None:
    """Bill each hold of the attempt by what was used (seconds by resource) and give the rest back."""
    for held in Hold.objects.filter(key__startswith=f"{attempt.name}:").select_related("line"):
        awards.draw(held.key, used.get(held.line.resource, 0), by=by)


def _line(attempt: Attempt, resource: Resource) -> AwardLine:
    job = attempt.job
    begin = clock.now() if attempt.continues_id else job.planned_start
    end = begin + timedelta(seconds=attempt.wall_seconds)
    lines = list(job.project.lines.filter(resource=resource).order_by("starts_at"))
    if not lines:
        words = {Resource.CORE: _("core time"), Resource.GPU: _("GPU time")}
        raise NoAward(
            _("This project was not awarded any %(resource)s.") % {"resource": words[resource]},
            rule="award:resource",
            next_step=_("Choose a recipe that needs none, or apply for it."),
        )
    line = next((line for line in lines if line.starts_at <= begin and end <= line.ends_at), lines[-1])
    if clock.now() < line.ends_at < end:
        raise awards.AwardExpired(
            _("The award ends on %(end)s (UTC), before this job would.")
            % {"end": f"{line.ends_at:%Y-%m-%d %H:%M}"},
            rule="award:period",
            next_step=_("Ask for a shorter time, an earlier deadline, or an extension of the award."),
        )
    return line
