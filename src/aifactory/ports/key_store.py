"""Where the keys of data at rest lie: apart from database and data, so that a copy of those opens nothing."""

from typing import Protocol


class KeyStore(Protocol):
    """Data keys by name (32 bytes each), kept wrapped under a key of the factory that never leaves the store."""

    def make(self, name: str) -> None:
        """Draw a key under this name; one that is there stays."""
        ...

    def open(self, name: str) -> bytes:
        """Return a key. Raises `NoSuchKey`, `KeyDoesNotOpen`."""
        ...

    def destroy(self, name: str) -> None:
        """Make a key irrecoverable here; absent is fine."""
        ...


class NoSuchKey(LookupError):
    """No key has that name: it was never made, or it was destroyed."""


class KeyDoesNotOpen(ValueError):
    """The key was wrapped under another key of the factory, or was altered."""
