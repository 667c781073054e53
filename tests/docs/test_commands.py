"""What the documents tell people to type: run for real where that is cheap, else held to the code."""

import fnmatch
import os
import re
import shlex
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import typer
from docs import facts

from aifactory.cli import assemble
from aifactory.config import beside

BLOCK = re.compile(r"^( *)```console\n(.*?)^\1```", re.MULTILINE | re.DOTALL)
ASSIGNMENT = re.compile(r"[A-Z_]+=.*")
#: run from the first command to the last in an empty home
RUN = [
    "docs/how-to/match-texts.md",
    "docs/how-to/verify-an-export.md",
    "docs/how-to/write-a-mode.md",
    "docs/how-to/find-a-route.md",
    "docs/how-to/evaluate-a-policy.md",
]
#: programs that are not ours, and are no part of a bare machine
OTHERS = {"sqlite3", "tar", "pg_dump", "cp", "sed", "git", "sudo", "cd", "bash", "echo", "cat"}


def documents() -> list[str]:
    """Return every document in the repository that has commands, by its path."""
    pages = [*facts.ROOT.glob("*.md"), *(facts.ROOT / "docs").rglob("*.md")]
    pages = [page for page in pages if "_build" not in page.parts and BLOCK.search(page.read_text())]
    return sorted(str(page.relative_to(facts.ROOT)) for page in pages)


def commands(document: str) -> list[tuple[str, list[str]]]:
    """Return each command of a document with the output lines shown below it."""
    found: list[tuple[str, list[str]]] = []
    for indent, block in BLOCK.findall((facts.ROOT / document).read_text()):
        for line in block.splitlines():
            text = line.removeprefix(indent)
            if text.startswith("$ "):
                found.append((text[2:], []))
            else:
                found[-1][1].append(text)
    return found


def words(command: str) -> list[str]:
    """Return a command's words, without the assignments before it and what its output is sent to."""
    parts = shlex.split(command.split(" > ", maxsplit=1)[0].removeprefix("! "))
    if parts[0] == "export":
        return []
    while parts and ASSIGNMENT.fullmatch(parts[0]):
        parts.pop(0)
    return parts


@pytest.mark.parametrize("document", documents())
def test_every_command_exists_and_takes_these_arguments(document):
    for command, _ in commands(document):
        typed = words(command)
        if not typed:
            continue
        program = typed[0].removeprefix(".venv/bin/")
        if program in {"aifactory", "aifactory-agent"}:
            understood(program, typed[1:])
        elif program.startswith(("script/", ".ci/")):
            assert os.access(facts.ROOT / program, os.X_OK), command
        elif program == ".tools/bin/uv":
            assert shutil.which("uv", path=f"{facts.ROOT}/.tools/bin:{Path(sys.executable).parent}"), command
        elif program == "python":
            assert typed[1] == "-m", command
            assert (facts.ROOT / typed[2].replace(".", "/")).with_suffix(".py").exists(), command
        else:
            assert program in OTHERS | {"pytest", "ruff", "mypy"}, command


@cache
def whole(program: str) -> Any:
    """Return a whole command: putting `aifactory` together takes most of a second."""
    return typer.main.get_command(assemble() if program == "aifactory" else beside.app)


def understood(program: str, arguments: list[str]) -> None:
    """Parse a line of one of our commands as it would, short of reading files; raises what is wrong."""
    found, context = whole(program), None
    while hasattr(found, "commands"):
        context = found.make_context(found.name, [], resilient_parsing=True, parent=context)
        name, found, arguments = found.resolve_command(context, arguments)
        assert found is not None, name
    if "--help" in arguments:
        return
    context = type(context)(found, info_name=found.name, parent=None)
    given, left, _ = found.make_parser(context).parse_args(list(arguments))
    asked = [p for p in found.params if p.required and not getattr(p, "prompt", None)]
    missing = [p.name for p in asked if given.get(p.name) in (None, [], ())]
    assert (left, missing) == ([], []), (found.name, arguments)


@pytest.mark.parametrize("document", RUN)
def test_a_page_can_be_followed_from_the_first_command_to_the_last(document, tmp_path):
    environment = {
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "HOME": str(tmp_path),
        "AIFACTORY_MODES": str(facts.PACKAGE / "access/modes"),
        "COLUMNS": "200",
    }
    for command, shown in commands(document):
        done = subprocess.run(
            ["bash", "-c", command],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            check=False,
        )
        assert done.returncode == 0, f"$ {command}\n{done.stdout}{done.stderr}"
        printed = [line.strip() for line in done.stdout.splitlines()]
        for line in shown:
            pattern = line.strip().replace("[", "[[]").replace("…", "*")
            assert fnmatch.filter(printed, pattern), f"$ {command}\n{done.stdout}\nhas no line like: {line}"
