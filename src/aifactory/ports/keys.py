"""The factory's own signatures: one key for what it states, another for its log."""

from typing import Any, Protocol

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from aifactory.kit.checkpoint import Checkpoint


class Signer(Protocol):
    """Signs in the factory's name (Ed25519). Keys never leave it."""

    def sign_envelope(self, payload: dict[str, Any], payload_type: str) -> str:
        """Return a DSSE envelope as JSON text."""
        ...

    def sign_checkpoint(self, checkpoint: Checkpoint) -> str:
        """Return the checkpoint as a signed note."""
        ...

    def public_keys(self) -> dict[str, Ed25519PublicKey]:
        """Return the keys that envelopes are checked with, by key id."""
        ...

    def verifier_key(self, origin: str) -> str:
        """Return the log's public key in the form that checkpoints are checked with."""
        ...
