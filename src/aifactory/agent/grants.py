"""The permission to mount a dataset, checked where the data is opened and not only where it was asked for."""

import base64
from collections.abc import Mapping
from typing import Protocol

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from aifactory.adapters.engine.grants import PAYLOAD_TYPE, GrantDoesNotHold, opened
from aifactory.kit.signing import key_id, public_bytes
from aifactory.ports.desk import Input, RunOrder

__all__ = ["PAYLOAD_TYPE", "GrantDoesNotHold", "SignedGrants", "VerifyGrant"]


class VerifyGrant(Protocol):
    """Say nothing when `given` may be mounted for `order`. Raises `Refused`."""

    def __call__(self, given: Input, order: RunOrder) -> None: ...

    def public(self) -> dict[str, str]:
        """Return the keys that grants are checked with, base64 by key id, for the machine that runs the attempt."""
        ...


class SignedGrants:
    """Checks grants: a DSSE envelope over `{"attempt", "files": [digest…], "expires_at": RFC 3339}`."""

    def __init__(self, keys: Ed25519PublicKey | Mapping[str, Ed25519PublicKey]) -> None:
        self._keys = keys

    def __call__(self, given: Input, order: RunOrder) -> None:
        """Check signature, attempt, files and moment. Raises `GrantDoesNotHold`."""
        if given.grant is None:
            return
        granted = opened(given.grant.envelope, self._keys, attempt=order.attempt, role=given.role)
        for file in given.files:
            if file.digest not in granted.files:
                raise GrantDoesNotHold(
                    f"The permission to use the input {given.role} does not cover the file {file.path}."
                )

    def public(self) -> dict[str, str]:
        """Return the public keys, base64 by key id."""
        keys = self._keys
        named = {key_id(keys): keys} if isinstance(keys, Ed25519PublicKey) else keys
        return {name: base64.b64encode(public_bytes(key)).decode() for name, key in named.items()}
