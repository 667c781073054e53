"""An agent that dies between any two of its verbs, and another that goes on: the end is the same, billed once."""

import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from aifactory.adapters.engine.slurm import engine as slurm_engine
from aifactory.adapters.engine.slurm.cluster import SlurmCluster
from aifactory.adapters.engine.slurm.commands import Submission
from aifactory.adapters.engine.slurm.engine import SlurmEngine
from aifactory.adapters.entrance.key_files import KeyFiles
from aifactory.agent.cluster import ClusterAgent
from aifactory.agent.grants import SignedGrants
from aifactory.agent.loop import Agent
from aifactory.audit.models import Event
from aifactory.kit import clock
from aifactory.people.ssh.actions import add_key
from aifactory.ports.cluster import Cluster
from aifactory.ports.keys import Signer
from aifactory.ports.object_store import ObjectStore
from aifactory.ports.registry import _provided, get, provide
from aifactory.supercomputer import actions, ledger, recipes
from aifactory.supercomputer.accounts import allocations
from aifactory.supercomputer.cluster_desk import PortalClusterDesk
from aifactory.supercomputer.desk import PortalDesk
from aifactory.supercomputer.models import Attempt, Job, LedgerEntry, QueuedJob, Usage
from tests.awards import factories as awards
from tests.faults.process import RECIPES
from tests.people.test_ssh import fresh
from tests.services.slurm import commands
from tests.supercomputer.factories import Factory, NoEnvironment, later

EVENTS = (
    "job:start", "job:run", "job:succeed", "attempt:run", "attempt:complete", "usage:record", "award:draw"
)  # fmt: skip


class Killed(BaseException):
    """What a kill is to Python: nothing catches it."""


class Death:
    """Comes once between every two verbs that follow each other, each time to another agent."""

    def __init__(self) -> None:
        self.came: set[tuple[str, str]] = set()
        self.last = ""

    def comes(self, verb: str) -> bool:
        """Say whether it comes now, before this verb."""
        between, self.last = (self.last, verb), verb
        if between in self.came:
            return False
        self.came.add(between)
        self.last = ""
        return True

    @property
    def before(self) -> set[str]:
        return {verb.split(" ")[0] for _last, verb in self.came}


class Mortal:
    """Passes every verb on, until death comes before one. A command of the cluster is told by its first words."""

    def __init__(self, thing: object, death: Death) -> None:
        self._thing, self._death = thing, death

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._thing, name)
        if not callable(found):
            return found

        def verb(*given: Any, **named: Any) -> Any:
            words = given[: {"run": 4, "stream": 1}.get(name, 0)]
            if self._death.comes(" ".join([name, *map(str, words)])):
                raise Killed(name)
            return found(*given, **named)

        return verb


def agent(engine: object, death: Death, root: Path, store: object, recipes_root: Path) -> Agent:
    return Agent(
        Mortal(PortalDesk(), death), Mortal(engine, death), Mortal(store, death), NoEnvironment(),
        recipes_root=recipes_root, verify_grant=SignedGrants(get(Signer).public_keys()), root=root / "agent",
    )  # fmt: skip


def lived(turn: Any) -> bool:
    """Say whether an agent came to the end of its turn."""
    try:
        turn()
    except Killed:
        return False
    return True


def told(job: Job) -> dict[str, Any]:
    """Return what must be the same however often somebody died on the way."""
    attempt = job.attempts.get()
    usage = Usage.objects.get(attempt=attempt)
    return {
        "job": job.state,
        "attempt": attempt.state,
        "forgotten": attempt.forgotten,
        "outputs": [(file["path"], file["digest"], file["size"]) for file in attempt.outputs],
        "used": (usage.core_seconds, usage.gpu_seconds, usage.wall_seconds),
    }


