"""Canonical JSON (RFC 8785) and digests over it: the same facts always give the same bytes."""

import hashlib
from typing import Any

import rfc8785


def canonical(value: Any) -> bytes:
    """Return the RFC 8785 bytes of a JSON-plain value. Raises `rfc8785.CanonicalizationError` otherwise."""
    return rfc8785.dumps(value)


def digest(value: Any) -> str:
    """Return `sha256:<hex>` of bytes as they are, or of any JSON-plain value in canonical form."""
    data = value if isinstance(value, bytes) else canonical(value)
    return "sha256:" + hashlib.sha256(data).hexdigest()
