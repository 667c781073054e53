"""The portal's desk, the agent and a real Slurm: what an award says, what the cluster enforces, what is billed."""

import time
from dataclasses import dataclass
from datetime import timedelta

import pytest

from aifactory.adapters.engine.slurm.cluster import SlurmCluster
from aifactory.adapters.engine.slurm.commands import Submission
from aifactory.agent.cluster import ClusterAgent
from aifactory.awards.actions import grant_line
from aifactory.kit import clock
from aifactory.ports.cluster import Allocation, ClusterIsSilent, JobRecord, ReplyIsCutOff
from aifactory.supercomputer import ledger
from aifactory.supercomputer.accounts import allocations
from aifactory.supercomputer.cluster_desk import PortalClusterDesk
from aifactory.supercomputer.models import Drift, LedgerEntry, UsageSlice
from tests.awards import factories as awards
from tests.services.slurm import commands

pytestmark = pytest.mark.django_db


@dataclass
class Pretended:
    """A cluster that has what it should, and whose books are read as far as they go."""

    rows: list[JobRecord]
    trouble: Exception | None = None
    name: str = "slurm"
    asked: int = 0

    def differences(self, wanted):
        self.asked += 1
        return []

    def mend(self, changes):
        return []

    def records(self, since, until):
        yield from self.rows
        if self.trouble:
            raise self.trouble

    def queue(self):
        return iter(())

    def version(self):
        return "pretended"

    def partitions(self):
        return []

    def account(self, project):
        return project.lower()


@pytest.mark.parametrize("trouble", [ClusterIsSilent("no answer"), ReplyIsCutOff("within a row")])
def test_books_that_break_off_are_read_again_whole(trouble):
    now = clock.now()
    row = JobRecord("1", now, "a", "p", "u", "p", "main", "COMPLETED", now, now, 0)
    cluster = Pretended([row], trouble)
    agent = ClusterAgent(PortalClusterDesk(cluster.account), cluster)
    agent.turn()
    assert LedgerEntry.objects.count() == 0
    cluster.trouble = None
    agent.turn()
    agent.turn()
    assert (LedgerEntry.objects.count(), cluster.asked) == (1, 3)


@pytest.mark.thorough
def test_an_award_is_enforced_and_what_people_run_themselves_is_billed_to_the_second(slurm):
    line = awards.line(resource="gpu", amount=7200)
    direct = commands(slurm)
    cluster = SlurmCluster(direct, runner=slurm.setting.user)
    agent = ClusterAgent(PortalClusterDesk(cluster.account), cluster)
    agent.turn()
    account = cluster.account(line.project_id)
    assert [change for change in agent.plan() if change.command] == []
    assert not Drift.objects.filter(account=account).exists()

    own = Submission("own", "", "#!/bin/sh\nsleep 2\n", slurm.root, 1, 1, 100, 1, account, "main")
    job_id = direct.submit(own)
    until = time.monotonic() + 60
    while not LedgerEntry.objects.filter(account=account, state="COMPLETED").exists():
        assert time.monotonic() < until
        agent.turn()
        time.sleep(0.2)

    (entry,) = LedgerEntry.objects.filter(account=account, state="COMPLETED")
    since = entry.submitted_at - timedelta(minutes=1)
    (booked,) = cluster.commands.booked(since=since, job_id=job_id)
    line.refresh_from_db()
    assert entry.elapsed_seconds == booked.elapsed_seconds >= 2
    assert (line.drawn, line.held) == (booked.elapsed_seconds * booked.gpus, 0)
    assert (entry.project_id, entry.attempt_id) == (line.project_id, None)
    sums = ledger.differences("slurm", cluster.records(since, clock.now() + timedelta(minutes=1)))[account]
    assert (sums["difference_gpu"], sums["difference_core"]) == (0, 0)
    assert [one.project for one in allocations()] == [line.project_id]


def test_shares_are_set_once_and_set_again_when_somebody_changes_them(slurm):
    direct = commands(slurm)
    cluster = SlurmCluster(direct, runner=slurm.setting.user)
    wanted = [
        Allocation(f"prj_share{n}", "org_share", (), 3600, shares=shares)
        for n, shares in ((1, 26_000), (2, 8_800))
    ]

    def told() -> list[str]:
        return [one.sentence for one in cluster.differences(wanted) if " shares" in one.sentence]

    assert cluster.mend(cluster.differences(wanted)) == []
    assert told() == []
    shown = direct.run(
        "sshare", "--noheader", "--parsable2", "--format=account,rawshares", "--accounts=org_share"
    )
    assert "org_share|34800" in shown
    direct.run("sacctmgr", "-Qi", "modify", "account", "prj_share1", "set", "fairshare=1")
    assert told() == ["The account prj_share1 should have 26000 shares; it has 1."]
    cluster.mend(cluster.differences(wanted))
    assert told() == []


@pytest.mark.thorough
def test_clocks_minutes_apart_lose_nothing_and_an_award_may_end_in_the_second_of_the_job(slurm):
    line = awards.line(resource="gpu", amount=7200)
    direct = commands(slurm)
    cluster = SlurmCluster(direct, runner=slurm.setting.user)
    agent = ClusterAgent(PortalClusterDesk(cluster.account), cluster)
    behind, ahead = timedelta(minutes=-5), timedelta(minutes=5)
    agent.turn()
    account = cluster.account(line.project_id)
    job_id = direct.submit(
        Submission("apart", "", "#!/bin/sh\nsleep 1\n", slurm.root, 1, 2, 100, 1, account, "main")
    )
    read = LedgerEntry.objects.filter(account=account, job_id=job_id)
    until = time.monotonic() + 60
    while not read.filter(state="COMPLETED").exists():
        assert time.monotonic() < until
        for skew in (behind, ahead):
            with clock.frozen(clock.now() + skew):
                agent.turn()
    (booked,) = cluster.commands.booked(since=line.starts_at, job_id=job_id)
    assert read.filter(state="COMPLETED").count() == 1
    line.refresh_from_db()
    assert line.drawn == booked.elapsed_seconds * 2

    for late in (0, 1):
        mine = awards.project()
        award = grant_line(
            mine, by=awards.GRANTOR, resource="gpu", amount=7200, starts_at=booked.started_at - timedelta(hours=1),
            ends_at=booked.ended_at - timedelta(seconds=late),
        )  # fmt: skip
        ledger.take(f"late-{late}", [booked], until=clock.now(), accounts={account: mine.pk})
        award.refresh_from_db()
        assert award.drawn == (booked.elapsed_seconds - late) * 2
        outside = UsageSlice.objects.filter(project=mine, gpu_line=None).values_list("gpu_seconds", flat=True)
        assert sum(outside) == late * 2


HOSTILE = ("PRJ_Case", "prj_case", "Évil;\n", "--help")


@pytest.mark.thorough
def test_accounts_are_made_whatever_ids_look_like(slurm):
    cluster = SlurmCluster(commands(slurm), runner=slurm.setting.user)
    wanted = [Allocation(name, name[::-1], (f"{name}2",), 3600, 3600) for name in HOSTILE]
    assert cluster.mend(cluster.differences(wanted)) == []
    assert [change for change in cluster.differences(wanted) if change.command] == []
    names = {cluster.account(name) for name in HOSTILE}
    assert len(names) == len(HOSTILE)
    told = cluster.commands.run("sacctmgr", "-nP", "show", "account", "format=account").split()
    assert names <= set(told)
