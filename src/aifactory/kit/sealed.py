"""Bytes sealed in segments: written as they come, read from anywhere, and nothing altered goes unnoticed.

The construction is STREAM (Hoang, Reyhanitabar, Rogaway and Vizár, "Online Authenticated-Encryption and its
Nonce-Reuse Misuse-Resistance", CRYPTO 2015), laid out like the payload of age v1 (C2SP, age-encryption.org/v1) but
with AES-256-GCM: segments of 64 KiB, each sealed under the nonce `number (11 bytes, big-endian) | 1 for the last
segment, else 0`. So a segment holds at its own place only, and an end that was cut off is no end.

A key seals one content only: `file_key` derives it from a data key and a salt that is drawn for each file. Where the
same content must become the same bytes, because it may be sent twice, its digest is the salt: `sealed_alike`.
"""

import hashlib
import hmac
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from aifactory.kit.errors import Refused

SEGMENT = 65_536
TAG = 16
KEY = 32


class SealBroken(Refused):
    """The bytes are not what was sealed: altered, moved, cut off, or sealed with another key."""


def file_key(data_key: bytes, salt: bytes, name: str) -> bytes:
    """Return the key (32 bytes) of one file: HKDF-SHA-256 (RFC 5869) of the data key, its salt and its name."""
    info = b"aifactory/sealed/1 " + name.encode()
    return HKDF(algorithm=SHA256(), length=KEY, salt=salt, info=info).derive(data_key)


def hidden_name(data_key: bytes, name: str) -> str:
    """Return a name that tells nothing of `name` without the data key, and is always the same: HMAC-SHA-256, in hex."""
    return hmac.digest(data_key, b"aifactory/name/1 " + name.encode(), "sha256").hex()


@dataclass(frozen=True)
class Alike:
    """A content to be sealed: its SHA-256 (hex, also its salt), its size in bytes, and the stream as it is to rest."""

    salt: str
    size: int
    chunks: Iterator[bytes]


def sealed_alike(read: Callable[[], Iterable[bytes]], data_key: bytes, name: str) -> Alike:
    """Seal a content so that it becomes the same bytes each time: it is read twice, first for its digest.

    Another content gets another key. Giving the stream raises `SealBroken` where the second reading differs.
    """
    digest, size = _digest(read())
    salt = bytes.fromhex(digest)
    return Alike(digest, size, seal(_checked(read(), digest), file_key(data_key, salt, name)))


def _digest(chunks: Iterable[bytes]) -> tuple[str, int]:
    sha, size = hashlib.sha256(), 0
    for chunk in chunks:
        sha.update(chunk)
        size += len(chunk)
    return sha.hexdigest(), size


def _checked(chunks: Iterable[bytes], digest: str) -> Iterator[bytes]:
    """Give a content on, and break off at its end where it is another one: then nothing of it is kept."""
    sha = hashlib.sha256()
    for chunk in chunks:
        sha.update(chunk)
        yield chunk
    if sha.hexdigest() != digest:
        raise SealBroken("The content was changed while it was sealed.", rule="seal")


def sealed_size(size: int) -> int:
    """Return how many bytes `size` bytes become; nothing at all becomes one empty segment."""
    return size + TAG * max(1, -(-size // SEGMENT))


def seal(chunks: Iterable[bytes], key: bytes, *, first: int = 0, last: bool = True) -> Iterator[bytes]:
    """Seal a stream. Of a content that is sealed in parts, name the `first` segment, and whether it is the `last` part.

    Every part but the last must be whole segments long.
    """
    cipher = AESGCM(key)
    for number, (segment, end) in enumerate(_segments(chunks, SEGMENT), first):
        yield cipher.encrypt(_nonce(number, end and last), segment, None)


def unseal(chunks: Iterable[bytes], key: bytes, *, first: int = 0, last: bool = True) -> Iterator[bytes]:
    """Open a sealed stream, or a part of one. Raises `SealBroken`: all that was given before was right."""
    cipher = AESGCM(key)
    for number, (segment, end) in enumerate(_segments(chunks, SEGMENT + TAG), first):
        try:
            yield cipher.decrypt(_nonce(number, end and last), segment, None)
        except (InvalidTag, ValueError):
            raise SealBroken(
                f"The sealed bytes were altered or cut off, in or after byte {number * SEGMENT}.", rule="seal"
            ) from None


def unseal_range(
    read: Callable[[int, int], Iterable[bytes]], key: bytes, *, size: int, start: int, stop: int
) -> Iterator[bytes]:
    """Return the bytes from `start` up to `stop` of a sealed content of `size` bytes; only their segments are read.

    `read` gives the sealed bytes of a range. Raises `SealBroken`, and `ValueError` for a range that is none.
    """
    if not 0 <= start <= stop <= size:
        raise ValueError(f"There is no range {start}–{stop} in {size} bytes.")
    if start == stop:
        return
    first, end = start // SEGMENT, -(-stop // SEGMENT)
    whole = SEGMENT + TAG
    sealed = read(first * whole, min(end * whole, sealed_size(size)))
    at = first * SEGMENT
    for segment in unseal(sealed, key, first=first, last=end * SEGMENT >= size):
        yield segment[max(0, start - at) : stop - at]
        at += len(segment)
    if at < stop:
        raise SealBroken("The sealed bytes end too early.", rule="seal")


def _nonce(number: int, last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes([last])


def _segments(chunks: Iterable[bytes], length: int) -> Iterator[tuple[bytes, bool]]:
    """Cut a stream into pieces of `length`, the last one as long as it is, and say which is the last."""
    held = b""
    for chunk in chunks:
        held += chunk
        at = 0
        while len(held) - at > length:
            yield held[at : at + length], False
            at += length
        held = held[at:]
    yield held, True
