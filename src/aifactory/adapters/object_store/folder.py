"""Objects as files in a folder: what one machine, the demo and the tests use."""

import os
import secrets
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath

from aifactory.adapters.object_store.folder_parts import FolderParts
from aifactory.adapters.object_store.keys import INCOMING, plain_key
from aifactory.adapters.object_store.writing import digest_of, write
from aifactory.kit.disk import sync_folder
from aifactory.ports.object_store import AlreadyThere, BadKey, NoSuchObject, StoredObject

CHUNK = 1 << 20


class FolderStore(FolderParts):
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
            stored = write(key, chunks, draft, limit)
            try:
                place.parent.mkdir(parents=True, exist_ok=True)
                os.link(draft, place)
            except FileExistsError:
                self._same_or_refuse(key, place, stored)
            except NotADirectoryError:
                raise BadKey(f"The key {key!r} runs through another object.") from None
            sync_folder(place.parent)
            return stored
        finally:
            draft.unlink(missing_ok=True)

    def open(self, key: str, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        """Read in chunks of 1 MB; a missing object is noticed here, not at the first chunk."""
        return _chunks(self._open(key), start, stop)

    def stat(self, key: str) -> StoredObject:
        """Hash the bytes that lie there now."""
        return digest_of(key, self.open(key))

    def fetch(self, key: str, to: Path) -> StoredObject:
        """Copy to `to` by way of a draft beside it, so that `to` is never half a file."""
        source = self.open(key)
        draft = to.with_name(f".{secrets.token_hex(16)}")
        try:
            copied = write(key, source, draft, limit=None)
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
        plain_key(key)
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


def _chunks(file: int, start: int, stop: int | None) -> Iterator[bytes]:
    with os.fdopen(file, "rb") as source:
        source.seek(start)
        left = CHUNK if stop is None else stop - start
        while left > 0 and (chunk := source.read(min(CHUNK, left))):
            left -= 0 if stop is None else len(chunk)
            yield chunk
