"""Objects that come in parts, in a folder: each part a file of its own until all are there."""

import hashlib
import os
import re
import secrets
import shutil
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path

from aifactory.adapters.object_store.keys import INCOMING, plain_key
from aifactory.ports.object_store import (
    MOST_PARTS,
    NoSuchObject,
    NoSuchSending,
    PartDoesNotFit,
    StoredObject,
    StoredPart,
    Unfinished,
)

_SENDING = re.compile(r"[0-9a-f]{32}")
_PART = re.compile(r"([1-9][0-9]{0,4})\.([0-9a-f]{32})")
_CHUNK = 1 << 20


class FolderParts:
    """The half of a `FolderStore` that takes parts, in `.incoming/parts/<sending>/<number>.<md5>`.

    A part is written beside its place and then renamed, so that it is there whole or not at all.
    """

    root: Path

    def put(self, key: str, chunks: Iterable[bytes], *, limit: int) -> StoredObject:
        """Write a whole object: the other half."""
        raise NotImplementedError

    def open(self, key: str, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        """Read an object: the other half."""
        raise NotImplementedError

    def begin(self, key: str) -> str:
        """Make the folder; which key it is for stands in it."""
        sending = secrets.token_hex(16)
        folder = self._parts / sending
        folder.mkdir(parents=True, mode=0o700)
        (folder / "key").write_text(plain_key(key), encoding="utf-8")
        return sending

    def part_address(self, key: str, sending: str, number: int, *, seconds: int) -> str | None:  # noqa: ARG002
        """A folder has no address."""
        return None

    def put_part(
        self, key: str, sending: str, number: int, chunks: Iterable[bytes], *, size: int
    ) -> StoredPart:
        """Write one part; see `ObjectStore.put_part`."""
        folder = self._folder(key, sending)
        if not 1 <= number <= MOST_PARTS:
            raise PartDoesNotFit(f"A part's number is from 1 to {MOST_PARTS}.")
        draft = folder / f".{secrets.token_hex(16)}"
        try:
            tag = _write_part(chunks, draft, size)
            before = [part for part in _listed(folder) if part.number == number and part.tag != tag]
            draft.replace(folder / f"{number}.{tag}")
            for part in before:
                (folder / f"{number}.{part.tag}").unlink(missing_ok=True)
        finally:
            draft.unlink(missing_ok=True)
        return StoredPart(number, size, tag)

    def parts(self, key: str, sending: str) -> list[StoredPart]:
        """List the parts that are there whole."""
        return _listed(self._folder(key, sending))

    def finish(self, key: str, sending: str) -> None:
        """Write the parts one after the other as one object, then forget them."""
        try:
            folder = self._folder(key, sending)
        except NoSuchSending:
            try:
                self.open(key)
            except NoSuchObject:
                raise NoSuchSending(f"Nothing is being sent to {key!r} under this name.") from None
            return
        parts = _listed(folder)
        if [part.number for part in parts] != list(range(1, len(parts) + 1)) or not parts:
            raise PartDoesNotFit(f"Parts of {key!r} are missing.")
        files = (folder / f"{part.number}.{part.tag}" for part in parts)
        self.put(key, chain.from_iterable(map(_read, files)), limit=sum(part.size for part in parts))
        shutil.rmtree(folder)

    def abandon(self, key: str, sending: str) -> None:
        """Remove the parts; absent is fine."""
        try:
            shutil.rmtree(self._folder(key, sending), ignore_errors=True)
        except NoSuchSending:
            return

    def unfinished(self) -> list[Unfinished]:
        """Return what is being sent, by when its folder was made."""
        found = []
        for named in self._parts.glob("*/key"):
            begun = datetime.fromtimestamp(named.stat().st_mtime, UTC)
            found.append(Unfinished(named.read_text(encoding="utf-8"), named.parent.name, begun))
        return sorted(found, key=lambda one: (one.begun_at, one.sending))

    @property
    def _parts(self) -> Path:
        return self.root / INCOMING / "parts"

    def _folder(self, key: str, sending: str) -> Path:
        """Return where the parts lie. Raises `NoSuchSending`, also for a sending of another key."""
        folder = self._parts / sending if _SENDING.fullmatch(sending) else None
        try:
            if folder is not None and (folder / "key").read_text(encoding="utf-8") == key:
                return folder
        except FileNotFoundError:
            pass
        raise NoSuchSending(f"Nothing is being sent to {key!r} under this name.")


def _listed(folder: Path) -> list[StoredPart]:
    """Return the whole parts; of two of one number, which a power cut may leave, the later counts."""
    found: dict[int, tuple[int, StoredPart]] = {}
    for path in folder.iterdir():
        if named := _PART.fullmatch(path.name):
            seen = path.stat()
            part = StoredPart(int(named[1]), seen.st_size, named[2])
            if found.get(part.number, (-1, part))[0] < seen.st_mtime_ns:
                found[part.number] = seen.st_mtime_ns, part
    return [found[number][1] for number in sorted(found)]


def _write_part(chunks: Iterable[bytes], draft: Path, size: int) -> str:
    """Write exactly `size` bytes and return their MD5; not one byte more is kept. Raises `PartDoesNotFit`."""
    seen, md5 = 0, hashlib.md5(usedforsecurity=False)
    with draft.open("xb") as out:
        for chunk in chunks:
            seen += len(chunk)
            if seen > size:
                break
            md5.update(chunk)
            out.write(chunk)
        out.flush()
        os.fsync(out.fileno())
    if seen != size:
        raise PartDoesNotFit(
            f"This part must be {size} bytes long, and {'more' if seen > size else seen} came."
        )
    return md5.hexdigest()


def _read(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            yield chunk
