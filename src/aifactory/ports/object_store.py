"""Where bytes lie: by key, written once; large ones in parts that may come in any order, and again."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol


@dataclass(frozen=True)
class StoredObject:
    """What a store knows of one object: key, size in bytes, `sha256:<hex>` of its content."""

    key: str
    size: int
    digest: str


@dataclass(frozen=True)
class StoredPart:
    """One part of an object that is being sent: its number from 1, its size in bytes, the MD5 of its bytes (hex).

    `tag` finds a part that must be sent again; it proves nothing. A store may give another mark instead.
    """

    number: int
    size: int
    tag: str


@dataclass(frozen=True)
class Unfinished:
    """An object that is being sent in parts: its key, the store's name for the sending, and since when."""

    key: str
    sending: str
    begun_at: datetime


MOST_PARTS = 10_000
#: What a part but the last must be at least (S3, "Multipart upload limits"); the folder has no such limit.
SMALLEST_PART = 5 * 1024 * 1024


class Shelf(Protocol):
    """What an agent needs of a store: to fetch inputs, and to bring results."""

    def put(self, key: str, chunks: Iterable[bytes], *, limit: int) -> StoredObject:
        """Write chunks under `key`; nothing stays behind when it fails.

        Raises `TooLarge` past `limit` bytes, `AlreadyThere` when the key holds other bytes,
        `BadKey` for a key that could leave the store.
        """
        ...

    def fetch(self, key: str, to: Path) -> StoredObject:
        """Copy an object to a file and return what was truly copied. Raises `NoSuchObject`."""
        ...


class ObjectStore(Shelf, Protocol):
    """Objects are immutable: writing the same bytes to a key again is fine, other bytes are refused."""

    def open(self, key: str, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        """Read an object in chunks, or its bytes from `start` up to `stop`, both within it. Raises `NoSuchObject`."""
        ...

    def stat(self, key: str) -> StoredObject:
        """Hash the object as it lies there now. Raises `NoSuchObject`."""
        ...

    def delete(self, key: str) -> None:
        """Remove an object (the end of a retention term); absent is fine."""
        ...

    def begin(self, key: str) -> str:
        """Begin to send an object in parts; return the name of the sending. Raises `BadKey`."""
        ...

    def part_address(self, key: str, sending: str, number: int, *, seconds: int) -> str | None:
        """Return where a part can be put (HTTP PUT) by who holds the address, or None: by `put_part` only."""
        ...

    def put_part(
        self, key: str, sending: str, number: int, chunks: Iterable[bytes], *, size: int
    ) -> StoredPart:
        """Keep one part of exactly `size` bytes; sent again, the last one counts.

        Raises `NoSuchSending`, `PartDoesNotFit`; then the part is as it was before.
        """
        ...

    def parts(self, key: str, sending: str) -> list[StoredPart]:
        """Return the parts that arrived, by number. Raises `NoSuchSending`."""
        ...

    def finish(self, key: str, sending: str) -> None:
        """Make the object of its parts; what was finished before may be finished again.

        Raises `NoSuchSending`, `PartDoesNotFit` where one is missing, `AlreadyThere`.
        """
        ...

    def abandon(self, key: str, sending: str) -> None:
        """Forget the parts; absent is fine."""
        ...

    def unfinished(self) -> list[Unfinished]:
        """Return everything that is being sent in parts, oldest first."""
        ...


class NoSuchObject(LookupError):
    """Nothing lies under that key."""


class AlreadyThere(ValueError):
    """The key holds other bytes; objects are never overwritten."""


class TooLarge(ValueError):
    """More bytes than the limit."""


class BadKey(ValueError):
    """A key that is empty, absolute, or climbs out of the store."""


class NoSuchSending(LookupError):
    """No object is being sent under that name: it never was, was abandoned, or came whole."""


class PartDoesNotFit(ValueError):
    """A part has another size than was said, an impossible number, or is missing."""
