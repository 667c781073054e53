"""Which attempt may start: first come, first served, on a number of core slots shared through one folder.

Every waiting supervisor has a ticket in `queue/`; the first one whose owner lives takes the turn
(a lock), gathers as many slot locks as it needs cores, and passes the turn on. Locks belong to the
process, so whatever dies gives back what it held.
"""

import fcntl
import os
from pathlib import Path

from aifactory.adapters.engine.local.job import JobFolder


def prepare(root: Path, slots: int) -> None:
    """Make the folders below an engine's root."""
    for folder in ("jobs", "queue", "slots"):
        (root / folder).mkdir(parents=True, exist_ok=True, mode=0o700)
    for number in range(slots):
        (root / "slots" / str(number)).touch()


class Place:
    """One supervisor's place in the queue, and later its slots."""

    def __init__(self, root: Path, name: str, ticket: int, slots: int, wanted: int) -> None:
        self.root, self.slots, self.wanted = root, slots, wanted
        self.held: dict[int, int] = {}
        self._turn: int | None = None
        self._ticket = root / "queue" / f"{ticket:020d}-{name}"
        self._ticket.touch()

    def has_cores(self) -> bool:
        """Take what is free if it is our turn; true once all wanted slots are held."""
        if self._turn is None and self._is_first():
            self._turn = _lock(self.root / "queue" / ".turn")
        if self._turn is None:
            return False
        for number in range(self.slots):
            if len(self.held) < self.wanted and number not in self.held:
                lock = _lock(self.root / "slots" / str(number))
                if lock is not None:
                    self.held[number] = lock
        if len(self.held) < self.wanted:
            return False
        self.leave_queue()
        return True

    def leave_queue(self) -> None:
        """Give up ticket and turn; slots held are kept until the process ends."""
        self._ticket.unlink(missing_ok=True)
        if self._turn is not None:
            os.close(self._turn)
            self._turn = None

    def _is_first(self) -> bool:
        for ticket in sorted(self.root.glob("queue/[0-9]*")):
            if ticket == self._ticket:
                return True
            if JobFolder(self.root / "jobs" / ticket.name.partition("-")[2]).has_supervisor():
                return False
            ticket.unlink(missing_ok=True)
        return True


def _lock(path: Path) -> int | None:
    file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(file)
        return None
    return file
