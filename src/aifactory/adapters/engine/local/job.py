"""The folder of one attempt: the only thing that engine, supervisor and a later engine share.

order.json   what to run (written once, by the first submit)
claim.json   a supervisor took it (written once: a name never runs twice)
run.json     it has its cores and began
cancel.json  somebody wants it stopped
end.json     how it ended (written once; it stays for ever, so that the name stays known)
alive        locked by the supervisor for as long as it lives
log          what it printed
outputs/  work/  tmp/   what it may write
"""

import fcntl
import json
import os
import secrets
import subprocess
from pathlib import Path
from typing import Any

LOG_PIECE = 1_000_000


class JobFolder:
    """Names and atomic writes of one attempt's files."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.order = path / "order.json"
        self.claim = path / "claim.json"
        self.run = path / "run.json"
        self.cancel = path / "cancel.json"
        self.end = path / "end.json"
        self.alive = path / "alive"
        self.log = path / "log"
        self.outputs = path / "outputs"
        self.work = path / "work"
        self.tmp = path / "tmp"

    @property
    def writable(self) -> list[Path]:
        """The folders that the attempt may write, and that its disk limit counts."""
        return [self.outputs, self.work, self.tmp]

    def has_supervisor(self) -> bool:
        """Say whether a supervisor lives: it holds the lock, and the kernel drops it when it dies."""
        try:
            file = os.open(self.alive, os.O_RDONLY)
        except FileNotFoundError:
            return False
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        else:
            return False
        finally:
            os.close(file)

    def printed(self, after: int) -> bytes:
        """Return at most 1 MB of what it printed, from byte `after` on."""
        try:
            with self.log.open("rb") as file:
                file.seek(after)
                return file.read(LOG_PIECE)
        except FileNotFoundError:
            return b""

    def clear(self) -> None:
        """Delete everything but the claim and the end.

        `chmod` and `rm` walk trees of any depth without following links; Python's own walk would
        run out of stack on a tree that a job made to be unwalkable.
        """
        kept = {self.claim.name, self.end.name}
        targets = [str(path) for path in self.path.iterdir() if path.name not in kept]
        remove = ["rm", "-rf", "--", *targets]
        if targets and subprocess.run(remove, check=False, capture_output=True).returncode:
            subprocess.run(["chmod", "-R", "u+rwX", "--", *targets], check=False, capture_output=True)
            subprocess.run(remove, check=True, capture_output=True)


def write_once(path: Path, value: dict[str, Any]) -> bool:
    """Write JSON to `path` whole and only if nothing is there; say whether this call did it."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    with draft.open("x", encoding="utf-8") as out:
        json.dump(value, out)
        out.flush()
        os.fsync(out.fileno())
    try:
        os.link(draft, path)
    except FileExistsError:
        return False
    finally:
        draft.unlink()
    return True


def read(path: Path) -> dict[str, Any] | None:
    """Return the JSON at `path`, None where there is none."""
    try:
        value: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    return value
