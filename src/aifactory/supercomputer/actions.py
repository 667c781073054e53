"""What can be done to jobs. A job is planned, started when its hour comes, run by an engine, and billed once."""

from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from aifactory.audit.actions import ChangedMeanwhile, enter, fire
from aifactory.awards.models import Project
from aifactory.kit import clock
from aifactory.kit.errors import FieldError, Invalid, NotAllowed, Refused
from aifactory.people.terms import standing
from aifactory.ports import registry
from aifactory.ports.carbon import CarbonSignal, NoSignal
from aifactory.ports.identity import Actor
from aifactory.supercomputer import budget, gate, planner, recipes
from aifactory.supercomputer.lifecycle import OPEN_ATTEMPT
from aifactory.supercomputer.models import Attempt, Job
from aifactory.supercomputer.notebooks.actions import require_possible
from aifactory.supercomputer.notebooks.terms import refuse_unseen
from aifactory.supercomputer.permissions import Permission
from aifactory.supercomputer.rules import DESK, SCHEDULER
from aifactory.supercomputer.secure import walls

LONGEST_WALL = 24 * 3600
LONGEST_CHAIN = 30 * LONGEST_WALL


class ProjectIsClosed(Refused):
    """A project that is not active runs nothing."""


class NotIdempotent(Refused):
    """The recipe does not say that it may run twice."""


def submit(
    project: Project,
    *,
    by: Actor,
    recipe: str,
    inputs: dict[str, str],
    parameters: dict[str, Any] | None = None,
    title: str = "",
    deadline: datetime | None = None,
    cores: int | None = None,
    gpus: int = 0,
    memory_bytes: int | None = None,
    wall_seconds: int | None = None,
    nodes: int = 1,
    tasks: int = 1,
    engine: str = "",
    request_key: str | None = None,
) -> Job:
    """Plan a job at the greenest hour before its deadline and set its budget aside.

    It runs on `engine`, by default the factory's own; on several nodes at once, or as an array of tasks, where the
    recipe can. What takes longer than one attempt may last goes on from its checkpoints in the next ones. The same
    `request_key` again returns the same job. Raises `Invalid`, `ProjectIsClosed`, `IsSuspended`, `TermsNotAccepted`,
    `NoValidAgreement`, what `secure.walls.keep_to` raises, `NoAward`, `AwardExpired` or `BudgetExceeded`; nothing is
    written then.
    """
    if not by.may(Permission.SUBMIT, project):
        raise NotAllowed(_("Only people of the project run its jobs."), rule=Permission.SUBMIT)
    if request_key and (known := _requested(project, request_key)):
        return known
    if project.state != "active":
        raise ProjectIsClosed(
            _("This project is not active."), next_step=_("Ask the factory office to reopen it.")
        )
    standing.require(project.organisation, things=[project.thing, f"people.user:{by.id}"])
    chosen = recipes.find(recipe)
    now = clock.now()
    job = Job(
        project=project,
        submitted_by_id=by.id,
        title=title or chosen.title["en"],
        recipe=chosen.id,
        recipe_version=chosen.version,
        recipe_digest=chosen.digest,
        parameters=chosen.checked(parameters or {}),
        cores=cores or chosen.resources.cores,
        gpus=gpus,
        memory_bytes=memory_bytes or chosen.resources.memory_bytes,
        wall_seconds=wall_seconds or chosen.resources.wall_seconds,
        nodes=nodes,
        tasks=tasks,
        deadline=deadline or now + timedelta(days=1),
        planned_start=now,
        request_key=request_key,
    )
    _check_limits(job, chosen, now)
    if chosen.interactive:
        require_possible(engine or settings.FACTORY_ENGINE)
    job.inputs = gate.choose_inputs(job, chosen, inputs)
    if chosen.interactive:
        refuse_unseen(job)
    _plan(job, chosen, now)
    try:
        with transaction.atomic():
            enter(job, "job:submit", by=by, data={"project": project.pk}, keep=("project",))
            order(job, engine=engine or settings.FACTORY_ENGINE, seconds_left=job.wall_seconds, number=1)
    except IntegrityError:
        if request_key and (known := _requested(project, request_key)):
            return known  # the same request came twice at once, and the other was first
        raise
    return job


def _requested(project: Project, request_key: str) -> Job | None:
    return Job.objects.filter(project=project, request_key=request_key).first()


