"""The folder of one attempt, on a disk that the agent and every node share.

order.json        what to run, and a word that no other submission of this name has (written once)
submissions.jsonl when it was given to Slurm, and the id that came back
claim.json        a node began it, or the engine decided that none ever will (written once)
ran.json          how it ended, by the node's own account (written once)
parts/N/          the same for one of several nodes or tasks
so-far/           progress of the tasks of an array, until there are results
end.json          how it ended, with what Slurm's books say (written once; it stays for ever)
"""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from aifactory.adapters.engine.local.job import JobFolder


class SlurmFolder(JobFolder):
    """A job's folder, with what passes between engine and node."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.ran = path / "ran.json"
        self.submissions = path / "submissions.jsonl"
        self.out = path / "slurm.out"
        self.so_far = path / "so-far"

    def submitted(self) -> list[dict[str, Any]]:
        """Return every submission so far; a line cut off by a crash counts as one whose id is not known."""
        if not self.submissions.exists():
            return []
        found = []
        for line in self.submissions.read_text(encoding="utf-8").splitlines():
            try:
                found.append(json.loads(line))
            except ValueError:
                found.append({"job_id": None, "at": 0.0})
        return found

    def note_submission(self, job_id: str | None, at: float) -> None:
        """Write a submission down: before it is made without an id, and after it with one."""
        with self.submissions.open("a", encoding="utf-8") as out:
            out.write(json.dumps({"job_id": job_id, "at": at}) + "\n")
            out.flush()
            os.fsync(out.fileno())

    @contextmanager
    def turn(self) -> Iterator[bool]:
        """Let one agent at a time submit; false for who comes second."""
        file = os.open(self.path / "turn", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            yield True
        except BlockingIOError:
            yield False
        finally:
            os.close(file)
