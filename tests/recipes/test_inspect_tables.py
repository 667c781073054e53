"""The inspection as a job: on one node behind its walls, on two nodes of a real Slurm, the report of one machine."""

import json
import time
from pathlib import Path

import duckdb
import pytest

from aifactory.adapters.engine.slurm.engine import SlurmEngine
from aifactory.agent.environments import Environments
from aifactory.agent.recipes import copy_recipe, files_of
from aifactory.datasets.inspection import READERS, inspect_table
from aifactory.ports.engine import ENDED, Attempt, Limits, Phase
from aifactory.supercomputer import recipes
from tests.datasets.test_inspection_in_parts import write_csv
from tests.recipes.conftest import CACHE
from tests.services.slurm import clear, rest

RECIPE = "inspect-tables"
CSV, _TSV, PARQUET = READERS


def test_the_recipe_carries_the_factorys_own_inspection():
    own = recipes.ROOT.parent
    carried = {
        Path(name).relative_to("aifactory"): path.read_bytes()
        for name, path in files_of(recipes.ROOT / RECIPE).items()
        if name.startswith("aifactory/")
    }
    assert {path: (own / path).read_bytes() for path in carried} == carried
    inspection = {path.relative_to(own) for path in (own / "datasets" / "inspection").glob("[a-z]*.py")}
    assert inspection <= set(carried)
    pins = {
        next(line for line in lock.read_text().split("[[package]]") if 'name = "duckdb"\n' in line).split(
            '"'
        )[3]
        for lock in (recipes.ROOT / RECIPE / "uv.lock", own.parents[1] / "uv.lock")
    }
    assert len(pins) == 1, "the hashes of another DuckDB may differ"


@pytest.mark.thorough
def test_two_nodes_write_the_report_of_one_machine(slurm, tmp_path):
    tables = tmp_path / "tables"
    tables.mkdir()
    write_csv(tables / "people.csv", 30_000)
    duckdb.sql("SELECT range AS n, sin(range) AS wave FROM range(100000)").write_parquet(
        str(tables / "waves.parquet")
    )
    (tables / "read-me.txt").write_text("No table.")
    (tmp_path / "parameters").mkdir()
    recipe = recipes.find(RECIPE)
    (tmp_path / "parameters" / "parameters.json").write_text(json.dumps(recipe.checked({"part_mb": 1})))
    inputs = {"tables": tables, "parameters": tmp_path / "parameters"}
    environment = Environments(CACHE).ready(recipe.folder)

    clear(slurm)  # it needs both nodes at once
    engine = SlurmEngine(tmp_path / "engine", rest(slurm), partition="main", is_closed=True)
    limits = Limits(1, 2_000_000_000, 200, nodes=2)
    copy_recipe(RECIPE, recipes.ROOT, tmp_path / "recipe", recipe.digest)
    engine.submit(Attempt("two", recipe.entry, tmp_path / "recipe", environment, inputs, limits))
    until = time.monotonic() + 200
    while (status := engine.status(["two"])["two"]).phase not in ENDED:
        assert time.monotonic() < until, (status, engine.log("two").decode())
        time.sleep(0.2)
    said = engine.log("two").decode()
    assert status.phase is Phase.COMPLETED, (status.reason, said)
    told = json.loads((Path(engine.outputs("two")) / "report.json").read_text())
    assert (told["format"], told["nodes"]) == ("aifactory-tables/1", 2)
    assert told["tables"] == {
        "people.csv": inspect_table(tables / "people.csv", media_type=CSV, restricted=True),
        "waves.parquet": inspect_table(tables / "waves.parquet", media_type=PARQUET, restricted=True),
    }
    assert told["tables"]["people.csv"]["rows"] == 30_002
    assert "people.csv in 2 parts\n" in said