def _check_limits(job: Job, recipe: recipes.Recipe, now: datetime) -> None:
    errors = _check_parts(job, recipe.resources)
    if not 1 <= job.cores <= 512:
        errors.append(FieldError("cores", _("Ask for 1 to 512 cores."), "1 ≤ cores ≤ 512"))
    longest = LONGEST_CHAIN if recipe.checkpoints else LONGEST_WALL
    if not 1 <= job.wall_seconds <= longest:
        told = _("This recipe runs for at most %(hours)s hours.") % {"hours": longest // 3600}
        errors.append(FieldError("wall_seconds", told, f"1 s ≤ time ≤ {longest // 3600} h"))
    if job.memory_bytes < 64_000_000:
        errors.append(FieldError("memory_bytes", _("Ask for at least 64 MB of memory."), "memory ≥ 64 MB"))
    if job.deadline < now + timedelta(seconds=job.wall_seconds):
        errors.append(
            FieldError(
                "deadline",
                _("The job can't be ready by then, even if it starts now."),
                "deadline ≥ now + time",
            )
        )
    if errors:
        raise Invalid(errors)


def _check_parts(job: Job, can: recipes.Resources) -> list[FieldError]:
    errors = []
    for field, asked, most in (("nodes", job.nodes, can.most_nodes), ("tasks", job.tasks, can.most_tasks)):
        if not 1 <= asked <= most:
            told = _("Use at most %(most)s with this recipe.") % {"most": most}
            errors.append(FieldError(field, told, f"1 ≤ {field} ≤ {most}"))
    return errors


def _plan(job: Job, recipe: recipes.Recipe, now: datetime) -> None:
    """Choose the start hour by the carbon signal; where somebody waits or there is no signal it starts now."""
    if recipe.interactive:
        job.plan = {"signal": None, "interactive": True}
        return
    try:
        signal = registry.get(CarbonSignal).between(now, job.deadline)
    except NoSignal as silence:
        job.plan = {"signal": None, "why": str(silence)}
        return
    plan = planner.greenest(
        signal,
        earliest=now,
        deadline=job.deadline,
        seconds=min(job.wall_seconds, LONGEST_WALL),
        cores=job.cores * job.parts,
        gpus=job.gpus * job.parts,
        memory_bytes=job.memory_bytes * job.parts,
    )
    job.planned_start, job.plan = plan.start, plan.document()


def order(
    job: Job, *, engine: str, seconds_left: int, continues: Attempt | None = None, number: int = 0
) -> Attempt:
    """Make the next attempt of a job, or that of a `number`, and hold its budget under the attempt's unique name.

    It lasts as long as one attempt may, or as long as is left. Raises `NoAward`, `AwardExpired` or `BudgetExceeded`.
    """
    number = number or job.attempts.count() + 1
    attempt = Attempt(
        job=job,
        number=number,
        name=f"{job.pk}-{number}",
        engine=engine,
        simulated=engine == "simulated",
        continues=continues,
        wall_seconds=min(LONGEST_WALL, seconds_left),
        seconds_left=seconds_left,
    )
    budget.hold(attempt, by=SCHEDULER)
    data = {"job": job.pk} | ({"continues": continues.pk} if continues else {})
    return enter(attempt, "attempt:order", by=SCHEDULER, data=data, keep=("job",))


def start(job: Job, *, by: Actor) -> Job:
    """Start a planned job now; one that was started already stays as it is.

    Raises `IsSuspended`: the job then waits until that is lifted.
    """
    if job.state in {"queued", "running"}:
        return job
    project = job.project
    people = f"people.user:{job.submitted_by_id}"
    standing.require_not_suspended([project.thing, f"people.organisation:{project.organisation_id}", people])
    saving = job.plan.get("saving_grams") if by.id != SCHEDULER.id else None
    return fire(job, "start", by=by, data={"forgone_saving_grams": saving} if saving else None)


def start_due(*, by: Actor = SCHEDULER) -> list[Job]:
    """Start every planned job whose hour has come. One that may not, or that moved meanwhile, holds up no other."""
    started = []
    due = Job.objects.filter(state="planned", planned_start__lte=clock.now()).select_related("project")
    for job in due.order_by("planned_start"):
        with suppress(ChangedMeanwhile, standing.IsSuspended):
            started.append(start(job, by=by))
    return started


def cancel(job: Job, *, by: Actor, reason: str = "") -> Job:
    """Cancel a job: a planned one at once; a running one as soon as the engine has stopped it."""
    if job.state == "cancelled":
        return job
    reason = reason or _("Cancelled by its submitter.")
    if job.state == "planned":
        with transaction.atomic():
            fire(job, "cancel", by=by, reason=reason)
            _withdraw_order(job, reason)
        return job
    return stop(job, by=by, reason=reason)


def _withdraw_order(job: Job, reason: str) -> None:
    for attempt in job.attempts.filter(state__in=("ordered", "lost")):
        if attempt.state == "ordered":
            fire(attempt, "refuse", by=DESK, reason=reason)
        budget.settle(attempt, {}, by=DESK)


def stop(job: Job, *, by: Actor, reason: str) -> Job:
    """Have a started job stopped; the engine does so within its next turn, and what was used is billed."""
    if not by.may(Permission.STOP, job):
        fire(job, "stop", by=by)  # raises, with the sentence
    with transaction.atomic():
        if job.state in {"planned", "unknown"}:  # nothing runs that an engine could stop
            fire(job, "stop", by=by, reason=reason)
            _withdraw_order(job, reason)
            return job
        job.reason = reason
        enter(job, "job:stop_asked", by=by, fields=["reason"])
        job.attempts.filter(state__in=OPEN_ATTEMPT).update(stop_reason=reason)
    return job


def retry(job: Job, *, by: Actor) -> Job:
    """Run a job again whose end is unknown or that failed; after an unknown end only an idempotent recipe.

    Raises `NotIdempotent`, and what `submit` raises about standing, data and budget.
    """
    recipe = recipes.find(job.recipe)
    if job.state == "unknown" and not recipe.idempotent:
        raise NotIdempotent(
            _("Nobody knows how the last attempt ended, and this recipe may not run twice."),
            rule="recipe:idempotent",
            next_step=_("Look at its results and log, then submit a new job if it is safe."),
        )
    project = job.project
    standing.require(project.organisation, things=[project.thing, f"people.user:{by.id}"])
    walls.require_named(job, by)
    last = job.attempts.order_by("-number").first()
    assert last is not None  # noqa: S101 - every job has an attempt
    with transaction.atomic():
        job.inputs = gate.choose_again(job, recipe)
        if recipe.interactive:
            refuse_unseen(job)
        again = {"inputs": job.inputs, "secure": job.secure}
        fire(job, "retry", by=by, **again, reason="", planned_start=clock.now())
        # What an attempt used whose end nobody knows is not known either: its hold is given back, not billed.
        budget.settle(last, {}, by=DESK)
        is_cut_off = recipe.checkpoints and last.state in {"timeout", "lost"} and gate.checkpoint(last)
        order(
            job,
            engine=last.engine,
            seconds_left=job.wall_seconds,
            continues=last if is_cut_off else None,
        )
    return job
