"""Data keys as files that only the owner can read, each wrapped under the factory's key (envelope encryption)."""

import os
import re
import secrets
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from aifactory.kit.disk import sync_folder
from aifactory.ports.key_store import KeyDoesNotOpen, NoSuchKey

_NAME = re.compile(r"[a-z][A-Za-z0-9_]{0,60}")
_NONCE = 12
_FACTORY = "factory.key"


class FolderKeyStore:
    """Keeps `factory.key` (32 bytes) and `<name>.wrapped` in a folder. Implements `ports.key_store.KeyStore`.

    A key is wrapped with AES-256-GCM under a nonce of its own, its name bound in: files can't be exchanged.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def make(self, name: str) -> None:
        """Draw a key; one that is there stays."""
        place = self._place(name)
        nonce = secrets.token_bytes(_NONCE)
        wrapped = AESGCM(self._factory_key()).encrypt(nonce, secrets.token_bytes(32), name.encode())
        _write_once(place, nonce + wrapped)

    def open(self, name: str) -> bytes:
        """Return a key. Raises `NoSuchKey`, `KeyDoesNotOpen`."""
        try:
            kept = self._place(name).read_bytes()
        except FileNotFoundError:
            raise NoSuchKey(f"There is no key {name}.") from None
        try:
            return AESGCM(self._factory_key()).decrypt(kept[:_NONCE], kept[_NONCE:], name.encode())
        except (InvalidTag, ValueError):
            raise KeyDoesNotOpen(f"The key {name} does not open with this factory's key.") from None

    def destroy(self, name: str) -> None:
        """Overwrite the file, then remove it. What a disk or a backup keeps of it is beyond a program's reach."""
        place = self._place(name)
        try:
            with place.open("r+b") as file:
                file.write(bytes(place.stat().st_size))
                file.flush()
                os.fsync(file.fileno())
        except FileNotFoundError:
            return
        place.unlink(missing_ok=True)
        sync_folder(self.folder)

    def _place(self, name: str) -> Path:
        if not _NAME.fullmatch(name):
            raise NoSuchKey(f"{name!r} is no name of a key.")
        return self.folder / f"{name}.wrapped"

    def _factory_key(self) -> bytes:
        place = self.folder / _FACTORY
        if not place.exists():
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            _write_once(place, secrets.token_bytes(32))
        return place.read_bytes()


def _write_once(place: Path, content: bytes) -> None:
    """Write a file whole and on the disk, readable by the owner only; of two writers the first wins."""
    draft = place.with_name(f".{secrets.token_hex(8)}")
    try:
        with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:  # noqa: PTH123 - the mode counts
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(draft, place)
        except FileExistsError:
            return
        sync_folder(place.parent)
    finally:
        draft.unlink(missing_ok=True)
