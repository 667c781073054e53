"""The desk that agents talk to: states what should be, and takes in what is. Every report may come twice.

A report moves the attempt, then its job, bills the usage and writes it down, in one transaction; an attempt
that has ended never moves again, so nothing is billed twice.
"""

from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.db import transaction
from django.utils.translation import gettext as _

from aifactory.audit.actions import ChangedMeanwhile, enter, fire
from aifactory.datasets.queries import agreements_ended
from aifactory.datasets.vault.opening import KeyIsMissing
from aifactory.kit import clock
from aifactory.kit.errors import Refused
from aifactory.ports.desk import (
    CancelOrder,
    ForgetOrder,
    Grant,
    Order,
    OutputFile,
    Report,
    RunOrder,
    WatchOrder,
)
from aifactory.ports.engine import Limits, Phase, Status
from aifactory.ports.key_store import KeyStore
from aifactory.ports.registry import get
from aifactory.supercomputer import budget, chain, gate, ledger, metering, verbs
from aifactory.supercomputer.actions import stop
from aifactory.supercomputer.lifecycle import ACTIVE_JOB, OPEN_ATTEMPT
from aifactory.supercomputer.models import Attempt, Job
from aifactory.supercomputer.notebooks.queries import is_notebook
from aifactory.supercomputer.rules import DESK, SCHEDULER
from aifactory.supercomputer.secure import actions as checking
from aifactory.supercomputer.secure import resting, walls

#: how an engine's phase ends an attempt, and what that makes of its job
ENDS = {
    Phase.COMPLETED: ("complete", "succeed"),
    Phase.FAILED: ("fail", "fail"),
    Phase.TIMEOUT: ("time_out", "fail"),
    Phase.OUT_OF_MEMORY: ("run_out_of_memory", "fail"),
    Phase.CANCELLED: ("stop", "stop"),
    Phase.LOST: ("lose", "lose"),
}
log = structlog.get_logger()
LOG_KEPT = 64_000
#: a grant lives for an hour
RENEW_EVERY = timedelta(minutes=10)


class PortalDesk:
    """Implements `ports.desk.Desk` on the database."""

    def __init__(self) -> None:
        self._renewed_at: dict[str, datetime] = {}

    def _renewed(self, attempt: Attempt) -> dict[str, Grant]:
        """Give a running attempt fresh grants from time to time; a process that starts anew gives them at once."""
        if not attempt.job.is_restricted:
            return {}
        last = self._renewed_at.get(attempt.name)
        if last is not None and clock.now() - last < RENEW_EVERY:
            return {}
        self._renewed_at[attempt.name] = clock.now()
        return gate.renewed_grants(attempt)

    def orders(self, engine: str) -> list[Order]:
        """Return what should be on this engine now."""
        attempts = Attempt.objects.filter(engine=engine).order_by("pk")
        attempts = attempts.select_related("job__project", "continues").defer("log", "continues__log")
        live = attempts.filter(state__in=OPEN_ATTEMPT).exclude(job__state="planned")
        lost = attempts.filter(state="lost", job__state="unknown")
        ended = attempts.exclude(state__in=OPEN_ATTEMPT).exclude(pk__in=lost).filter(forgotten=False)
        # An attempt whose end is unknown may turn up again, so it is watched until somebody decides about its job.
        wanted = [order for attempt in (*live, *lost) if (order := self._wanted(attempt))]
        return wanted + [ForgetOrder(attempt.name) for attempt in ended]

    def _wanted(self, attempt: Attempt) -> Order | None:
        try:
            order = _order(attempt)
        except KeyIsMissing:  # its results could not be sealed, so they are not asked for
            log.exception("key_is_missing", attempt=attempt.name)
            return None
        if isinstance(order, WatchOrder) and attempt.state == "running":
            return replace(order, grants=self._renewed(attempt))
        return order

    def report(self, engine: str, reports: list[Report]) -> None:
        """Take in what is true of each attempt, and what could not be done."""
        verbs.carried_out(engine, reports)
        told = [report for report in reports if not report.problem]
        rows = Attempt.objects.filter(engine=engine, name__in=[report.attempt for report in told])
        known = {row.name: row for row in rows.select_related("job__project").defer("log")}
        for report in told:
            attempt = known.get(report.attempt)
            if attempt is not None:
                # Another agent of this engine may report the same; what is not taken now comes again.
                with suppress(ChangedMeanwhile):
                    _take(attempt, report)


