"""One attempt as a Slurm job array: each task runs it on its own; who ends last gathers what all of them found."""

import json
import os
import sys
import time
from contextlib import suppress
from dataclasses import asdict
from typing import Any

from aifactory.adapters.engine.local.job import read, write_once
from aifactory.adapters.engine.local.supervise import End
from aifactory.adapters.engine.slurm import on_node
from aifactory.adapters.engine.slurm.folder import SlurmFolder
from aifactory.adapters.engine.slurm.parts import add_log, joined, part
from aifactory.ports.engine import Phase

SECOND = 75


def run_task(job: SlurmFolder, attempt: dict[str, Any], claim: dict[str, Any]) -> None:
    """Run the task that Slurm gave this job, unless it was run before; write the attempt's end if it is the last."""
    begun = time.monotonic()
    number, total = int(os.environ["SLURM_ARRAY_TASK_ID"]), attempt["limits"]["tasks"]
    mine = part(job, number)
    mine.path.mkdir(parents=True, exist_ok=True)
    if not write_once(mine.claim, claim):
        sys.exit(SECOND)
    told = {"AIFACTORY_TASK": str(number), "AIFACTORY_TASKS": str(total)}
    write_once(mine.ran, asdict(on_node.run(mine, attempt | {"env": attempt["env"] | told})))
    add_log(job, mine, f"task {number}")
    ended = sum(part(job, other).ran.exists() for other in range(total))
    _say(job, ended, total)
    if ended == total and write_once(job.path / "gathering.json", {"task": number}):
        spent = time.monotonic() - begun
        write_once(job.ran, asdict(_gathered(job, attempt, total, spent)))


def _say(job: SlurmFolder, ended: int, total: int) -> None:
    """Add a line of progress, where the engine looks until there are results."""
    job.so_far.mkdir(exist_ok=True)
    with (job.so_far / "progress.jsonl").open("a", encoding="utf-8") as file:
        file.write(
            json.dumps({"done": ended / (total + 1), "text": f"{ended} of {total} tasks ended"}) + "\n"
        )


def _gathered(job: SlurmFolder, attempt: dict[str, Any], total: int, spent: float) -> End:
    """Run the attempt once more over what the tasks found, in what is left of the last one's time."""
    tasks = [part(job, number) for number in range(total)]
    ends = [read(task.ran) for task in tasks]
    end = joined(ends, "Task", at_once=False)
    if end.phase is Phase.COMPLETED:
        found = {f"task{number}": str(task.outputs) for number, task in enumerate(tasks)}
        left = max(1, int(attempt["limits"]["wall_seconds"] - spent))
        last = part(job, "gather")
        last.path.mkdir()
        last.outputs = job.outputs
        gathering = attempt | {
            "inputs": attempt["inputs"] | found,
            "limits": attempt["limits"] | {"wall_seconds": left},
            "env": attempt["env"] | {"AIFACTORY_TASKS": str(total), "AIFACTORY_GATHER": "1"},
        }
        final = on_node.run(last, gathering)
        add_log(job, last, "gathering")
        end = joined([*ends, asdict(final)], "Task", at_once=False)
    _keep(job, tasks)
    return end


def _keep(job: SlurmFolder, tasks: list[SlurmFolder]) -> None:
    """Put what the tasks wrote beside the results; a name that the gathering took is left to it."""
    job.outputs.mkdir(exist_ok=True)
    place = job.outputs / "tasks"
    with suppress(FileExistsError):
        place.mkdir()  # never through a link that the attempt may have put there
        for number, task in enumerate(tasks):
            if task.outputs.is_dir():
                task.outputs.rename(place / str(number))
