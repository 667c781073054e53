"""Public keys that who issues a participant's tokens publishes at an address: a JWK Set (RFC 7517, section 5).

Only an address on record is asked, never one that a token or a set names (`jku`, `x5u`): so a stranger can make us
call nobody, and of those on the list each at most once a minute, whatever keys its tokens claim to be signed with.
"""

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import structlog

from aifactory.ports.dataspace import AddressRefused, Caller, NotIdentified, Unreachable

#: Seconds after which a set is read again, between two questions about it, and until which an old one still counts.
FRESH_S, PAUSE_S, STALE_S = 600, 60, 3_600
MOST_KEYS = 32
#: Characters of an RSA modulus of 2,048 bits, and of one of 8,192.
SHORTEST_MODULUS, LONGEST_VALUE = 342, 1_366
_FIELDS = {"OKP": ("crv", "x"), "EC": ("crv", "x", "y"), "RSA": ("n", "e")}
Key = Mapping[str, Any]
log = structlog.get_logger()


@dataclass
class _Kept:
    """What was read from one address; `held` by who asks it."""

    held: threading.Lock = field(default_factory=threading.Lock)
    keys: tuple[Key, ...] = ()
    read_at: float = float("-inf")
    asked_at: float = float("-inf")


class KeySets:
    """The keys of issuers, kept in memory by their address. `seconds` gives the time that only goes forward."""

    def __init__(self, caller: Callable[[], Caller], seconds: Callable[[], float] = time.monotonic) -> None:
        self._caller, self._seconds = caller, seconds
        self._kept: dict[str, _Kept] = {}
        self._lock = threading.Lock()

    def keys(self, address: str, name: str | None) -> tuple[Key, ...]:
        """Return the keys at an address, read anew where they are old or none has this name (`kid`).

        Raises `NotIdentified` where none could be had for an hour.
        """
        with self._lock:
            kept = self._kept.setdefault(address, _Kept())
        with kept.held:
            now = self._seconds()
            wanted = now - kept.read_at >= FRESH_S or not _has(kept.keys, name)
            if wanted and now - kept.asked_at >= PAUSE_S:
                kept.asked_at = now
                try:
                    kept.keys, kept.read_at = self._read(address), now
                except (Unreachable, AddressRefused) as problem:
                    log.warning("dataspace_keys_not_read", address=address, why=str(problem))
            if now - kept.read_at >= STALE_S:
                raise NotIdentified("The keys of who issues the token can't be had.")
            return kept.keys

    def _read(self, address: str) -> tuple[Key, ...]:
        answer = self._caller().call("GET", address, None, {})
        listed = answer.body.get("keys")
        if answer.status != 200 or not isinstance(listed, list):
            raise Unreachable(f"There is no set of keys: {answer.status}")
        return tuple(key for key in map(_usable, listed[:MOST_KEYS]) if key)


def _has(keys: tuple[Key, ...], name: str | None) -> bool:
    return any(key.get("kid") == name for key in keys) if name is not None else len(keys) == 1


def _usable(said: Any) -> Key | None:
    """Return the public part of a key for signatures, or None for anything else."""
    if not isinstance(said, dict) or said.get("use", "sig") != "sig":
        return None
    parts = _FIELDS.get(str(said.get("kty")))
    if parts is None or "d" in said:  # whoever publishes a private key has none any more
        return None
    key = {name: said[name] for name in ("kty", "kid", "alg", *parts) if name in said}
    whole = all(name in key for name in parts)
    short = all(isinstance(value, str) and len(value) <= LONGEST_VALUE for value in key.values())
    weak = key["kty"] == "RSA" and len(str(key.get("n"))) < SHORTEST_MODULUS
    return key if whole and short and not weak else None
