"""Reading what an attempt left behind, as if it were hostile: no link is followed, nothing special opened.

A job writes its own results folder, so anything may lie there: a link to the platform's keys, a pipe
that blocks whoever opens it, ten million files. Every name is opened relative to its folder's
descriptor with `O_NOFOLLOW`, so a folder swapped for a link while we look is not followed either.
"""

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

MAX_FILES = 10_000
MAX_DEPTH = 16
MAX_BYTES = 20_000_000_000
CHUNK = 1 << 20


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
    """List ordinary files below `folder`, at most `max_files` of together `max_bytes`, `max_depth` folders deep."""
    found = Results()
    room = [max_files, max_bytes]

    def look(at: int, prefix: str, depth: int) -> None:
        for name in sorted(os.listdir(at)):  # noqa: PTH208 - a descriptor
            path = prefix + name
            reason = _why_not(at, name, depth, max_depth)
            if reason:
                if len(found.left_out) < 100:
                    found.left_out[ascii(path)[1:-1]] = reason
                continue
            entry = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=at)
            try:
                seen = os.fstat(entry)
                if stat.S_ISDIR(seen.st_mode):
                    look(entry, path + "/", depth + 1)
                elif room[0] < 1 or room[1] < seen.st_size:
                    found.left_out[path] = "there is more than may be kept"
                    return
                elif stat.S_ISREG(seen.st_mode):
                    room[0] -= 1
                    room[1] -= seen.st_size
                    found.files.append(ResultFile(folder, path, seen.st_size))
            finally:
                os.close(entry)

    top = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        look(top, "", 1)
    finally:
        os.close(top)
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


def _why_not(at: int, name: str, depth: int, max_depth: int) -> str:
    try:
        seen = os.stat(name, dir_fd=at, follow_symlinks=False)
        name.encode()
        if not name.isprintable():
            return "its name has characters that cannot be shown"
        if stat.S_ISLNK(seen.st_mode):
            return "it is a link"
        if not (stat.S_ISREG(seen.st_mode) or stat.S_ISDIR(seen.st_mode)):
            return "it is not an ordinary file"
        if stat.S_ISDIR(seen.st_mode) and depth >= max_depth:
            return f"it lies more than {max_depth} folders deep"
        os.close(os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=at))
    except UnicodeEncodeError:
        return "its name is not text"
    except OSError as problem:
        return f"it cannot be read: {problem.strerror}"
    return ""


def _open_below(folder: Path, path: str) -> int:
    """Open an ordinary file part by part, following no link. Raises `OSError`."""
    at = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    for part in path.split("/"):
        try:
            below = os.open(part, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=at)
        finally:
            os.close(at)
        at = below
    if not stat.S_ISREG(os.fstat(at).st_mode):
        os.close(at)
        raise OSError(f"{path} is not an ordinary file.")
    return at