def _order(attempt: Attempt) -> Order | None:
    if attempt.stop_reason and attempt.state != "lost":
        return CancelOrder(attempt.name, attempt.stop_reason, sealer=resting.sealer(attempt))
    if attempt.state in {"running", "lost"}:
        return WatchOrder(attempt.name, sealer=resting.sealer(attempt))
    job = attempt.job
    try:
        inputs, sealer = gate.ordered_inputs(attempt), resting.sealer(attempt)
    except Refused as refusal:
        _refuse(attempt, str(refusal))
        return None
    return RunOrder(
        attempt=attempt.name,
        recipe=job.recipe,
        recipe_digest=job.recipe_digest,
        parameters=job.parameters,
        inputs=inputs,
        limits=Limits(
            job.cores,
            job.memory_bytes,
            attempt.wall_seconds,
            job.gpus,
            nodes=job.nodes,
            tasks=job.tasks,
        ),
        restricted=job.is_restricted,
        project=job.project_id,
        sealer=sealer,
    )


def _take(attempt: Attempt, report: Report) -> None:
    if attempt.state not in (*OPEN_ATTEMPT, "lost"):
        if report.facts.get("forgotten"):
            Attempt.objects.filter(pk=attempt.pk).update(forgotten=True)
        return
    is_new = (report.progress, report.log_end) != (attempt.progress, attempt.log_end)
    if attempt.job.secure:
        _listen_at_the_wall(attempt, report)
    elif is_new and (report.progress or report.log_tail):
        Attempt.objects.filter(pk=attempt.pk).update(
            progress=report.progress, log=report.log_tail[-LOG_KEPT:], log_end=report.log_end
        )
    if report.refused:
        _refuse(attempt, report.refused)
    elif report.status is not None:
        _follow(attempt, report.status, report)


def _listen_at_the_wall(attempt: Attempt, report: Report) -> None:
    """Keep nothing of what a job in the secure environment tells on its way; what it printed is kept at its end.

    Only that a notebook can be opened is taken from it, once: whatever it says after that, nobody hears.
    """
    if report.progress.get("ready") is True and not attempt.progress and is_notebook(attempt.job):
        Attempt.objects.filter(pk=attempt.pk).update(progress={"ready": True})


def _refuse(attempt: Attempt, reason: str) -> None:
    """It was never started and never will be: nothing is billed, and the job says why."""
    with transaction.atomic():
        _lock_job(attempt)
        if attempt.state == "ordered":
            fire(attempt, "refuse", by=DESK, keep=("job",), reason=reason[:500])
            if attempt.job.secure:
                get(KeyStore).destroy(attempt.pk)  # it never sealed anything
        budget.settle(attempt, {}, by=DESK)
        _move_job(attempt.job, "stop" if attempt.stop_reason else "fail", reason)


def _follow(attempt: Attempt, status: Status, report: Report) -> None:
    if status.phase == Phase.QUEUED and status.reason != attempt.waits:
        Attempt.objects.filter(pk=attempt.pk).update(waits=status.reason[:300])
    elif status.phase == Phase.RUNNING and attempt.state == "ordered":
        with transaction.atomic():
            _lock_job(attempt)
            fire(attempt, "run", by=DESK, keep=("job",), started_at=status.started_at)
            _move_job(attempt.job, "run", "")
    elif status.phase in ENDS and not (status.phase == Phase.LOST and attempt.state == "lost"):
        _end(attempt, status, report)


