"""Reading what an attempt left behind, as if it were hostile: no link is followed, nothing special opened.

A job writes its own results folder, so anything may lie there: a link to the platform's keys, a pipe
that blocks whoever opens it, ten million files. Every name is opened relative to its folder's
descriptor with `O_NOFOLLOW`, so a folder swapped for a link while we look is not followed either.
"""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

MAX_FILES = 10_000
MAX_DEPTH = 16
MAX_BYTES = 20_000_000_000
MAX_LEFT_OUT = 100
CHUNK = 1 << 20
_CAREFULLY = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK


@dataclass(frozen=True)
class ResultFile:
    """One ordinary file of an attempt's results; `path` is relative, with `/`, and printable."""

    folder: Path
    path: str
    size: int

    def chunks(self) -> Iterator[bytes]:
        """Read exactly the `size` bytes that were listed. Raises `OSError` if the file is gone or swapped."""
        left = self.size
        with os.fdopen(_open_below(self.folder, self.path), "rb") as source:
            while left and (chunk := source.read(min(CHUNK, left))):
                left -= len(chunk)
                yield chunk


@dataclass
class Results:
    """What may be kept, in order of path, and what was left out with the reason."""

    files: list[ResultFile] = field(default_factory=list)
    left_out: dict[str, str] = field(default_factory=dict)


def list_results(
    folder: Path, *, max_files: int = MAX_FILES, max_bytes: int = MAX_BYTES, max_depth: int = MAX_DEPTH
) -> Results:
    """List ordinary files in `folder`: at most `max_files`, `max_bytes` in all, `max_depth` folders deep."""
    found = Results()
    left_bytes = max_bytes

    def leave_out(path: str, reason: str) -> None:
        if len(found.left_out) < MAX_LEFT_OUT:
            found.left_out[ascii(path)[1:-1]] = reason

    def look(at: int, prefix: str, depth: int) -> None:
        nonlocal left_bytes
        for name in sorted(os.listdir(at)):
            path = prefix + name
            seen, reason = _judge(at, name)
            if reason:
                leave_out(path, reason)
            elif stat.S_ISREG(seen.st_mode):
                if len(found.files) >= max_files or seen.st_size > left_bytes:
                    leave_out(path, "there is more than may be kept")
                    continue
                left_bytes -= seen.st_size
                found.files.append(ResultFile(folder, path, seen.st_size))
            elif depth >= max_depth:
                leave_out(path, f"it lies more than {max_depth} folders deep")
            else:
                with _opened(name, at) as below:
                    look(below, path + "/", depth + 1)

    with _opened(str(folder), None) as top:
        look(top, "", 1)
    return found


def read_tail(folder: Path, path: str, size: int) -> bytes:
    """Return the last `size` bytes of an ordinary file in `folder`; empty where there is none."""
    try:
        file = _open_below(folder, path)
    except OSError:
        return b""
    with os.fdopen(file, "rb") as source:
        source.seek(max(0, os.fstat(file).st_size - size))
        return source.read(size)


def _judge(at: int, name: str) -> tuple[os.stat_result, str]:
    """Return what `name` is, and why it stays behind unless it is a readable file or folder."""
    seen = os.stat(name, dir_fd=at, follow_symlinks=False)
    if not name.isprintable():
        return seen, "its name has characters that cannot be shown"
    if stat.S_ISLNK(seen.st_mode):
        return seen, "it is a link"
    if not (stat.S_ISREG(seen.st_mode) or stat.S_ISDIR(seen.st_mode)):
        return seen, "it is not an ordinary file"
    try:
        os.close(os.open(name, _CAREFULLY, dir_fd=at))
    except OSError as problem:
        return seen, f"it cannot be read: {problem.strerror}"
    return seen, ""


@contextmanager
def _opened(name: str, at: int | None) -> Iterator[int]:
    folder = os.open(name, _CAREFULLY | os.O_DIRECTORY, dir_fd=at)
    try:
        yield folder
    finally:
        os.close(folder)


def _open_below(folder: Path, path: str) -> int:
    """Open an ordinary file part by part, following no link. Raises `OSError`."""
    at = os.open(folder, _CAREFULLY | os.O_DIRECTORY)
    for part in path.split("/"):
        try:
            below = os.open(part, _CAREFULLY, dir_fd=at)
        finally:
            os.close(at)
        at = below
    if not stat.S_ISREG(os.fstat(at).st_mode):
        os.close(at)
        raise OSError(f"{path} is not an ordinary file.")
    return at
