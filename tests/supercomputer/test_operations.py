"""What the agent could not do, how its cluster does, and what somebody should look at."""

from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from aifactory.adapters.engine.slurm.cluster import SlurmCluster
from aifactory.agent.cluster import ClusterAgent
from aifactory.audit.models import Event
from aifactory.kit import clock
from aifactory.kit.errors import NotAllowed
from aifactory.people.models import Role
from aifactory.ports.cluster import Change, ClusterIsSilent, Heard, JobRecord, Partition
from aifactory.ports.desk import Report
from aifactory.supercomputer import health, verbs
from aifactory.supercomputer.cluster_desk import PortalClusterDesk
from aifactory.supercomputer.desk import PortalDesk
from aifactory.supercomputer.models import ClusterBooks, Drift, FailedVerb
from tests.awards import factories as awards
from tests.people.factories import person
from tests.supercomputer.factories import later

pytestmark = pytest.mark.django_db
BUDGET = Change("prj_1", "The budget prj_1 is missing.", ("sacctmgr", "add", "qos", "prj_1"))
MAIN = Partition("main", True, False, nodes=2, cores=4, gpus=4, memory_mb=8000)


@dataclass
class Pretended:
    """A cluster that lacks what `lacks` says, and refuses what `refuses` says."""

    lacks: list[Change] = field(default_factory=list)
    refuses: bool = True
    trouble: Exception | None = None
    rows: list[JobRecord] = field(default_factory=list)
    tried: int = 0
    name: str = "slurm"

    def differences(self, wanted):
        if self.trouble:
            raise self.trouble
        return list(self.lacks)

    def mend(self, changes):
        self.tried += len(changes)
        if self.refuses:
            return [Change(one.account, f"{one.sentence} Slurm refused: no", one.command) for one in changes]
        self.lacks = [one for one in self.lacks if one not in changes]
        return []

    def queue(self):
        return iter(())

    def records(self, since, until):
        return iter(self.rows)

    def account(self, project):
        return project.lower()

    def version(self):
        return "slurm-wlm 22.05.8"

    def partitions(self):
        return [MAIN]


@pytest.fixture
def cluster():
    return Pretended([BUDGET])


@pytest.fixture
def agent(cluster):
    return ClusterAgent(PortalClusterDesk(cluster.account), cluster)


def states() -> list[tuple]:
    return list(FailedVerb.objects.order_by("pk").values_list("verb", "subject", "times", "state"))


def test_what_is_refused_rests_ever_longer_and_a_replay_ends_its_rest(cluster, agent):
    agent.turn()
    agent.turn()
    assert (cluster.tried, states()) == (1, [("provision", "prj_1", 1, "failed")])
    with later(seconds=61):
        agent.turn()
        agent.turn()
        assert (cluster.tried, states()) == (2, [("provision", "prj_1", 2, "failed")])
    operator, known = person(Role.OPERATOR), FailedVerb.objects.get()
    assert known.command == list(BUDGET.command)
    assert known.error == "The budget prj_1 is missing. Slurm refused: no"
    with pytest.raises(NotAllowed):
        verbs.replay(known, by=person(Role.OFFICE))
    for _ in range(2):
        verbs.replay(known, by=operator)
    cluster.refuses = False
    agent.turn()
    assert (cluster.tried, states()) == (3, [("provision", "prj_1", 2, "cured")])
    names = Event.objects.filter(name__startswith="verb:").order_by("pk").values_list("name", flat=True)
    assert list(names) == ["verb:fail", "verb:fail", "verb:replay", "verb:replay", "verb:cure"]
    assert Drift.objects.filter(mended=True).count() == 0  # our own failure is nobody's change


def test_a_failure_is_cured_when_its_difference_is_gone(cluster, agent):
    agent.turn()
    cluster.lacks = []
    agent.turn()
    assert states() == [("provision", "prj_1", 1, "cured")]


