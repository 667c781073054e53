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
        self._read: dict[Path, tuple[tuple[int, ...], Ed25519PrivateKey]] = {}

    def _key(self, name: str) -> Ed25519PrivateKey:
        """Return the key in a file; it is read again only when another file has come to its place."""
        path = self.folder / f"{name}.pem"
        if not path.exists():
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            try:
                return signing.create_key(path)
            except FileExistsError:  # made by another process a moment ago
                pass
        found = path.stat()
        stands = (found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)
        known = self._read.get(path)
        if known is None or known[0] != stands:
            known = self._read[path] = stands, signing.load_key(path)
        return known[1]

    def sign_envelope(self, payload: dict[str, Any], payload_type: str) -> str:
        return signing.sign_envelope(payload, payload_type, self._key("factory"))

    def sign_checkpoint(self, checkpoint: Checkpoint) -> str:
        return notes.sign_checkpoint(checkpoint, self._key("log"))

    def public_keys(self) -> dict[str, Ed25519PublicKey]:
        public = self._key("factory").public_key()
        return {signing.key_id(public): public}

    def verifier_key(self, origin: str) -> str:
        return notes.verifier_key(origin, self._key("log"))
