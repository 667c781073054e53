"""Recipes run for real, with the locked environment that the agent would build, outside the sandbox."""

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from aifactory import demo
from aifactory.agent.environments import Environments
from aifactory.agent.recipes import copy_recipe
from aifactory.supercomputer import recipes

CACHE = Path(
    os.environ.get("AIFACTORY_TEST_ENVIRONMENTS", Path.home() / ".cache" / "aifactory" / "environments")
)


@dataclass(frozen=True)
class Run:
    """One run of a recipe, ended."""

    exit_code: int
    said: str
    outputs: Path

    def read(self, name: str):
        return json.loads((self.outputs / name).read_text(encoding="utf-8"))

    def files(self) -> set[str]:
        return {path.name for path in self.outputs.iterdir()}


@pytest.fixture(scope="session")
def python() -> Path:
    """Give the interpreter of the recipes' common environment; the first time it is built."""
    return Environments(CACHE).ready(recipes.ROOT / "tabular-classifier") / "bin" / "python"


@pytest.fixture(scope="session")
def images_python() -> Path:
    """Give the interpreter of the recipe on images, which has an environment of its own."""
    return Environments(CACHE).ready(recipes.ROOT / "image-classifier") / "bin" / "python"


@pytest.fixture(scope="session")
def tables(python, tmp_path_factory) -> Path:
    """Give a folder with the demo's real tables."""
    folder = tmp_path_factory.mktemp("tables")
    script = Path(demo.__file__).with_name("export_sklearn.py")
    subprocess.run([python, script, folder], check=True, timeout=120)
    return folder


@pytest.fixture(scope="session")
def run(python, tmp_path_factory) -> Callable[..., Run]:
    """Give a function that runs a recipe on files by role, with parameters checked as at submission.

    `told` is what an engine would tell it besides: which task of an array it is.
    """

    def start(
        recipe: str, files: dict[str, list[Path]], told: dict[str, str] | None = None, python: Path = python,
        **parameters,
    ) -> Run:  # fmt: skip
        folder = tmp_path_factory.mktemp(recipe)
        outputs = folder / "outputs"
        outputs.mkdir()
        found = recipes.find(recipe)
        copy_recipe(recipe, recipes.ROOT, folder / "recipe", found.digest)
        answers = found.checked(parameters)
        (folder / "inputs" / "parameters").mkdir(parents=True)
        (folder / "inputs" / "parameters" / "parameters.json").write_text(json.dumps(answers))
        for role, paths in files.items():
            (folder / "inputs" / role).mkdir()
            for path in paths:
                shutil.copy(path, folder / "inputs" / role)
        answer = subprocess.run(
            [python, folder / "recipe" / "main.py"],
            cwd=folder, capture_output=True, text=True, check=False, timeout=600,
            env={"AIFACTORY_INPUTS": str(folder / "inputs"), "AIFACTORY_OUTPUTS": str(outputs),
                 "PYTHONDONTWRITEBYTECODE": "1", "PYTHONWARNINGS": "error", "PATH": "/usr/bin:/bin"} | (told or {}),
        )  # fmt: skip
        return Run(answer.returncode, answer.stdout + answer.stderr, outputs)

    return start
