"""A desk in memory, and an agent beside the real local engine."""

import hashlib
import json
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from aifactory.adapters.engine.local import LocalEngine
from aifactory.adapters.object_store.folder import FolderStore
from aifactory.agent.environments import Environments
from aifactory.agent.grants import PAYLOAD_TYPE, SignedGrants
from aifactory.agent.loop import Agent
from aifactory.agent.recipes import recipe_digest
from aifactory.kit.signing import sign_envelope
from aifactory.ports.desk import Grant, Input, InputFile, Order, Report, RunOrder
from aifactory.ports.engine import ENDED, Limits

MAIN = """
import json, os, sys
parameters = json.load(open("/inputs/parameters/parameters.json"))
with open("/outputs/progress.jsonl", "w") as progress:
    for done in (0.4, 1.0):
        print(json.dumps({"done": done, "text": "counting"}), file=progress)
rows = open("/inputs/data/part/table.csv").read().split()
os.makedirs("/outputs/model")
with open("/outputs/model/count.json", "w") as out:
    json.dump({"rows": len(rows), "times": parameters["times"]}, out)
print("counted", len(rows))
"""


class DeskInMemory:
    """Keeps what it is told; an ended attempt is ordered no more."""

    def __init__(self) -> None:
        self.wanted: list[Order] = []
        self.reports: list[Report] = []

    def orders(self, engine: str) -> list[Order]:
        assert engine == "local"
        return list(self.wanted)

    def report(self, engine: str, reports: list[Report]) -> None:
        self.reports += reports


class Portal:
    """Everything around an agent: makes orders, and new agents on the same disk."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.key = Ed25519PrivateKey.generate()
        self.store = FolderStore(folder / "objects")
        self.desk = DeskInMemory()
        self.recipes = folder / "recipes"
        self.write_recipe("count", MAIN)
        self.engine = LocalEngine(folder / "engine", cores=1)
        if not self.engine.isolated:
            pytest.skip("bubblewrap does not work on this machine")
        self.agent = self.new_agent()

    def new_agent(self) -> Agent:
        return Agent(
            self.desk, self.engine, self.store, Environments(self.folder / "environments"),
            recipes_root=self.recipes, verify_grant=SignedGrants(self.key.public_key()),
            root=self.folder / "agent",
        )  # fmt: skip

    def write_recipe(self, name: str, main: str) -> None:
        folder = self.recipes / name
        folder.mkdir(parents=True)
        (folder / "recipe.toml").write_text(
            f'id = "{name}"\nentry = ["python", "/recipe/main.py"]\nidempotent = true\n'
        )
        (folder / "main.py").write_text(main)

    def put(self, key: str, data: bytes) -> InputFile:
        if data:
            self.store.put(key, [data], limit=len(data))
        return InputFile("part/table.csv", key, "sha256:" + hashlib.sha256(data).hexdigest(), len(data))

    def order(
        self, attempt: str, *, data: bytes = b"a\nb\nc\n", until: timedelta = timedelta(hours=1), **changes
    ) -> RunOrder:
        file = self.put(f"datasets/{attempt}.csv", data)
        payload = {
            "attempt": attempt, "files": [file.digest], "expires_at": (datetime.now(UTC) + until).isoformat(),
        } | changes.pop("payload", {})  # fmt: skip
        grant = Grant(sign_envelope(payload, PAYLOAD_TYPE, changes.pop("key", self.key)))
        values = {
            "attempt": attempt, "recipe": "count", "recipe_digest": recipe_digest(self.recipes / "count"),
            "parameters": {"times": 2}, "inputs": (Input("data", (file,), grant),),
            "limits": Limits(1, 500_000_000, 60), "restricted": True,
        }  # fmt: skip
        return RunOrder(**(values | changes))

    def until_ended(self, attempt: str, agent: Agent | None = None) -> Report:
        until = time.monotonic() + 30
        while True:
            (agent or self.agent).turn()
            last = [report for report in self.desk.reports if report.attempt == attempt][-1]
            if last.refused or (last.status and last.status.phase in ENDED):
                return last
            assert time.monotonic() < until, last
            time.sleep(0.05)

    def read(self, report: Report) -> dict[str, object]:
        (file,) = [file for file in report.outputs if file.path == "model/count.json"]
        return json.loads(b"".join(self.store.open(file.key)))


@pytest.fixture
def portal(tmp_path: Path) -> Portal:
    return Portal(tmp_path)
