"""The signed permission to use data, checked wherever the data is opened: before staging, at the start, while it runs.

The portal signs, for one attempt, what an agreement covers and until when. Whoever checks knows only the public
keys: it can check a grant, and never make one. A grant is short-lived and renewed for as long as the agreement
holds, so a portal that falls silent stops giving data by itself.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from aifactory.kit import clock
from aifactory.kit.errors import Refused
from aifactory.kit.signing import BadSignature, decode_base64, verify_envelope

PAYLOAD_TYPE = "application/vnd.aifactory.mount-grant+json"


class GrantDoesNotHold(Refused):
    """The input may not be used by this attempt, now."""


@dataclass(frozen=True)
class Granted:
    """What a grant says: these files (digests), until this moment."""

    files: frozenset[str]
    expires_at: datetime


def opened(
    envelope: str, keys: Ed25519PublicKey | Mapping[str, Ed25519PublicKey], *, attempt: str, role: str
) -> Granted:
    """Return what a grant covers, once its signature, attempt and moment hold. Raises `GrantDoesNotHold`."""
    named = f"The permission to use the input {role}"
    try:
        told = verify_envelope(envelope, keys, payload_type=PAYLOAD_TYPE)
        given_to = told["attempt"]
        granted = Granted(frozenset(told["files"]), datetime.fromisoformat(told["expires_at"]))
        ended = granted.expires_at <= clock.now()
    except BadSignature as problem:
        raise GrantDoesNotHold(f"{named} is not signed by the portal: {problem}") from problem
    except (KeyError, TypeError, ValueError) as problem:
        raise GrantDoesNotHold(f"{named} cannot be read: {problem!r}.") from problem
    if given_to != attempt:
        raise GrantDoesNotHold(f"{named} was given for another attempt.")
    if ended:
        raise GrantDoesNotHold(f"{named} ended at {clock.stamp(granted.expires_at)}.")
    return granted


def public_keys(told: Mapping[str, str]) -> dict[str, Ed25519PublicKey]:
    """Read public keys, base64 by key id. Raises `ValueError`."""
    return {name: Ed25519PublicKey.from_public_bytes(decode_base64(raw)) for name, raw in told.items()}


def why_not(attempt: Mapping[str, Any]) -> str:
    """Say why an attempt, as an engine wrote it down, may not use its inputs now; empty when it may."""
    try:
        keys = public_keys(attempt.get("grant_keys", {}))
        for role, path in attempt.get("grants", {}).items():
            opened(Path(path).read_text(encoding="utf-8"), keys, attempt=attempt["name"], role=role)
    except GrantDoesNotHold as refusal:
        return refusal.message
    except (OSError, ValueError) as problem:
        return f"The permission to use its inputs cannot be read: {problem}"
    return ""
