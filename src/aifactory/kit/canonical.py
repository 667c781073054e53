"""Canonical JSON (RFC 8785) and digests over it: the same facts always give the same bytes."""

import hashlib
import json
from collections.abc import Iterable
from typing import Any

import rfc8785

# JSON numbers are exact in this range only (RFC 8785, 3.2.2.3).
_LARGEST = 2**53 - 1
_SAME = {str, bool, type(None)}
_write = json.JSONEncoder(
    sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False, check_circular=False
).encode


def _is_plain(value: Any) -> bool:
    """Say whether Python's encoder writes the same bytes: no floats, no keys that UTF-16 sorts elsewhere."""
    kind = type(value)
    if kind in _SAME:
        return True
    if kind is int:
        return bool(-_LARGEST <= value <= _LARGEST)
    if kind is dict:
        try:
            return "".join(value).isascii() and _are_plain(value.values())
        except TypeError:  # a key that is no text
            return False
    return (kind is list or kind is tuple) and _are_plain(value)


def _are_plain(values: Iterable[Any]) -> bool:
    for value in values:  # noqa: SIM110 - a loop is twice as fast as all() of a generator here
        if type(value) not in _SAME and not _is_plain(value):
            return False
    return True


def canonical(value: Any) -> bytes:
    """Return the RFC 8785 bytes of a JSON-plain value. Raises `rfc8785.CanonicalizationError` otherwise.

    Plain values (nearly all) take the way of the standard library's C encoder, which is six times faster.
    """
    if _is_plain(value):
        try:
            return _write(value).encode()
        except UnicodeEncodeError:
            pass  # a lone surrogate: let the reference refuse it in its own words
    return rfc8785.dumps(value)


def digest(value: Any) -> str:
    """Return `sha256:<hex>` of bytes as they are, or of any JSON-plain value in canonical form."""
    data = value if isinstance(value, bytes) else canonical(value)
    return "sha256:" + hashlib.sha256(data).hexdigest()
