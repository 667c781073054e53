"""The public export as a file, written once for all who ask for it within a minute."""

import fcntl
import tempfile
import time
from pathlib import Path
from typing import IO

from aifactory.audit import export
from aifactory.people.models import User

FRESH_SECONDS = 60


def public(home: Path, origin: str) -> Path:
    """Return the newest public export below `home`; at most a minute old, written by one process at a time."""
    folder = home / "exports"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "export.jsonl"
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not _fresh(path):
            fresh = path.with_suffix(".new")
            with fresh.open("wb") as file:
                export.write(file, origin=origin)
            fresh.replace(path)
    return path


def whole(origin: str, viewer: User) -> IO[bytes]:
    """Return an export that withholds nothing but what the auditor stands too close to: a temporary file, gone
    when it is closed.
    """
    file = tempfile.TemporaryFile()  # noqa: SIM115 - the answer closes it
    export.write(file, origin=origin, whole=True, viewer=viewer)
    file.seek(0)
    return file


def _fresh(path: Path) -> bool:
    return path.exists() and time.time() - path.stat().st_mtime < FRESH_SECONDS
