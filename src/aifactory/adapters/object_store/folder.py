"""Objects as files in a folder: what one machine, the demo and the tests use."""

import hashlib
import os
import secrets
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath

from aifactory.ports.object_store import AlreadyThere, BadKey, NoSuchObject, StoredObject, TooLarge

CHUNK = 1 << 20
INCOMING = ".incoming"


class FolderStore:
    """An `ObjectStore` in `root`. Several processes may write at once: an object appears whole or not at all.

    Bytes go to a file of their own in `.incoming`, reach the disk (`fsync`), and are then linked to
    their key; a link never replaces, so of two writers one wins and the other compares.
    """

    def __init__(self, root: Path) -> None:
        self.root = root

    def put(self, key: str, chunks: Iterable[bytes], *, limit: int) -> StoredObject:
        """Write once; see `ObjectStore.put`."""
        place = self._place(key)
        (self.root / INCOMING).mkdir(parents=True, exist_ok=True, mode=0o700)
        draft = self.root / INCOMING / secrets.token_hex(16)
        try:
            stored = _write(key, chunks, draft, limit)
            try:
                place.parent.mkdir(parents=True, exist_ok=True)
                os.link(draft, place)
            except FileExistsError:
                self._same_or_refuse(key, place, stored)
            except NotADirectoryError:
                raise BadKey(f"The key {key!r} runs through another object.") from None
            _sync_folder(place.parent)
            return stored
        finally:
            draft.unlink(missing_ok=True)

    def open(self, key: str) -> Iterator[bytes]:
        """Read in chunks of 1 MB; a missing object is noticed here, not at the first chunk."""
        return _chunks(self._open(key))

    def stat(self, key: str) -> StoredObject:
        """Hash the bytes that lie there now."""
        sha, size = hashlib.sha256(), 0
        for chunk in self.open(key):
            sha.update(chunk)
            size += len(chunk)
        return StoredObject(key, size, f"sha256:{sha.hexdigest()}")

    def fetch(self, key: str, to: Path) -> StoredObject:
        """Copy to `to` by way of a draft beside it, so that `to` is never half a file."""
        source = self.open(key)
        draft = to.with_name(f".{secrets.token_hex(16)}")
        try:
            copied = _write(key, source, draft, limit=None)
            draft.replace(to)
        finally:
            draft.unlink(missing_ok=True)
        return copied

    def delete(self, key: str) -> None:
        """Remove the file; absent is fine."""
        try:
            self._place(key).unlink(missing_ok=True)
        except (NotADirectoryError, IsADirectoryError):
            return

    def _place(self, key: str) -> Path:
        """Return where `key` lies. Raises `BadKey` for a key that is not a plain relative path."""
        parts = key.split("/")
        plain = all(part not in ("", ".", "..") and len(os.fsencode(part)) <= 255 for part in parts)
        if not plain or parts[0] == INCOMING or not key.isprintable() or "\\" in key:
            raise BadKey(f"The key {key!r} is not a plain path inside the store.")
        return self.root / PurePosixPath(key)

    def _open(self, key: str) -> int:
        try:
            file = os.open(self._place(key), os.O_RDONLY | os.O_NOFOLLOW)
        except (FileNotFoundError, NotADirectoryError):
            raise NoSuchObject(f"Nothing lies under {key!r}.") from None
        if not os.path.isfile(file):  # noqa: PTH113 - a descriptor
            os.close(file)
            raise NoSuchObject(f"Nothing lies under {key!r}.")
        return file

    def _same_or_refuse(self, key: str, place: Path, stored: StoredObject) -> None:
        if not place.is_file():
            raise BadKey(f"The key {key!r} is the folder of other objects.")
        if self.stat(key) != stored:
            raise AlreadyThere(f"The key {key!r} holds other bytes, and objects are never overwritten.")


def _write(key: str, chunks: Iterable[bytes], draft: Path, limit: int | None) -> StoredObject:
    sha, size = hashlib.sha256(), 0
    with draft.open("xb") as out:
        for chunk in chunks:
            size += len(chunk)
            if limit is not None and size > limit:
                raise TooLarge(f"{key!r} is more than the limit of {limit} bytes.")
            sha.update(chunk)
            out.write(chunk)
        out.flush()
        os.fsync(out.fileno())
    return StoredObject(key, size, f"sha256:{sha.hexdigest()}")


def _chunks(file: int) -> Iterator[bytes]:
    with os.fdopen(file, "rb") as source:
        while chunk := source.read(CHUNK):
            yield chunk


def _sync_folder(folder: Path) -> None:
    """Make the new name itself survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
