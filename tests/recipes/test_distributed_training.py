"""Training on two nodes of a real Slurm: the same losses as one process alone, from start or from a checkpoint."""

import json
import shutil
import subprocess
import time
from pathlib import Path

import numpy as np
import pytest

from aifactory.adapters.engine.slurm.engine import SlurmEngine
from aifactory.agent.recipes import copy_recipe
from aifactory.ports.engine import ENDED, Attempt, Limits, Phase, Status
from aifactory.supercomputer import recipes
from tests.services.slurm import clear, rest

RECIPE = "distributed-training"
pytestmark = pytest.mark.thorough


class Site:
    """Runs the recipe on digits, on as many nodes as asked, and gives back where the results are."""

    def __init__(self, cluster, folder: Path, digits: Path) -> None:
        self.engine = SlurmEngine(folder / "engine", rest(cluster), partition="main", is_closed=True)
        self.folder = folder
        self.code = folder / "recipe"
        copy_recipe(RECIPE, recipes.ROOT, self.code, recipes.find(RECIPE).digest)
        (folder / "table").mkdir()
        shutil.copy(digits, folder / "table")

    def start(self, name: str, nodes: int, checkpoint: Path | None = None, **parameters) -> None:
        recipe = recipes.find(RECIPE)
        asked = self.folder / name
        asked.mkdir()
        answers = recipe.checked({"target": "digit", "hidden": 16} | parameters)
        (asked / "parameters.json").write_text(json.dumps(answers))
        inputs = {"table": self.folder / "table", "parameters": asked}
        inputs |= {"checkpoint": checkpoint} if checkpoint else {}
        limits = Limits(1, 2_000_000_000, 120, nodes=nodes)
        self.engine.submit(Attempt(name, recipe.entry, self.code, None, inputs, limits))

    def ended(self, name: str) -> Status:
        until = time.monotonic() + 120
        while (status := self.engine.status([name])[name]).phase not in ENDED:
            assert time.monotonic() < until, status
            time.sleep(0.2)
        return status

    def results(self, name: str) -> Path:
        status = self.ended(name)
        assert status.phase is Phase.COMPLETED, (status.reason, self.engine.log(name).decode())
        return self.engine.outputs(name)


@pytest.fixture(scope="module")
def site(slurm, tables, tmp_path_factory) -> Site:
    has_torch = ["/usr/bin/python3", "-c", "import torch.distributed"]
    if subprocess.run(has_torch, capture_output=True, check=False).returncode:
        pytest.skip("torch is not installed for the system's own Python. Run script/services torch.")
    clear(slurm)  # it needs both nodes at once
    return Site(slurm, tmp_path_factory.mktemp("site"), tables / "digits.csv")


def read(results: Path) -> dict:
    return json.loads((results / "metrics.json").read_text())


def test_two_nodes_find_the_losses_of_one_process_and_go_on_where_they_stopped(site):
    site.start("one", nodes=1, epochs=6)
    site.start("two", nodes=2, epochs=6)
    site.start("half", nodes=2, epochs=3)
    site.start("odd", nodes=2, epochs=1, batch=63)
    one, two, half = (site.results(name) for name in ("one", "two", "half"))
    site.start("rest", nodes=2, epochs=6, checkpoint=half / "checkpoint")
    rest_of_it = site.results("rest")

    alone, together, resumed = read(one), read(two), read(rest_of_it)
    assert [(told["nodes"], told["processes"]) for told in (alone, together)] == [(1, 1), (2, 2)]
    np.testing.assert_allclose(together["loss"], alone["loss"], rtol=1e-9)
    np.testing.assert_allclose(resumed["loss"], alone["loss"], rtol=1e-9)
    assert len(alone["loss"]) == 6
    assert alone["loss"][-1] < alone["loss"][0] / 3
    assert alone["accuracy"] == together["accuracy"] == resumed["accuracy"] > 0.9
    with np.load(one / "weights.npz") as left, np.load(two / "weights.npz") as right:
        assert set(left) == set(right)
        for name in left:
            np.testing.assert_allclose(left[name], right[name], rtol=1e-7, atol=1e-10)
    assert site.ended("odd").phase is Phase.FAILED
    assert b"A batch of 63 rows can't be shared equally by 2 processes." in site.engine.log("odd")
