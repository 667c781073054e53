"""A real Slurm, hurt: its controller and its books killed, replies lost, two agents at once."""

import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Thread

import pytest

from aifactory.adapters.engine.slurm import engine as slurm_engine
from aifactory.adapters.engine.slurm.cluster import SlurmCluster
from aifactory.adapters.engine.slurm.commands import Submission
from aifactory.adapters.engine.slurm.engine import SlurmEngine
from aifactory.ports.cluster import Allocation, Change, ClusterIsSilent
from aifactory.ports.engine import ENDED, Attempt, Limits, Phase, Status
from tests.services.slurm import commands, rest

pytestmark = pytest.mark.thorough


class Site:
    """An engine on the real cluster, impatient, and a place where each run of an attempt leaves a mark."""

    def __init__(self, cluster, folder: Path) -> None:
        self.cluster, self.folder = cluster, folder
        self.engine = self.another_engine()

    def another_engine(self, slurm=None) -> SlurmEngine:
        slurm = slurm or commands(self.cluster, patience=2)
        return SlurmEngine(self.folder / "engine", slurm, partition="main")

    def attempt(self, name: str, seconds: float = 0.0) -> Attempt:
        code = self.folder / "code"
        code.mkdir(exist_ok=True)
        script = f"import time; print('ran', flush=True); time.sleep({seconds})"
        return Attempt(name, ("python3", "-c", script), code, None, {}, Limits(1, 200_000_000, 120))

    def ended(self, name: str, seconds: float = 60) -> Status:
        until = time.monotonic() + seconds
        while True:
            status = self.engine.status([name])[name]
            if status.phase in ENDED:
                return status
            assert time.monotonic() < until, status
            time.sleep(0.1)

    def until(self, name: str, phase: Phase) -> None:
        until = time.monotonic() + 30
        while self.engine.status([name])[name].phase is not phase:
            assert time.monotonic() < until
            time.sleep(0.1)

    def booked(self, name: str) -> list:
        """Read the books, which lag, until the last run of this name has ended there."""
        since, until = datetime.now(UTC) - timedelta(hours=1), time.monotonic() + 30
        while (
            not (found := list(commands(self.cluster).booked(since=since, name=name)))
            or not found[-1].ended_at
        ):
            assert time.monotonic() < until, found
            time.sleep(0.3)
        return found


@pytest.fixture
def site(slurm, tmp_path, monkeypatch) -> Site:
    monkeypatch.setattr(slurm_engine, "AGAIN", 1.0)
    return Site(slurm, tmp_path)


@pytest.fixture(autouse=True)
def _whole_again(slurm):
    yield
    slurm.start_accounting()
    slurm.start_control()


def test_a_job_that_was_acknowledged_and_forgotten_is_given_again_and_runs_once(site):
    site.engine.submit(site.attempt("forgotten"))
    site.cluster.daemons.kill("slurmctld")
    site.cluster.start_control()

    status = site.ended("forgotten")

    assert (status.phase, site.engine.log("forgotten")) == (Phase.COMPLETED, b"ran\n")


def test_a_controller_that_is_away_at_submission_and_at_the_end_loses_nothing(site):
    site.cluster.daemons.kill("slurmctld")
    site.engine.submit(site.attempt("away", seconds=1))
    waiting = site.engine.status(["away"])["away"]
    assert (waiting.phase, waiting.reason[:23]) == (Phase.QUEUED, "Slurm does not answer: ")

    site.cluster.start_control()
    site.until("away", Phase.RUNNING)
    site.cluster.daemons.kill("slurmctld")
    time.sleep(2)
    assert site.engine.status(["away"])["away"].phase is Phase.RUNNING
    site.cluster.start_control()
    status = site.ended("away")

    assert (status.phase, site.engine.log("away")) == (Phase.COMPLETED, b"ran\n")
    assert 1 <= status.usage.wall_seconds < 60


def test_without_its_books_slurm_runs_and_bills_and_the_books_agree_later(site):
    site.cluster.daemons.kill("slurmdbd")
    site.engine.submit(site.attempt("bookless", seconds=1.2))
    status = site.ended("bookless")
    with pytest.raises(ClusterIsSilent):
        site.booked("bookless")

    site.cluster.start_accounting()
    found = site.booked("bookless")

    assert (status.phase, len(found)) == (Phase.COMPLETED, 1)
    assert status.usage.allocated_core_seconds == found[0].elapsed_seconds * found[0].cores


