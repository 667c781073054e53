"""What a key may look like, the same in every store."""

import os

from aifactory.ports.object_store import BadKey

INCOMING = ".incoming"


def plain_key(key: str) -> str:
    """Return the key. Raises `BadKey` for one that is not a plain relative path."""
    parts = key.split("/")
    plain = all(part not in ("", ".", "..") and len(os.fsencode(part)) <= 255 for part in parts)
    if not plain or parts[0] == INCOMING or not key.isprintable() or "\\" in key:
        raise BadKey(f"The key {key!r} is not a plain path inside the store.")
    return key
