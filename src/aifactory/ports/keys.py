"""The factory's own signature."""

from typing import Any, Protocol


class Signer(Protocol):
    """Signs documents in the factory's name (Ed25519, DSSE)."""

    def sign_envelope(self, payload: dict[str, Any], payload_type: str) -> str:
        """Return a DSSE envelope as JSON text."""
        ...

    def sign(self, message: bytes) -> bytes:
        """Return a bare Ed25519 signature (64 bytes), as checkpoints need it."""
        ...

    def public_keys(self) -> dict[str, bytes]:
        """Return key id → raw public key (32 bytes)."""
        ...
