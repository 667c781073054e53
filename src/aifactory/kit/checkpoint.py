"""Signed checkpoints of a log: C2SP tlog-checkpoint in a C2SP signed-note, with Ed25519.

The text has lines with the log's origin, its size and its root in base64, then any extension lines.
After an empty line comes who signed: a dash, the key's name, and base64 of a 4-byte key id and the signature.
"""

import base64
import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from aifactory.kit.merkle import HASH_SIZE
from aifactory.kit.signing import BadSignature, decode_base64, public_bytes

_ED25519 = b"\x01"
_ID_SIZE = 4
_LARGEST_NOTE = 64 * 1024
_MOST_SIGNATURES = 100
_SIGNED_BY = "— "
_WHOLE_NUMBER = re.compile(r"0|[1-9][0-9]{0,18}")


@dataclass(frozen=True)
class VerifierKey:
    """A public key with the name under which it signs notes."""

    name: str
    public: Ed25519PublicKey

    def __post_init__(self) -> None:
        if not _is_name(self.name):
            raise BadSignature("A key name has no spaces and no plus sign, and is not empty.")

    @property
    def id(self) -> bytes:
        """Return the 4 bytes that tell keys of one name apart: SHA-256(name || newline || 0x01 || key)."""
        raw = self.name.encode() + b"\n" + _ED25519 + public_bytes(self.public)
        return hashlib.sha256(raw).digest()[:_ID_SIZE]

    def __str__(self) -> str:
        encoded = base64.b64encode(_ED25519 + public_bytes(self.public)).decode()
        return f"{self.name}+{self.id.hex()}+{encoded}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `name+hash+base64`, the form in which such keys are published. Raises `BadSignature`."""
        try:
            name, key_id, encoded = text.strip().split("+", 2)
            raw = decode_base64(encoded)
            key = cls(name, Ed25519PublicKey.from_public_bytes(raw[1:]))
        except ValueError as problem:
            raise BadSignature(f"This is not a verifier key (name+hash+base64): {problem}") from problem
        if raw[:1] != _ED25519:
            raise BadSignature("Only Ed25519 keys (type 1) can be used.")
        if key.id.hex() != key_id:
            raise BadSignature("The verifier key's hash does not belong to its name and key.")
        return key


def verifier_key(name: str, key: Ed25519PrivateKey | Ed25519PublicKey) -> str:
    """Return the publishable `name+hash+base64` form of a key."""
    public = key.public_key() if isinstance(key, Ed25519PrivateKey) else key
    return str(VerifierKey(name, public))


@dataclass(frozen=True)
class Checkpoint:
    """What the log claims to hold at one moment. `extensions`: further lines, never empty ones."""

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()

    def __str__(self) -> str:
        lines = [self.origin, str(self.size), base64.b64encode(self.root).decode(), *self.extensions]
        return "\n".join(lines) + "\n"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read the text of a checkpoint, without its signatures. Raises `BadSignature`."""
        if not text.endswith("\n"):
            raise BadSignature("A checkpoint ends with a newline.")
        lines = text[:-1].split("\n")
        if len(lines) < 3 or not all(lines):
            raise BadSignature(
                "A checkpoint has lines with an origin, a size and a root, none of them empty."
            )
        origin, size, root, *extensions = lines
        if not _WHOLE_NUMBER.fullmatch(size):
            raise BadSignature("The size of a checkpoint is a whole number without leading zeros.")
        try:
            decoded = decode_base64(root)
        except ValueError as problem:
            raise BadSignature(f"The root of the checkpoint cannot be decoded. {problem}") from problem
        if len(decoded) != HASH_SIZE:
            raise BadSignature("The root of a checkpoint is 32 bytes.")
        return cls(origin, int(size), decoded, tuple(extensions))


def sign_note(text: str, key: Ed25519PrivateKey, name: str) -> str:
    """Return `text` (ending with a newline) as a signed note. Raises `BadSignature` if it cannot be one."""
    if not text.endswith("\n") or _controls(text):
        raise BadSignature("A note is text without control characters that ends with a newline.")
    verifier = VerifierKey(name, key.public_key())
    signature = base64.b64encode(verifier.id + key.sign(text.encode())).decode()
    return f"{text}\n{_SIGNED_BY}{name} {signature}\n"


def open_note(note: str, keys: Iterable[VerifierKey | str]) -> str:
    """Return the text of a note signed by at least one of `keys`. Raises `BadSignature`.

    Signatures of others (witnesses, say) are passed over; a false one by a known key is refused.
    """
    text, signatures = split_note(note)
    known = {(k.name, k.id): k for k in (VerifierKey.parse(k) if isinstance(k, str) else k for k in keys)}
    verified = False
    for name, signed in signatures:
        key = known.get((name, signed[:_ID_SIZE]))
        if key is None:
            continue
        try:
            key.public.verify(signed[_ID_SIZE:], text.encode())
        except InvalidSignature:
            raise BadSignature(f"The signature of {name} does not belong to this note.") from None
        verified = True
    if not verified:
        names = ", ".join(sorted({name for name, _ in signatures}))
        raise BadSignature(f"No trusted key signed this note; it says it is signed by {names}.")
    return text


def split_note(note: str) -> tuple[str, list[tuple[str, bytes]]]:
    """Return the text and the (key name, id and signature bytes) pairs, unverified. Raises `BadSignature`."""
    if len(note) > _LARGEST_NOTE:
        raise BadSignature("A note is at most 64 KiB.")
    if _controls(note):
        raise BadSignature("A note is text without control characters.")
    body, blank, tail = note.rpartition("\n\n")
    lines = tail.split("\n")
    if not blank or not body or lines.pop() != "" or not 1 <= len(lines) <= _MOST_SIGNATURES:
        raise BadSignature("A signed note is a text, an empty line, and lines with signatures.")
    return body + "\n", [_signature(line) for line in lines]


def _signature(line: str) -> tuple[str, bytes]:
    name, space, encoded = line.removeprefix(_SIGNED_BY).partition(" ")
    if not line.startswith(_SIGNED_BY) or not space or not _is_name(name):
        raise BadSignature("A signature line is a dash, a key name and base64.")
    try:
        signed = decode_base64(encoded)
    except ValueError as problem:
        raise BadSignature(f"The signature of {name} cannot be decoded. {problem}") from problem
    if len(signed) <= _ID_SIZE:
        raise BadSignature(f"The signature of {name} is too short.")
    return name, signed


def _is_name(name: str) -> bool:
    return bool(name) and "+" not in name and not any(character.isspace() for character in name)


def _controls(text: str) -> bool:
    """Say whether a text holds what a note may not: ASCII control characters, or halves of characters."""
    return any((c < " " and c != "\n") or "\ud800" <= c <= "\udfff" for c in text)


def sign_checkpoint(checkpoint: Checkpoint, key: Ed25519PrivateKey, name: str | None = None) -> str:
    """Return the checkpoint as a signed note; by default the key is named after the log's origin."""
    return sign_note(str(checkpoint), key, name or checkpoint.origin)


def parse_and_verify(note: str, keys: Iterable[VerifierKey | str]) -> Checkpoint:
    """Return the checkpoint of a note that one of `keys` signed. Raises `BadSignature`."""
    return Checkpoint.parse(open_note(note, keys))


def parse_unverified(note: str) -> Checkpoint:
    """Return the checkpoint of a note without asking who signed it. Raises `BadSignature`."""
    return Checkpoint.parse(split_note(note)[0])
