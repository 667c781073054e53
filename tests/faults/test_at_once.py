"""Several workers at once, on SQLite and on PostgreSQL: each thing is done once, and nobody is told of a lock."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
from django.conf import settings
from django.db import connections

from aifactory.audit.actions import note
from aifactory.audit.models import Event, Seal
from aifactory.audit.sealing import seal_all
from aifactory.datasets.agreeing import mount_grant
from aifactory.kit import clock
from aifactory.kit.errors import Refused
from aifactory.notices.actions import deliver
from aifactory.notices.models import Notice
from aifactory.people.actors import PUBLIC
from aifactory.ports.cluster import JobRecord
from aifactory.ports.desk import Report
from aifactory.ports.engine import Phase, Status
from aifactory.ports.engine import Usage as Measured
from aifactory.ports.mail import Mailer, Message
from aifactory.ports.registry import provide
from aifactory.supercomputer import actions, ledger
from aifactory.supercomputer.desk import PortalDesk, stop_without_agreement
from aifactory.supercomputer.models import Job, LedgerEntry, QueuedJob, Usage
from aifactory.supercomputer.queue import actions as queue
from tests.datasets import factories as data
from tests.faults.conftest import altered
from tests.people.factories import person
from tests.supercomputer.factories import Factory

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(*calls: Callable[[], Any]) -> list[Any]:
    """Run the calls at the same moment, each with a connection of its own; refusals are results."""
    together = Barrier(len(calls))

    def run(call: Callable[[], Any]) -> Any:
        together.wait()
        try:
            return call()
        except Refused as refusal:
            return refusal
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


class PostBox(list[Message]):
    """Keeps what is sent."""

    send = list.append


def ended(job: Job) -> Report:
    now = clock.now()
    used = Measured(wall_seconds=30.0, allocated_core_seconds=30, allocated_gpu_seconds=0, cpu_seconds=9.0)
    name = f"{job.pk}-1"
    return Report(name, Status(name, Phase.COMPLETED, "", 0, now, now, used))


def counts(*names: str) -> dict[str, int]:
    return {name: Event.objects.filter(name=name).count() for name in names}


def test_what_is_due_starts_once(plant: Factory) -> None:
    jobs = [plant.submit(wall_seconds=60, deadline=clock.now() + timedelta(seconds=61)) for _ in range(3)]
    Job.objects.update(planned_start=clock.now())
    results = at_once(*[actions.start_due] * 4)
    assert [r for r in results if isinstance(r, Exception)] == []
    assert sorted(job.pk for result in results for job in result) == sorted(job.pk for job in jobs)
    assert counts("job:start") == {"job:start": 3}


def test_an_end_that_four_agents_report_is_billed_once(plant: Factory, tmp_path: Path) -> None:
    job = actions.start(plant.submit(), by=plant.user)
    desk, report = PortalDesk(), ended(job)
    results = at_once(*[lambda: desk.report("simulated", [report])] * 4)
    assert results == [None] * 4
    plant.line.refresh_from_db()
    job.refresh_from_db()
    assert (job.state, plant.line.held, plant.line.drawn, Usage.objects.count()) == ("succeeded", 0, 30, 1)
    assert counts("attempt:complete", "usage:record", "job:succeed") == {
        "attempt:complete": 1,
        "usage:record": 1,
        "job:succeed": 1,
    }
    assert altered(tmp_path) == []


def test_books_that_two_agents_read_at_once_and_that_tell_all_twice_are_taken_once(plant: Factory) -> None:
    now = clock.now().replace(microsecond=0)
    begin = now - timedelta(minutes=10)
    rows = [
        JobRecord(
            str(number), begin, "own", "p1", "usr", "p1", "main", "COMPLETED", begin,
            begin + timedelta(seconds=1), 1, 1, {"cpu": 1},
        )
        for number in range(50)
    ] * 2  # fmt: skip
    accounts = {"p1": plant.project.pk}
    made = at_once(*[lambda: ledger.take("slurm", rows, until=now, accounts=accounts)] * 3)
    at_once(*[lambda: queue.take("slurm", rows, accounts=accounts)] * 3)
    plant.line.refresh_from_db()
    assert (sorted(made), LedgerEntry.objects.filter(cluster="slurm").count()) == ([0, 0, 50], 50)
    assert (plant.line.drawn, QueuedJob.objects.count()) == (50, 50)


def test_cancelling_and_ending_at_once_leave_one_end_and_one_bill(plant: Factory) -> None:
    job = actions.start(plant.submit(), by=plant.user)
    desk, report = PortalDesk(), ended(job)
    at_once(
        lambda: desk.report("simulated", [report]),
        lambda: actions.cancel(Job.objects.get(pk=job.pk), by=plant.user),
        lambda: desk.report("simulated", [report]),
        stop_without_agreement,
    )
    desk.report("simulated", [report])
    plant.line.refresh_from_db()
    job.refresh_from_db()
    assert (job.state, plant.line.held, plant.line.drawn) == ("succeeded", 0, 30)


def test_everybody_is_told_and_mailed_once(plant: Factory) -> None:
    box = PostBox()
    provide(Mailer, box)
    job = actions.start(plant.submit(), by=plant.user)
    PortalDesk().report("simulated", [ended(job)])
    seal_all(settings.LOG_ORIGIN)
    results = at_once(*[deliver] * 4)
    assert [r for r in results if isinstance(r, Exception)] == []
    assert sum(results) == len(box) == Notice.objects.exclude(mailed_at=None).count() > 0
    assert max(Counter((n.user_id, n.cause) for n in Notice.objects.all()).values()) == 1


def test_every_event_is_sealed_once(plant: Factory, tmp_path: Path) -> None:
    for number in range(60):
        note("test:happened", by=PUBLIC, data={"number": number})
    at_once(*[lambda: seal_all(settings.LOG_ORIGIN)] * 4)
    seal_all(settings.LOG_ORIGIN)
    positions = list(Seal.objects.order_by("position").values_list("position", flat=True))
    assert positions == list(range(Event.objects.count()))
    assert altered(tmp_path) == []


def test_eight_writers_and_a_sealer_never_hear_of_a_lock(plant: Factory, tmp_path: Path) -> None:
    def write() -> int:
        return len([person() for _ in range(15)])

    def sealing() -> int:
        return sum(seal_all(settings.LOG_ORIGIN) for _ in range(15))

    results = at_once(*[write] * 8, sealing)
    assert results[:8] == [15] * 8
    assert counts("user:register")["user:register"] >= 120
    assert altered(tmp_path) == []


def test_two_requests_with_one_key_are_one_job(plant: Factory) -> None:
    made = at_once(*[lambda: plant.submit(request_key="once")] * 4)
    assert {job.pk for job in made if isinstance(job, Job)} == {Job.objects.get().pk}
    plant.line.refresh_from_db()
    assert plant.line.held == 600


def test_the_last_use_that_terms_allow_is_given_once_and_an_attempt_that_two_ask_for_is_counted_once(
    plant: Factory,
) -> None:
    agreement = data.in_force(data.offer(data.published(), count=2))

    def use(attempt: str) -> Callable[[], Any]:
        given = {"version": agreement.version, "project": agreement.project, "job": "job_1"}
        return lambda: mount_grant(agreement, attempt=attempt, **given)

    results = at_once(*[use("job_1-1")] * 2, *[use(f"job_{n}-1") for n in (2, 3, 4)])
    refused = [type(r).__name__ for r in results if isinstance(r, Exception)]
    given = set(agreement.mounts.values_list("attempt", flat=True))
    assert (len(given), refused) == (2, ["NoValidAgreement"] * (2 if "job_1-1" in given else 3))
