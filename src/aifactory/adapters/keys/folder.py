"""Private keys as files that only the owner can read; made on first use."""

from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from aifactory.kit import checkpoint as notes
from aifactory.kit import signing
from aifactory.kit.checkpoint import Checkpoint


class FolderSigner:
    """Keeps `factory.pem` and `log.pem` in a folder. Implements `ports.keys.Signer`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def _key(self, name: str) -> Ed25519PrivateKey:
        path = self.folder / f"{name}.pem"
        if not path.exists():
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            try:
                return signing.create_key(path)
            except FileExistsError:  # made by another process a moment ago
                pass
        return signing.load_key(path)

    def sign_envelope(self, payload: dict[str, Any], payload_type: str) -> str:
        return signing.sign_envelope(payload, payload_type, self._key("factory"))

    def sign_checkpoint(self, checkpoint: Checkpoint) -> str:
        return notes.sign_checkpoint(checkpoint, self._key("log"))

    def public_keys(self) -> dict[str, Ed25519PublicKey]:
        public = self._key("factory").public_key()
        return {signing.key_id(public): public}

    def verifier_key(self, origin: str) -> str:
        return notes.verifier_key(origin, self._key("log"))
