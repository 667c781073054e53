"""A factory whose work is done by processes that can be killed."""

import os
import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection

from aifactory.adapters.carbon.typical import TypicalHours
from aifactory.adapters.engine.local import sandbox
from aifactory.audit.export import write
from aifactory.audit.queries import latest_checkpoint
from aifactory.audit.sealing import seal_all
from aifactory.audit.verify import verify_export
from aifactory.ports.carbon import CarbonSignal
from aifactory.ports.registry import provide
from aifactory.supercomputer import recipes
from tests.datasets.factories import store  # noqa: F401 - a fixture
from tests.faults.process import RECIPES
from tests.supercomputer.conftest import plant  # noqa: F401 - a fixture

ROOT = Path(__file__).parents[2]


class Processes:
    """Starts workers and sealers on the test's database, and kills them."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.alive: list[subprocess.Popen[bytes]] = []
        self.chance = random.Random(20261122)

    def start(self, kind: str) -> subprocess.Popen[bytes]:
        return self.run(kind, [sys.executable, "-m", "tests.faults.process", kind])

    def run(self, kind: str, command: list[str]) -> subprocess.Popen[bytes]:
        environment = os.environ | {"AIFACTORY_HOME": str(self.home), "DATABASE_URL": database_url()}
        with (self.home / f"{kind}.log").open("ab") as said:
            process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=said, stderr=said)
        self.alive.append(process)
        return process

    def kill(self, process: subprocess.Popen[bytes]) -> None:
        process.kill()
        process.wait(20)
        self.alive.remove(process)

    def harry(self, kind: str, *, times: int, at_most: float) -> None:
        """Start one, kill it after a random while, and again."""
        for _ in range(times):
            process = self.start(kind)
            time.sleep(self.chance.uniform(0.5, at_most))
            self.kill(process)


def database_url() -> str:
    """Return where the test's own database is."""
    facts = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{facts['NAME']}"
    return f"postgres://{facts['USER']}:{facts['PASSWORD']}@{facts['HOST']}:{facts['PORT']}/{facts['NAME']}"


def until(true: Callable[[], bool], *, seconds: float) -> float:
    """Wait until something is true and return how long it took; fail after so many seconds."""
    begun = time.monotonic()
    while not true():
        assert time.monotonic() - begun < seconds, "it took too long"
        time.sleep(0.1)
    return time.monotonic() - begun


def altered(folder: Path) -> list[object]:
    """Seal what waits, export everything, and return what a verifier finds wrong."""
    seal_all(settings.LOG_ORIGIN)
    with (folder / "export.jsonl").open("wb") as file:
        write(file, origin=settings.LOG_ORIGIN)
    return verify_export(folder / "export.jsonl", latest_checkpoint().note).problems


@pytest.fixture
def processes(tmp_path: Path, store: object) -> Iterator[Processes]:  # noqa: F811
    """Give processes that share this test's keys, objects and database; none survives it."""
    made = Processes(tmp_path)
    yield made
    for process in [*made.alive]:
        made.kill(process)


@pytest.fixture
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Run the recipe of these tests on a machine that can isolate it."""
    if not sandbox.works(sandbox.FIRST_UID if os.geteuid() == 0 else None):
        pytest.skip("bubblewrap does not work on this machine")
    monkeypatch.setattr(recipes.find, "__defaults__", (RECIPES,))
    provide(CarbonSignal, TypicalHours(zone="NL"))
