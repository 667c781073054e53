"""Where bytes lie: by key, written once."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol


@dataclass(frozen=True)
class StoredObject:
    """What a store knows of one object: key, size in bytes, `sha256:<hex>` of its content."""

    key: str
    size: int
    digest: str


class ObjectStore(Protocol):
    """Objects are immutable: writing the same bytes to a key again is fine, other bytes are refused."""

    def put(self, key: str, chunks: Iterable[bytes], *, limit: int) -> StoredObject:
        """Write chunks under `key`; nothing stays behind when it fails.

        Raises `TooLarge` past `limit` bytes, `AlreadyThere` when the key holds other bytes,
        `BadKey` for a key that could leave the store.
        """
        ...

    def open(self, key: str) -> Iterator[bytes]:
        """Read an object in chunks. Raises `NoSuchObject`."""
        ...

    def stat(self, key: str) -> StoredObject:
        """Hash the object as it lies there now. Raises `NoSuchObject`."""
        ...

    def fetch(self, key: str, to: Path) -> StoredObject:
        """Copy an object to a file and return what was truly copied. Raises `NoSuchObject`."""
        ...

    def delete(self, key: str) -> None:
        """Remove an object (the end of a retention term); absent is fine."""
        ...


class NoSuchObject(LookupError):
    """Nothing lies under that key."""


class AlreadyThere(ValueError):
    """The key holds other bytes; objects are never overwritten."""


class TooLarge(ValueError):
    """More bytes than the limit."""


class BadKey(ValueError):
    """A key that is empty, absolute, or climbs out of the store."""
