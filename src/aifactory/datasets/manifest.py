"""What a version's files are, byte for byte: the manifest, and checking a folder against it without us.

A file has two digests: SHA-256, which catalogues ask for, and BLAKE3, as `b3sum` prints it. Below BLAKE3 the file is
cut into groups of `group` bytes, each with a BLAKE3 digest of its own, so that a check says where a file differs and
not only that it does. A group is the smallest power of two from 64 KiB up with which a file has at most 256 groups.
"""

import hashlib
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from aifactory.kit.errors import Refused

SCHEMA = "aifactory/manifest/2"
SMALLEST_GROUP = 65_536
MOST_GROUPS = 256
_CHUNK = 1 << 20


class NoManifest(Refused):
    """The file is no manifest of a version."""

    status = 422


@dataclass(frozen=True)
class Tree:
    """BLAKE3 (hex) of a whole file and of each group of `group` bytes."""

    blake3: str
    group: int
    groups: tuple[str, ...]


@dataclass(frozen=True)
class Difference:
    """How a file is not what the manifest says. `ranges` are bytes, from the first up to the second."""

    path: str
    kind: str
    message: str
    ranges: tuple[tuple[int, int], ...] = ()


def group_size(size: int) -> int:
    """Return the length of a group, in bytes, of a file of `size` bytes."""
    group = SMALLEST_GROUP
    while group * MOST_GROUPS < size:
        group *= 2
    return group


def tree(chunks: Iterable[bytes], group: int) -> Tree:
    """Hash a file as a whole and in groups of `group` bytes, in one reading; an empty file has one empty group."""
    from blake3 import blake3

    whole, groups, part, room = blake3(), [], blake3(), group
    for chunk in chunks:
        whole.update(chunk)
        rest = memoryview(chunk)
        while len(rest) >= room:
            part.update(rest[:room])
            groups.append(part.hexdigest())
            rest, part, room = rest[room:], blake3(), group
        part.update(rest)
        room -= len(rest)
    if room < group or not groups:
        groups.append(part.hexdigest())
    return Tree(whole.hexdigest(), group, tuple(groups))


def tree_of(path: Path) -> Tree:
    """Hash a file on this machine."""
    return tree(_read(path), group_size(path.stat().st_size))


def entry(path: str, size: int, digest: str, blake3: str, groups: str) -> dict[str, Any]:
    """Return a file's lines in the manifest; `groups` are the digests of its groups in one string of hex."""
    return {
        "path": path,
        "size": size,
        "digest": digest,
        "blake3": blake3,
        "group": group_size(size),
        "groups": [groups[at : at + 64] for at in range(0, len(groups), 64)],
    }


def manifest(entries: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the list of files whose digest names a version."""
    return {"schema": SCHEMA, "files": sorted(map(dict, entries), key=lambda f: str(f["path"]))}


def check_folder(folder: Path, listed: Mapping[str, Any], *, besides: Path | None = None) -> list[Difference]:
    """Return every difference between a folder and a manifest, file by file; `besides` is no part of the folder.

    Raises `NoManifest`.
    """
    files = _files(listed)
    found = [
        difference for file in files for difference in _check(folder / PurePosixPath(file["path"]), file)
    ]
    known = {file["path"] for file in files}
    for path in sorted(_within(folder)):
        name = path.relative_to(folder).as_posix()
        if name not in known and (besides is None or not path.samefile(besides)):
            found.append(Difference(name, "unlisted", "This file is not in the manifest."))
    return found


def _files(listed: Mapping[str, Any]) -> list[dict[str, Any]]:
    match listed:
        case {"schema": str(schema), "files": list(files)} if schema == SCHEMA and all(map(_is_entry, files)):
            if len({file["path"] for file in files}) == len(files):
                return files
    raise NoManifest("This is no manifest of a dataset's version.", rule=SCHEMA)


def _is_entry(file: Any) -> bool:
    match file:
        case {
            "path": str(path), "size": int(size), "digest": str(), "blake3": str(), "group": int(group),
            "groups": list(groups),
        }:  # fmt: skip
            plain = PurePosixPath(path)
            inside = (
                path == str(plain) and not plain.is_absolute() and ".." not in plain.parts and path != "."
            )
            fits = size >= 0 and group == group_size(size) and len(groups) == max(1, -(-size // group))
            return inside and "\0" not in path and fits and all(isinstance(g, str) for g in groups)
    return False


def _check(path: Path, file: Mapping[str, Any]) -> Iterator[Difference]:
    name, size = str(file["path"]), int(file["size"])
    if not path.is_file() or path.is_symlink():
        yield Difference(name, "missing", "This file is missing.")
        return
    sha, seen = hashlib.sha256(), path.stat().st_size

    def read() -> Iterator[bytes]:
        for chunk in _read(path):
            sha.update(chunk)
            yield chunk

    found = tree(read(), int(file["group"]))
    if (seen, f"sha256:{sha.hexdigest()}", found.blake3) == (size, file["digest"], file["blake3"]):
        if list(found.groups) != file["groups"]:
            yield Difference(name, "manifest", "The manifest contradicts itself about this file.")
        return
    ranges = tuple(_ranges(found, file, max(size, seen)))
    if seen != size:
        message = f"This file has {seen} bytes instead of {size}."
    elif ranges:
        message = "This file has other bytes."
    else:
        message = "The manifest contradicts itself about this file."
    yield Difference(name, "size" if seen != size else "changed" if ranges else "manifest", message, ranges)


def _ranges(found: Tree, file: Mapping[str, Any], length: int) -> Iterator[tuple[int, int]]:
    """Return where the groups differ, neighbours as one range; what only one of the two has differs too."""
    group, promised = found.group, file["groups"]
    begun: int | None = None
    for number in range(max(len(found.groups), len(promised)) + 1):
        same = found.groups[number : number + 1] == tuple(promised[number : number + 1])
        if not same and begun is None:
            begun = number * group
        if begun is not None and (same or number * group >= length):
            yield begun, min(number * group, length)
            begun = None


def _read(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            yield chunk


def _within(folder: Path) -> Iterator[Path]:
    for above, _folders, names in os.walk(folder):
        yield from (Path(above, name) for name in names)
