"""Writing a stream to a file while it is measured and hashed."""

import hashlib
import os
from collections.abc import Iterable
from pathlib import Path

from aifactory.ports.object_store import StoredObject, TooLarge


def write(key: str, chunks: Iterable[bytes], draft: Path, limit: int | None) -> StoredObject:
    """Write chunks to a new file and bring them to the disk. Raises `TooLarge` past `limit` bytes."""
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


def digest_of(key: str, chunks: Iterable[bytes]) -> StoredObject:
    """Hash what lies under a key, as it is read."""
    sha, size = hashlib.sha256(), 0
    for chunk in chunks:
        sha.update(chunk)
        size += len(chunk)
    return StoredObject(key, size, f"sha256:{sha.hexdigest()}")
