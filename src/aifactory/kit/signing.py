"""Ed25519 keys in files, and signed statements in DSSE envelopes (secure-systems-lab/dsse, in-toto v1)."""

import base64
import binascii
import json
import os
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from aifactory.kit.canonical import canonical
from aifactory.kit.errors import Refused

STATEMENT_TYPE = "application/vnd.in-toto+json"
_LARGEST_ENVELOPE = 16 * 1024 * 1024
_MOST_SIGNATURES = 16
_RAW = serialization.Encoding.Raw


class BadSignature(Refused):
    """What was signed does not hold, or cannot be read strictly enough to say so."""

    status = 422


class BadKey(Refused):
    """A key file holds something else."""


def create_key(path: Path) -> Ed25519PrivateKey:
    """Make a new private key in a new file that only its owner can read. Raises `FileExistsError`."""
    key = Ed25519PrivateKey.generate()
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:  # noqa: PTH123 - the mode counts
        file.write(pem)
    return key


def load_key(path: Path) -> Ed25519PrivateKey:
    """Read a private key (PEM, PKCS#8, no password). Raises `BadKey`, `OSError`."""
    try:
        key = serialization.load_pem_private_key(path.read_bytes(), password=None)
    except (ValueError, TypeError) as problem:
        raise BadKey(f"{path} holds no private key that can be read: {problem}") from problem
    if not isinstance(key, Ed25519PrivateKey):
        raise BadKey(f"{path} holds a key of another kind; an Ed25519 key is needed.")
    return key


def public_bytes(key: Ed25519PublicKey) -> bytes:
    """Return the 32 raw bytes of a public key."""
    return key.public_bytes(_RAW, serialization.PublicFormat.Raw)


def key_id(key: Ed25519PublicKey) -> str:
    """Return the name under which envelopes mention a key: SHA-256 of its raw bytes, in hex."""
    return sha256(public_bytes(key)).hexdigest()


def decode_base64(text: str) -> bytes:
    """Decode standard base64, only as an encoder would have written it. Raises `ValueError`."""
    try:
        data = base64.b64decode(text, validate=True)
    except binascii.Error as problem:
        raise ValueError(f"This is not base64: {problem}.") from problem
    if base64.b64encode(data).decode() != text:
        raise ValueError("This base64 has loose bits or padding.")
    return data


def pae(payload_type: str, payload: bytes) -> bytes:
    """Return the bytes that are signed: DSSE's pre-authentication encoding."""
    kind = payload_type.encode()
    return b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(payload), payload)


def statement(
    subjects: Mapping[str, str], predicate_type: str, predicate: Mapping[str, Any]
) -> dict[str, Any]:
    """Return an in-toto v1 statement about `subjects`: name to `sha256:<hex>` (or bare hex)."""
    return {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [
            {"name": name, "digest": {"sha256": digest.removeprefix("sha256:")}}
            for name, digest in subjects.items()
        ],
        "predicateType": predicate_type,
        "predicate": dict(predicate),
    }


def sign_envelope(
    payload: Mapping[str, Any], payload_type: str, key: Ed25519PrivateKey, keyid: str = ""
) -> str:
    """Return a DSSE envelope (JSON) over the canonical bytes of `payload`; `keyid` defaults to `key_id`."""
    body = canonical(dict(payload))
    signature = key.sign(pae(payload_type, body))
    envelope = {
        "payload": base64.b64encode(body).decode(),
        "payloadType": payload_type,
        "signatures": [
            {"keyid": keyid or key_id(key.public_key()), "sig": base64.b64encode(signature).decode()}
        ],
    }
    return canonical(envelope).decode()


def verify_envelope(
    envelope: str,
    keys: Ed25519PublicKey | Mapping[str, Ed25519PublicKey],
    *,
    payload_type: str | None = None,
) -> dict[str, Any]:
    """Return the payload of an envelope that one of `keys` (one, or by key id) signed. Raises `BadSignature`.

    `payload_type`: refuse a payload of any other type, so that no statement passes for one of another kind.
    """
    kind, body, signatures = _open(envelope)
    if payload_type is not None and kind != payload_type:
        raise BadSignature(f"This envelope holds {kind!r}; {payload_type!r} was expected.")
    signed = pae(kind, body)
    known = False
    for keyid, signature in signatures:
        key = keys if isinstance(keys, Ed25519PublicKey) else keys.get(keyid)
        if key is None:
            continue
        known = True
        if _holds(key, signature, signed):
            return _object(body.decode(), "payload")
    if known:
        raise BadSignature("The signature does not belong to this content: one of the two was changed.")
    raise BadSignature("Nobody whose key is known here has signed this.")


def _holds(key: Ed25519PublicKey, signature: bytes, signed: bytes) -> bool:
    try:
        key.verify(signature, signed)
    except InvalidSignature:
        return False
    return True


def _open(envelope: str) -> tuple[str, bytes, list[tuple[str, bytes]]]:
    """Read an envelope strictly: payload type, payload, and (key id, signature) pairs."""
    if len(envelope) > _LARGEST_ENVELOPE:
        raise BadSignature("This envelope is larger than 16 MiB.")
    match outer := _object(envelope, "envelope"):
        case {"payload": str(payload), "payloadType": str(kind), "signatures": list(listed)} if (
            len(outer) == 3
        ):
            pass
        case _:
            raise BadSignature("An envelope holds exactly a payload, its payloadType and signatures.")
    if not 1 <= len(listed) <= _MOST_SIGNATURES:
        raise BadSignature(f"An envelope carries 1 to {_MOST_SIGNATURES} signatures.")
    signatures = []
    try:
        for entry in listed:
            match entry:
                case {"sig": str(signature), "keyid": str(keyid)} if len(entry) == 2:
                    signatures.append((keyid, decode_base64(signature)))
                case {"sig": str(signature)} if len(entry) == 1:
                    signatures.append(("", decode_base64(signature)))
                case _:
                    raise BadSignature("A signature holds a sig and at most a keyid.")
        return kind, decode_base64(payload), signatures
    except ValueError as problem:
        raise BadSignature(f"The envelope cannot be decoded. {problem}") from problem


def _object(text: str, what: str) -> dict[str, Any]:
    try:
        value = json.loads(text, object_pairs_hook=_without_duplicates)
    except (ValueError, RecursionError) as problem:
        raise BadSignature(f"The {what} is not JSON that can be trusted: {problem}") from problem
    if not isinstance(value, dict):
        raise BadSignature(f"The {what} is not a JSON object.")
    return value


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise ValueError("a name occurs twice in one object")
    return value