def _end(attempt: Attempt, status: Status, report: Report) -> None:
    attempt_step, job_step = ENDS[status.phase]
    is_secure = bool(attempt.job.secure)
    reason = attempt.stop_reason or _told(status, is_secure=is_secure)
    found = {**report.facts, "node": status.node}
    with transaction.atomic():
        _lock_job(attempt)
        fire(
            attempt,
            attempt_step,
            by=DESK,
            keep=("job",),
            started_at=status.started_at or attempt.started_at,
            ended_at=status.ended_at,
            exit_code=None if is_secure else status.exit_code,
            reason=reason[:500],
            outputs=[] if is_secure else [_result(file) for file in report.outputs],
            facts={"node": status.node} if is_secure else found,
        )
        if is_secure and status.phase != Phase.LOST:
            found |= {"exit_code": status.exit_code, "reason": status.reason}
            checking.withhold(attempt, report.outputs, log=report.log_tail, facts=found, by=DESK)
        if status.phase != Phase.LOST:
            usage = metering.measured(attempt, status)
            enter(usage, "usage:record", by=DESK, data={"attempt": attempt.pk}, keep=("attempt", "project"))
            ledger.enter_attempt(attempt, usage)
            budget.settle(attempt, {"core": usage.core_seconds, "gpu": usage.gpu_seconds}, by=DESK)
        if status.phase == Phase.TIMEOUT and not attempt.stop_reason:
            why_not = chain.go_on(attempt)
            if why_not is None:
                return
            reason = f"{reason} {why_not}".strip()
            attempt.job.refresh_from_db()  # what it tried was taken back
        _move_job(attempt.job, job_step, reason)


def _result(file: OutputFile) -> dict[str, Any]:
    return {"path": file.path, "key": file.key, "digest": file.digest, "size": file.size}


def _told(status: Status, *, is_secure: bool) -> str:
    """Return why it ended; of a job in the secure environment nothing that the job chose itself, as its exit status."""
    if is_secure and status.phase == Phase.FAILED:
        return _(
            "It failed. What it printed stays in the secure environment; ask for the release of log.txt."
        )
    return status.reason


def _lock_job(attempt: Attempt) -> None:
    """Take the job, as it is now, before its attempt, as whoever stops it does.

    Two orders of locking could wait for each other.
    """
    rows = Job.objects.select_for_update(of=("self",)).select_related("project")
    attempt.job = rows.get(pk=attempt.job_id)


def _move_job(job: Job, step: str, reason: str) -> None:
    """Move a locked job along where its table allows; one that ended otherwise meanwhile stays as it is."""
    if job.state in job.LIFECYCLE.transition(step).source:
        fire(job, step, by=DESK, reason=reason[:500])


def stop_without_agreement() -> list[Job]:
    """Stop every job that may not use its data any more; called every few seconds.

    Its agreement is no longer in force, or it is of somebody whom the agreement does not name any more. One that can't
    be stopped now is tried again, and keeps no other going.
    """
    stopped = []
    jobs = Job.objects.filter(state__in=ACTIVE_JOB).exclude(inputs=[])
    for job in jobs.select_related("project", "submitted_by"):
        try:
            reason = _why_not(job)
            if reason and not job.attempts.filter(state__in=OPEN_ATTEMPT).exclude(stop_reason="").exists():
                stopped.append(stop(job, by=SCHEDULER, reason=reason))
        except Exception:
            log.exception("stop_failed", job=job.pk)
    return stopped


def _why_not(job: Job) -> str:
    if ended := agreements_ended(job.agreements):
        return _("The data agreement %(agreement)s ended: %(why)s") % ended[0]
    try:
        walls.require_named(job, job.submitted_by)
    except walls.OnlyNamedPersons as refusal:
        return refusal.message
    return ""
