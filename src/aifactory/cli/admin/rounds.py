"""The background worker: one round after the other of everything that waits, by state.

There is no queue to lose: each step looks in the tables for what should happen next, and does it in a
transaction of its own. Killed anywhere, the next round goes on from what is written down.
"""

import signal
import time
from collections.abc import Callable
from pathlib import Path
from threading import Thread
from types import FrameType

import structlog
from django.conf import settings
from django.db import connection

from aifactory.access.conflicts.daily import DailySearch
from aifactory.agent.cluster import VERSION, ClusterAgent
from aifactory.agent.environments import Environments
from aifactory.agent.grants import SignedGrants
from aifactory.agent.loop import Agent
from aifactory.audit.sealing import seal_all
from aifactory.awards.pace.watching import watch
from aifactory.ports.cluster import Cluster, ClusterDesk, Entrance, Heard
from aifactory.ports.desk import Desk
from aifactory.ports.engine import Engine
from aifactory.ports.keys import Signer
from aifactory.ports.object_store import ObjectStore
from aifactory.ports.registry import get
from aifactory.supercomputer import health, recipes
from aifactory.supercomputer.actions import start_due
from aifactory.supercomputer.desk import stop_without_agreement
from aifactory.supercomputer.inspections.actions import hand_over
from aifactory.supercomputer.ledger import follow_awards
from aifactory.supercomputer.outages.actions import settle_over
from aifactory.supercomputer.secure.keys import keep_sealed

log = structlog.get_logger()


class Rounds:
    """Everything the worker does, in order."""

    def __init__(self) -> None:
        self.running = True
        self.intake = Beside(_something_was_sent, _take_in)
        self.steps: dict[str, Callable[[], object]] = {
            "start_due": start_due,
            "stop_without_agreement": stop_without_agreement,
            "keep_sealed": Seldom(keep_sealed, 30.0),
            "inspections": hand_over,
            "harvest": _harvest,
            **_beside_the_engine(),
            "conflicts": DailySearch(),
            "pace": Seldom(watch, 3600.0),
            "intake": self.intake,
            "intake_sweep": Seldom(_sweep, 3600.0),
            "retention": Seldom(_retention, 3600.0),
            "erasures": Seldom(_erasures, 3600.0),
            "settle_outages": settle_over,
            "follow_awards": Seldom(follow_awards, 3600.0),
            **_dataspace(),
            "notices": _notices,
            "seal": lambda: seal_all(settings.LOG_ORIGIN),
        }

    def go(self, *, once: bool, pause: float) -> None:
        """Go round until told to stop."""
        signal.signal(signal.SIGTERM, self.stop)
        signal.signal(signal.SIGINT, self.stop)
        while self.running:
            self.round()
            if once:
                self.intake.wait()
                return
            time.sleep(pause)

    def round(self) -> None:
        """Do every step once; one that fails is logged and does not hold up the others."""
        for name, step in self.steps.items():
            try:
                step()
            except Exception:
                log.exception("step_failed", step=name)
                connection.close()

    def stop(self, _signal: int, _frame: FrameType | None) -> None:
        """Finish the round, then end."""
        self.running = False


def _beside_the_engine() -> dict[str, Callable[[], object]]:
    """Return the steps of the agent beside our engine; none where agents elsewhere do all of it."""
    if not settings.RUNS_BESIDE:
        return {}
    steps: dict[str, Callable[[], object]] = {"agent": engine_agent(settings.FACTORY_HOME).turn}
    if settings.FACTORY_ENGINE == "local":
        return steps | {"heard": Seldom(lambda: health.heard("local", Heard(VERSION)))}
    agent = cluster_agent()
    return steps | {"cluster": Seldom(agent.turn), "compare": Seldom(agent.compare, 3600.0)}


class Seldom:
    """A step for every `pause` seconds, however quick the rounds are."""

    def __init__(self, step: Callable[[], object], pause: float = 10.0) -> None:
        self.step, self.pause, self.next = step, pause, 0.0

    def __call__(self) -> None:
        if time.monotonic() >= self.next:
            self.step()
            self.next = time.monotonic() + self.pause


class Beside:
    """A step that may take many minutes, in a thread of its own: the rounds go on, and it never runs twice at once."""

    def __init__(self, wanted: Callable[[], bool], step: Callable[[], object]) -> None:
        self.wanted, self.step = wanted, step
        self.thread: Thread | None = None

    def __call__(self) -> None:
        if (self.thread is None or not self.thread.is_alive()) and self.wanted():
            self.thread = Thread(target=self._run, name="beside", daemon=True)
            self.thread.start()

    def wait(self) -> None:
        """Wait until what runs has ended."""
        if self.thread is not None:
            self.thread.join()

    def _run(self) -> None:
        try:
            self.step()
        except Exception:
            log.exception("step_failed", step="beside")
        finally:
            connection.close()


def cluster_agent() -> ClusterAgent:
    """Return the agent that keeps a cluster's accounts and books. Raises where the engine is no cluster."""
    return ClusterAgent(get(ClusterDesk), get(Cluster), get(Entrance))


def engine_agent(home: Path) -> Agent:
    """Return the agent of the factory's engine: the same loop for this machine and for a cluster."""
    engine, store, desk = get(Engine), get(ObjectStore), get(Desk)
    (public_key,) = get(Signer).public_keys().values()
    return Agent(
        desk,
        engine,
        store,
        Environments(settings.ENVIRONMENTS),
        recipes_root=recipes.ROOT,
        verify_grant=SignedGrants(public_key),
        root=home / "agent",
    )


def _dataspace() -> dict[str, Callable[[], object]]:
    """Return the steps that carry agreements to other participants, and theirs to our jobs."""
    from aifactory.datasets.dataspace import agreed, outbox, pulling

    return {
        "dataspace_watch": agreed.watch,
        "dataspace": outbox.turn,
        "dataspace_pull": pulling.turn,
        "dataspace_follow": pulling.follow,
    }


def _something_was_sent() -> bool:
    from aifactory.datasets.intake.queries import waiting

    return waiting()


def _take_in() -> object:
    from aifactory.datasets.intake.actions import take_in_sent

    return take_in_sent()


def _sweep() -> object:
    from aifactory.datasets.intake.actions import sweep

    return sweep()


def _harvest() -> object:
    from aifactory.datasets.harvesting.actions import harvest_asked

    return harvest_asked()


def _retention() -> object:
    from aifactory.transparency.retention.actions import keep_and_delete

    return keep_and_delete()


def _erasures() -> object:
    from aifactory.datasets.erasure.actions import watch as watch_erasures

    return watch_erasures()


def _notices() -> object:
    from aifactory.notices.actions import deliver

    return deliver()