def test_a_silent_cluster_is_asked_in_every_turn_and_told_once_in_a_while(cluster, agent):
    cluster.lacks, cluster.trouble = [], ClusterIsSilent("slurmdbd had no answer")
    for _ in range(3):
        agent.turn()
    assert states() == [("provision", "", 1, "failed")]
    books = ClusterBooks.objects.get(pk="slurm")
    assert (books.silence, books.engine_version) == ("slurmdbd had no answer", "")
    told = [alarm["sentence"].en for alarm in health.picture(person(Role.OPERATOR))["alarms"]]
    assert told == [
        "The cluster does not answer: slurmdbd had no answer",
        "provision of everything failed 1 times: slurmdbd had no answer",
    ]
    cluster.trouble = None
    agent.turn()
    assert states() == [("provision", "", 1, "cured")]
    assert ClusterBooks.objects.get().silence == ""


def test_the_picture_is_of_what_the_agent_last_told(cluster, agent):
    cluster.lacks = []
    agent.turn()
    shown = health.picture(person(Role.AUDITOR))
    (one,) = shown["clusters"]
    assert (one["answers"], one["engine_version"], one["partitions"][0]["gpus"]) == (
        True,
        "slurm-wlm 22.05.8",
        4,
    )
    assert (shown["alarms"], shown["queue"], shown["failed"]) == ([], [], [])
    with later(minutes=20):
        told = [alarm["sentence"].en for alarm in health.picture(person(Role.OPERATOR))["alarms"]]
    assert (told[0].startswith("The agent was last heard 1"), "20 minutes ago" in told[1], len(told)) == (
        True,
        True,
        2,
    )
    with pytest.raises(NotAllowed):
        health.picture(person())


def test_a_comparison_keeps_which_accounts_differ(cluster, agent):
    line = awards.line(resource="gpu", amount=3600)
    now = clock.now() - timedelta(hours=1)
    account = line.project_id.lower()
    row = JobRecord(
        "1", now, "a", account, "u", "p", "main", "COMPLETED", now, now, 60, 1, {"gres/gpu": 2, "cpu": 4}
    )
    cluster.lacks = []
    agent.turn()
    cluster.rows = [row]
    found = agent.compare()
    assert (found["accounts"], found["gpu_seconds"], found["core_seconds"]) == (1, 120, 240)
    assert found["differing"] == {account: {"project": line.project_id, "gpu": 120, "core": 240}}
    agent.turn()
    assert agent.compare()["differing"] == {}


def test_an_order_that_cannot_be_carried_out_is_told_and_cured(plant):
    name = plant.submit().attempts.get().name
    desk = PortalDesk()
    for _ in range(2):
        desk.report("simulated", [Report(name, None, problem="OSError: no space left on device", verb="run")])
    assert states() == [("run", name, 1, "failed")]
    desk.report("simulated", [Report(name, None)])
    assert states() == [("run", name, 1, "cured")]


def test_what_waits_is_counted_by_engine_and_kind(plant):
    from aifactory.supercomputer.actions import start, stop

    job = start(plant.submit(), by=plant.user)
    start(plant.submit(), by=plant.user)
    stop(job, by=plant.user, reason="Enough.")
    found = [(row["engine"], row["verb"], row["waiting"]) for row in verbs.queue()]
    assert found == [("simulated", "cancel", 1), ("simulated", "run", 1)]
    with later(minutes=11):
        told = [one["sentence"].en for one in health.alarms([], verbs.queue(), [])]
    assert [sentence[:22] for sentence in told] == ["“cancel” waits 1 times", "“run” waits 1 times, t"]


def test_slurms_partitions_are_read_with_their_nodes():
    class Told:
        def run(self, *command):
            big = "big|EXCLUSIVE|3|64|512000+|gpu:h100:8(S:0-1)\nbig|EXCLUSIVE|1|32|1000|(null)\n"
            return f"main*|NO|2|4|8000|gpu:4\n{big}"

    found = SlurmCluster(Told(), runner="aifactory").partitions()
    assert found == [MAIN, Partition("big", False, True, nodes=4, cores=64, gpus=8, memory_mb=512000)]


def test_an_agent_that_is_heard_for_the_first_time_makes_its_cluster_known():
    health.heard("new", Heard("1.0", silence="slurmctld is away"))
    assert ClusterBooks.objects.values_list("cluster", "agent_version", "silence").get() == (
        "new", "1.0", "slurmctld is away",
    )  # fmt: skip