class LosesReplies:
    """A connection over which the first submission arrives, and its reply does not."""

    def __init__(self, slurm) -> None:
        self._slurm, self.lost = slurm, []

    def __getattr__(self, verb: str):
        return getattr(self._slurm, verb)

    def submit(self, job: Submission) -> str:
        job_id = self._slurm.submit(job)
        if not self.lost:
            self.lost.append(job_id)
            raise ClusterIsSilent("The reply was lost.")
        return job_id


def test_a_submission_whose_reply_was_lost_is_found_again_by_its_name(site):
    wire = LosesReplies(rest(site.cluster))
    site.engine = site.another_engine(wire)
    site.engine.submit(site.attempt("unheard"))

    status = site.ended("unheard")

    assert (status.phase, site.engine.log("unheard")) == (Phase.COMPLETED, b"ran\n")
    assert [record.job_id for record in site.booked("unheard")] == wire.lost


def test_a_second_job_of_the_same_name_finds_the_claim_and_leaves(site):
    site.engine.submit(site.attempt("twice"))
    site.ended("twice")
    job = site.engine._job("twice")
    order = slurm_engine.read(job.order)
    again = commands(site.cluster).submit(site.engine._submission("twice", job, order))
    until = time.monotonic() + 30
    while (record := commands(site.cluster).job(again)) and not record.ended_at:
        assert time.monotonic() < until
        time.sleep(0.1)

    assert (record.state, record.exit_code) == ("FAILED", 75)
    assert site.engine.log("twice") == b"ran\n"


def test_two_agents_at_once_submit_once(site):
    other = site.another_engine()
    attempt = site.attempt("shared", seconds=0.5)

    def insist(engine: SlurmEngine) -> None:
        for _ in range(3):
            engine.submit(attempt)
            engine.status(["shared"])

    threads = [Thread(target=insist, args=(engine,)) for engine in (site.engine, other)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    status = site.ended("shared")

    assert (status, site.engine.log("shared")) == (other.status(["shared"])["shared"], b"ran\n")
    assert len(site.booked("shared")) == 1


def to_mend(cluster: SlurmCluster, wanted: Allocation) -> list[Change]:
    """Leave out what other tests left on the cluster."""
    return [change for change in cluster.differences([wanted]) if change.command]


def test_a_budget_is_enforced_by_slurm_itself_and_drift_is_set_right(site):
    wanted = Allocation("prj_budget", "org_1", ("Évil; rm -rf\n",), gpu_seconds=120, core_seconds=600)
    cluster = SlurmCluster(commands(site.cluster), runner=site.cluster.setting.user)
    assert cluster.mend(to_mend(cluster, wanted)) == []
    assert to_mend(cluster, wanted) == []
    direct = commands(site.cluster)
    job = Submission("own", "", "#!/bin/sh\nsleep 30\n", site.folder, 1, 1, 100, 3, "prj_budget", "main")

    waits, runs = direct.submit(job), direct.submit(replace(job, name="short", minutes=1))
    until = time.monotonic() + 30
    while (now := direct.job(runs)) and now.state == "PENDING":
        assert time.monotonic() < until
        time.sleep(0.2)
    assert (direct.job(waits).state, direct.job(waits).reason) == ("PENDING", "QOSGrpGRESMinutes")

    direct.run("sacctmgr", "-Qi", "modify", "qos", "prj_budget", "set", "GrpTRESMins=gres/gpu=600")
    (drift,) = to_mend(cluster, wanted)
    assert "it is 10 core minutes and 600 GPU minutes" in drift.sentence
    cluster.mend([drift])
    assert to_mend(cluster, wanted) == []
    more = replace(wanted, gpu_seconds=360)
    cluster.mend(to_mend(cluster, more))
    while direct.job(waits).state == "PENDING":
        assert time.monotonic() < until
        time.sleep(0.2)
    closed = replace(more, open=False)
    cluster.mend(to_mend(cluster, closed))
    assert to_mend(cluster, closed) == []
    with pytest.raises(slurm_engine.SlurmRefused, match="limit"):
        direct.submit(replace(job, name="late"))
    for job_id in (waits, runs):
        direct.cancel(job_id)