@pytest.mark.django_db
def test_on_any_engine_the_end_is_that_of_an_agent_that_lived(plant: Factory, tmp_path: Path) -> None:
    store = get(ObjectStore)
    jobs = [actions.start(plant.submit(), by=plant.user) for _ in range(2)]
    before = Counter(Event.objects.values_list("name", flat=True))
    death, at = Death(), 0
    while Attempt.objects.filter(forgotten=False).exists():
        with later(seconds=at):
            death.last = ""
            at += 15 * lived(agent(plant.engine, death, tmp_path, store, recipes.ROOT).turn)
        assert len(death.came) < 200, death.came
    assert death.before >= {
        "orders",
        "status",
        "fetch",
        "submit",
        "outputs",
        "log",
        "put",
        "report",
        "forget",
    }
    for job in jobs:
        job.refresh_from_db()
    facts = [told(job) for job in jobs]
    # The simulated clock stands still within a turn: what both used is the same to the second.
    assert facts[0] == facts[1]
    assert facts[0] == {
        "job": "succeeded",
        "attempt": "completed",
        "forgotten": True,
        "outputs": [("metrics.json", facts[0]["outputs"][0][1], len(b'{"auc": 0.99}'))],
        "used": (60, 0, 60.0),
    }
    plant.line.refresh_from_db()
    used = sum(Usage.objects.values_list("core_seconds", flat=True))
    assert (plant.line.held, plant.line.drawn, used) == (0, 120, 120)
    happened = Counter(Event.objects.values_list("name", flat=True)) - before
    assert {name: happened[name] for name in EVENTS[1:]} == dict.fromkeys(EVENTS[1:], 2)


@pytest.fixture
def with_cluster(slurm, tmp_path, monkeypatch):
    """Give the real cluster's commands, known to the portal as its cluster."""
    monkeypatch.setattr(slurm_engine, "AGAIN", 1.0)
    direct = commands(slurm)
    provide(Cluster, SlurmCluster(direct, runner=slurm.setting.user))
    yield direct
    del _provided[Cluster]


@pytest.mark.thorough
@pytest.mark.django_db
@pytest.mark.usefixtures("patience", "store")
def test_on_a_real_slurm_each_command_may_be_an_agents_last(slurm, with_cluster, tmp_path: Path) -> None:
    direct, user = with_cluster, slurm.setting.user
    line = awards.line(resource="core", amount=100_000)
    project = line.project
    add_key(project.leader, fresh())
    job = actions.submit(
        project, by=project.leader, recipe="patience", inputs={}, parameters={"seconds": 0.1}, engine="slurm"
    )
    actions.start(job, by=project.leader)
    account = get(Cluster).account(project.pk)
    own, death = "", Death()

    def turn() -> None:
        death.last = ""
        mortal = Mortal(direct, death)
        cluster = SlurmCluster(mortal, runner=user)
        entrance = Mortal(KeyFiles(tmp_path / "ssh"), death)
        ClusterAgent(Mortal(PortalClusterDesk(cluster.account), death), cluster, entrance).turn()
        engine = SlurmEngine(tmp_path / "engine", mortal, partition="main", with_accounts=True)
        agent(engine, death, tmp_path, get(ObjectStore), RECIPES).turn()

    ended = LedgerEntry.objects.filter(project=project, ended_at__isnull=False).values("job_id").distinct()
    until = time.monotonic() + 90
    while not (lived(turn) and ended.count() == 2 and not Attempt.objects.filter(forgotten=False).exists()):
        if not own and "keys" in death.before:  # the account is there now
            script = "#!/bin/sh\nsleep 1\n"
            own = direct.submit(
                Submission("own\nwork", "", script, slurm.root, 1, 0, 100, 1, account, "main")
            )
        assert time.monotonic() < until, (sorted(death.came), list(ended))
    assert {"run sacctmgr -Qi add account", "run sacctmgr -Qi add qos", "run sacctmgr -Qi add user"} <= {
        verb for _last, verb in death.came
    }
    assert death.before >= {
        "allocations", "run", "compared", "keys", "mend", "stream", "queued", "read_until", "take", "orders", "submit",
        "job", "outputs", "log", "report", "forget",
    }  # fmt: skip
    job.refresh_from_db()
    line.refresh_from_db()
    facts = told(job)
    assert (facts["job"], facts["attempt"], [path for path, *_ in facts["outputs"]]) == (
        "succeeded", "completed", ["metrics.json"],
    )  # fmt: skip
    since = job.created_at - ledger.BEGINNING
    assert len(list(direct.booked(since=since, name=job.attempts.get().name))) == 1
    (mine,) = direct.booked(since=since, job_id=own)
    assert (mine.name, mine.state) == ("own\nwork", "COMPLETED")
    assert (line.held, line.drawn) == (0, facts["used"][0] + mine.elapsed_seconds * mine.cores)
    assert not any(change.command for change in get(Cluster).differences(allocations()))
    assert QueuedJob.objects.filter(project=project).values_list("job_id", flat=True).get() == own
    sums = ledger.differences("slurm", direct.booked(since=since, until=clock.now() + ledger.BEGINNING))[
        account
    ]
    assert (sums["difference_core"], sums["difference_gpu"]) == (0, 0)
