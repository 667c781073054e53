"""The permission to mount a dataset, checked where the data is opened and not only where it was asked for.

The portal signs, for one attempt, the digests of the files that an agreement covers until a moment.
An agent knows only the public keys: it can check a grant, and never make one.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from aifactory.kit import clock
from aifactory.kit.errors import Refused
from aifactory.kit.signing import BadSignature, verify_envelope
from aifactory.ports.desk import Input, RunOrder

PAYLOAD_TYPE = "application/vnd.aifactory.mount-grant+json"


class GrantDoesNotHold(Refused):
    """The input may not be mounted for this attempt."""


class VerifyGrant(Protocol):
    """Say nothing when `given` may be mounted for `order`. Raises `Refused`."""

    def __call__(self, given: Input, order: RunOrder) -> None: ...


class SignedGrants:
    """Checks grants: a DSSE envelope over `{"attempt", "files": [digest…], "expires_at": RFC 3339}`."""

    def __init__(self, keys: Ed25519PublicKey | Mapping[str, Ed25519PublicKey]) -> None:
        self._keys = keys

    def __call__(self, given: Input, order: RunOrder) -> None:
        """Check signature, attempt, files and moment. Raises `GrantDoesNotHold`."""
        if given.grant is None:
            return
        named = f"The permission to use the input {given.role}"
        try:
            told = verify_envelope(given.grant.envelope, self._keys, payload_type=PAYLOAD_TYPE)
            attempt, files = told["attempt"], set(told["files"])
            expires_at = datetime.fromisoformat(told["expires_at"])
            ended = expires_at <= clock.now()
        except BadSignature as problem:
            raise GrantDoesNotHold(f"{named} is not signed by the portal: {problem}") from problem
        except (KeyError, TypeError, ValueError) as problem:
            raise GrantDoesNotHold(f"{named} cannot be read: {problem!r}.") from problem
        if attempt != order.attempt:
            raise GrantDoesNotHold(f"{named} was given for another attempt.")
        if ended:
            raise GrantDoesNotHold(f"{named} ended at {clock.stamp(expires_at)}.")
        for file in given.files:
            if file.digest not in files:
                raise GrantDoesNotHold(f"{named} does not cover the file {file.path}.")
