"""Processes that are killed without warning: nothing is lost, nothing is done or billed twice."""

import os
import signal
from pathlib import Path

import pytest

from aifactory.audit.actions import note
from aifactory.audit.models import Event, Seal, Unsealed
from aifactory.awards.models import AwardLine, Project
from aifactory.datasets import agreeing
from aifactory.people.actors import PUBLIC
from aifactory.people.models import User
from aifactory.supercomputer import actions
from aifactory.supercomputer.models import Attempt, Job, Usage
from tests.awards import factories as awards
from tests.datasets import factories as datasets
from tests.faults.conftest import Processes, altered, until

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def line(processes: Processes) -> AwardLine:
    project = awards.project(purpose=datasets.PURPOSE)
    return awards.line(project, resource="core", amount=100_000)


def submitted(project: Project, *, seconds: float = 0.2, inputs: dict[str, str] | None = None) -> Job:
    job = actions.submit(
        project, by=project.leader, recipe="patience", inputs=inputs or {}, parameters={"seconds": seconds}
    )
    return actions.start(job, by=project.leader)


def state(job: Job) -> str:
    job.refresh_from_db()
    return job.state


@pytest.mark.usefixtures("patience")
def test_a_worker_killed_at_random_loses_no_job_and_bills_none_twice(
    processes: Processes, line: AwardLine, tmp_path: Path
) -> None:
    jobs = [submitted(line.project) for _ in range(5)]
    processes.harry("worker", times=5, at_most=3.5)
    processes.start("worker")
    until(lambda: not Job.objects.exclude(state="succeeded").exists(), seconds=150)
    until(lambda: not Attempt.objects.filter(forgotten=False).exists(), seconds=60)
    assert [job.attempts.get().name for job in jobs] == [f"{job.pk}-1" for job in jobs]
    assert [state(job) for job in jobs] == ["succeeded"] * 5
    used = [Usage.objects.get(attempt__job=job).core_seconds for job in jobs]
    line.refresh_from_db()
    assert (line.held, line.drawn) == (0, sum(used))
    for name in ("job:start", "attempt:order", "attempt:complete", "usage:record", "job:succeed"):
        assert Event.objects.filter(name=name).count() == 5, name
    processes.kill(processes.alive[0])
    assert altered(tmp_path) == []


@pytest.mark.usefixtures("patience")
def test_an_attempt_whose_machine_died_is_shown_as_unknown_and_not_billed(
    processes: Processes, line: AwardLine
) -> None:
    job = submitted(line.project, seconds=300)
    processes.start("worker")
    until(lambda: state(job) == "running", seconds=90)
    for pid in supervisors(job.attempts.get().name):
        os.kill(pid, signal.SIGKILL)
    until(lambda: state(job) == "unknown", seconds=60)
    attempt = job.attempts.get()
    line.refresh_from_db()
    assert (attempt.state, Usage.objects.count(), line.drawn) == ("lost", 0, 0)
    assert attempt.reason == "Its supervisor died; nobody can say how it ended."
    actions.retry(job, by=job.project.leader)
    assert [a.name for a in job.attempts.order_by("number")] == [f"{job.pk}-1", f"{job.pk}-2"]


def supervisors(attempt: str) -> list[int]:
    """Return the processes that look after an attempt."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            words = (entry / "cmdline").read_bytes().split(b"\0") if entry.name.isdigit() else []
        except OSError:
            continue
        if b"aifactory.adapters.engine.local.supervise" in words and any(
            word.endswith(attempt.encode()) for word in words
        ):
            found.append(int(entry.name))
    assert found
    return found


@pytest.mark.usefixtures("patience")
def test_a_job_is_stopped_within_a_minute_after_its_agreement_ended(
    processes: Processes, line: AwardLine
) -> None:
    agreement = datasets.in_force(datasets.offer(datasets.published()), line.project)
    job = submitted(line.project, seconds=300, inputs={"table": agreement.version_id})
    processes.start("worker")
    until(lambda: state(job) == "running", seconds=90)
    steward = User.objects.get(pk=agreement.offer.dataset.steward_id)
    agreeing.end_agreement(agreement, by=steward, reason="The patients withdrew their consent.")
    took = until(lambda: state(job) == "cancelled", seconds=60)
    attempt = job.attempts.get()
    line.refresh_from_db()
    assert took < 60
    assert (attempt.state, "The patients withdrew their consent." in attempt.reason) == ("cancelled", True)
    assert (line.held, line.drawn) == (0, Usage.objects.get().core_seconds)


def test_a_sealer_killed_half_way_leaves_a_chain_that_verifies(processes: Processes, tmp_path: Path) -> None:
    for number in range(400):
        note("test:happened", by=PUBLIC, data={"number": number})
    processes.harry("sealer", times=4, at_most=2.5)
    assert altered(tmp_path) == []
    assert Unsealed.objects.count() == 0
    positions = list(Seal.objects.order_by("position").values_list("position", flat=True))
    assert positions == list(range(Event.objects.count()))


def test_two_sealers_at_once_seal_each_event_once(processes: Processes, tmp_path: Path) -> None:
    both = [processes.start("sealer"), processes.start("sealer")]
    for number in range(200):
        note("test:happened", by=PUBLIC, data={"number": number})
    until(lambda: not Unsealed.objects.exists(), seconds=90)
    assert [process.poll() for process in both] == [None, None]
    for process in both:
        processes.kill(process)
    assert altered(tmp_path) == []
    assert Seal.objects.count() == 200
