"""A project with data and budget, and a factory that runs its jobs in make-believe time."""

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from aifactory.adapters.engine.simulated import Behaviour, SimulatedEngine
from aifactory.agent.grants import SignedGrants
from aifactory.agent.loop import Agent
from aifactory.awards.models import AwardLine, Project
from aifactory.datasets.models import Agreement
from aifactory.kit import clock
from aifactory.people.models import User
from aifactory.ports.carbon import CarbonHour, NoSignal, Signal
from aifactory.ports.keys import Signer
from aifactory.ports.object_store import ObjectStore
from aifactory.ports.registry import get
from aifactory.supercomputer import actions, recipes
from aifactory.supercomputer.desk import PortalDesk
from aifactory.supercomputer.models import Job
from tests.awards import factories as awards
from tests.datasets import factories as datasets

RECIPE = "tabular-classifier"


class Hours:
    """A carbon signal: 400 g/kWh, but 100 in the hour that begins five hours from `begin`."""

    def __init__(self, begin, length=240):
        first = begin.replace(minute=0, second=0, microsecond=0)
        self.hours = tuple(
            CarbonHour(
                first + timedelta(hours=n), *((100.0, 80.0, 120.0) if n == 5 else (400.0, 300.0, 500.0))
            )
            for n in range(length)
        )

    def between(self, start, end):
        chosen = tuple(h for h in self.hours if h.start < end and h.start + timedelta(hours=1) > start)
        if not chosen or chosen[0].start > start or chosen[-1].start + timedelta(hours=1) < end:
            raise NoSignal("Those hours are unknown.")
        return Signal("NL", "typical", "made for this test", None, chosen)


class NoEnvironment:
    """The simulated engine runs nothing, so it needs no environment."""

    def ready(self, recipe: Path) -> Path:
        return recipe


@dataclass
class Factory:
    """One project with an agreement and core time, and its engine."""

    project: Project
    agreement: Agreement
    line: AwardLine
    engine: SimulatedEngine
    agent: Agent
    behaviour: dict

    @property
    def user(self) -> User:
        return self.project.leader

    def submit(self, **wish) -> Job:
        asked = {
            "recipe": RECIPE,
            "inputs": {"table": self.agreement.version_id},
            "parameters": {"target": "malignant"},
            "cores": 1,
            "wall_seconds": 600,
            "engine": "simulated",
        }
        return actions.submit(self.project, by=self.user, **(asked | wish))

    def turn(self) -> None:
        self.agent.turn()


def factory(root: Path, *, core_seconds: int = 3600) -> Factory:
    project = awards.project(purpose=datasets.PURPOSE)
    agreement = datasets.in_force(datasets.offer(datasets.published()), project)
    line = awards.line(project, resource="core", amount=core_seconds)
    behaviour = {"seconds": 60.0, "outputs": {"metrics.json": b'{"auc": 0.99}'}}
    engine = SimulatedEngine(
        root / "engine", gpus=1, cores=2, behaviour=lambda _attempt: Behaviour(**behaviour)
    )
    agent = Agent(
        PortalDesk(),
        engine,
        get(ObjectStore),
        NoEnvironment(),
        recipes_root=recipes.ROOT,
        verify_grant=SignedGrants(get(Signer).public_keys()),
        root=root / "agent",
    )
    return Factory(project, agreement, line, engine, agent, behaviour)


def later(**delta) -> object:
    return clock.frozen(clock.now() + timedelta(**delta))
