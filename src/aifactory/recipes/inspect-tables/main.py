"""Inspect every table of a version: the questions of the factory's own inspection, asked of parts on many nodes.

`aifactory/datasets` is the factory's own code, carried along, so that the report is the one it writes on one machine.
The first node asks and writes; every node answers.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
from distributed import Client
from nodes import Team, helping, leading
from parts import answer

from aifactory.datasets.inspection.asking import Question
from aifactory.datasets.inspection.reading import (
    CSV,
    LOOKS,
    PARQUET,
    TSV,
    Form,
    Limits,
    Part,
    Unreadable,
    cut,
    form,
    locked,
)  # fmt: skip
from aifactory.datasets.inspection.study import Ask, studied
from aifactory.recipes.sandbox import INPUTS, parameters, progress, stop, write

READERS = {".csv": CSV, ".tsv": TSV, ".parquet": PARQUET}
#: So many answers are put together at a time.
AT_ONCE = 8


def main() -> None:
    team = Team.told()
    if not team.leads:
        helping(team)
        return
    asked = parameters()
    tables = [path for path in sorted((INPUTS / "tables").rglob("*")) if path.suffix.lower() in READERS]
    with leading(team) as client:
        reports = {}
        for number, path in enumerate(tables):
            name = path.relative_to(INPUTS / "tables").as_posix()
            progress(
                number / len(tables), f"Inspecting {name} on {team.nodes} nodes with {team.cores} cores each"
            )
            try:
                reports[name] = inspected(client, path, asked)
            except Unreadable as problem:
                stop(f"{name} can't be read as a table: {problem.why}")
    write("report.json", {"format": "aifactory-tables/1", "nodes": team.nodes, "tables": reports})
    progress(1, f"Inspected {len(tables)} tables")


def inspected(client: Client, path: Path, asked: dict[str, Any]) -> dict[str, Any]:
    """Return the report on one table, after a short look, and only where that was too short after a long one.

    Raises `Unreadable`.
    """
    why = ""
    for told, parts in forms(path, asked["part_mb"] * 1_000_000):
        print(f"{path.name} in {len(parts)} parts", flush=True)
        try:
            return studied(asking(client, path, told, parts), told, restricted=asked["restricted"])
        except duckdb.OutOfMemoryException as problem:
            stop(f"{path.name} needs more memory, or smaller parts: {problem}")
        except duckdb.Error as problem:
            why = str(problem)
    raise Unreadable(why)


def forms(path: Path, most: int) -> Iterator[tuple[Form, list[Part]]]:
    """Yield ways to read a table, the cheapest first: cut after a short look, after a long one, and whole."""
    media_type = READERS[path.suffix.lower()]
    for look in LOOKS:
        try:
            with locked(path, Limits(seconds=86_400)) as (database, table):
                told = form(database, table, media_type, look)
                parts = cut(database, path, table, told, most)
        except (duckdb.Error, Unreadable) as problem:
            if look == LOOKS[-1]:
                raise Unreadable(str(problem)) from problem
            continue
        yield told, parts
    yield told, [Part()]


def asking(client: Client, path: Path, told: Form, parts: list[Part]) -> Ask:
    """Return what asks every part, each where it was read before, and puts the answers together on the way back."""
    workers = sorted(client.scheduler_info(n_workers=-1)["workers"])

    def ask(question: Question) -> Any:
        answers = [
            client.submit(
                answer, path, told, part, question,
                pure=False, workers=[workers[part.number % len(workers)]], allow_other_workers=True,
            )
            for part in parts
        ]  # fmt: skip
        while True:
            answers = [
                client.submit(question.merged, answers[first : first + AT_ONCE], pure=False)
                for first in range(0, len(answers), AT_ONCE)
            ]
            if len(answers) == 1:
                return answers[0].result()

    return ask


if __name__ == "__main__":
    main()
