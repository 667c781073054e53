"""What an uploaded file truly is, whatever its name and sender say."""

import codecs
import hashlib
import struct
import zipfile
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from aifactory.kit.archives import ArchiveBomb, ArchiveFacts, ArchiveLimits, check_zip
from aifactory.kit.errors import Refused
from aifactory.kit.filenames import UnsafeName, safe_name

__all__ = [
    "KINDS", "ArchiveBomb", "ContentFacts", "ContentLimits", "TooLarge", "TypeLies", "UnsafeName",
    "inspect", "measured", "promised_type", "safe_name", "too_large",
]  # fmt: skip

_CHUNK = 1 << 20
_CONTROLS = bytes(set(range(32)) - set(b"\t\n\r\f"))


class TooLarge(Refused):
    """More bytes than may be sent here."""

    status = 413


class TypeLies(Refused):
    """The content is not what its name or type says, or of a kind not taken here."""


@dataclass(frozen=True)
class ContentLimits:
    """At most `size` bytes, `pixels` of an image, and what `archive` allows."""

    size: int = 500_000_000
    pixels: int = 100_000_000
    archive: ArchiveLimits = field(default_factory=ArchiveLimits)


@dataclass(frozen=True)
class ContentFacts:
    """What was found by reading the whole file. `archive` only for ZIP files."""

    name: str
    media_type: str
    size: int
    digest: str
    archive: ArchiveFacts | None = None


@dataclass(frozen=True)
class _Kind:
    suffixes: tuple[str, ...]
    check: Callable[[Path, ContentLimits], bool]


def measured(chunks: Iterable[bytes], limit: int) -> Iterator[bytes]:
    """Pass chunks on, and stop reading at the first byte past `limit`. Raises `TooLarge`."""
    seen = 0
    for chunk in chunks:
        seen += len(chunk)
        if seen > limit:
            raise too_large(limit)
        yield chunk


def too_large(limit: int) -> TooLarge:
    """Return the refusal that names the limit (bytes, shown in MB)."""
    return TooLarge(
        f"This file is larger than {limit / 1e6:,.0f} MB.",
        field="file",
        rule="file-size",
        next_step="Send it in parts, or ask the factory office for a transfer.",
    )


def inspect(
    path: Path,
    *,
    declared_name: str,
    declared_type: str = "",
    allowed: Collection[str],
    limits: ContentLimits | None = None,
) -> ContentFacts:
    """Read the file at `path` and return the facts.

    `declared_name` must end in a suffix of a kind in `allowed` (media types, keys of `KINDS`), and the
    bytes must be of that kind. A `declared_type` that browsers give for want of better is ignored.
    Raises `TooLarge`, `TypeLies`, `ArchiveBomb`, `UnsafeName`.
    """
    limits = limits or ContentLimits()
    name = safe_name(declared_name)
    size = path.stat().st_size
    if size > limits.size:
        raise too_large(limits.size)
    media_type = promised_type(name, declared_type, allowed)
    if size == 0:
        raise _lies(f"{name} is empty.", allowed)
    if not KINDS[media_type].check(path, limits):
        raise _lies(f"{name} should be {media_type}, but it is {_truly(path)}.", allowed)
    if media_type != "application/zip" and zipfile.is_zipfile(path):
        raise _lies(f"{name} is {media_type} and an archive at once.", allowed)
    archive = check_zip(path, limits.archive) if media_type == "application/zip" else None
    return ContentFacts(name, media_type, size, _digest(path), archive)


def promised_type(name: str, declared_type: str, allowed: Collection[str]) -> str:
    """Return the media type that a name promises. Raises `TypeLies` for one that is not taken, or contradicted."""
    suffix = Path(name).suffix.lower()
    media_type = next((m for m in allowed if suffix in KINDS[m].suffixes), None)
    if media_type is None:
        raise _lies(f"{name} is not a kind of file that is taken here.", allowed)
    said = declared_type.partition(";")[0].strip().lower()
    if said in KINDS and said != media_type and not {said, media_type} <= _TEXTS:
        raise _lies(f"{name} was sent as {said}, which its name contradicts.", allowed)
    return media_type


def _lies(message: str, allowed: Collection[str]) -> TypeLies:
    suffixes = ", ".join(sorted(s for m in allowed for s in KINDS[m].suffixes))
    return TypeLies(message, field="file", rule="file-type", next_step=f"These are taken: {suffixes}.")


def _truly(path: Path) -> str:
    """Say in words what the bytes look like; puremagic knows thousands of signatures."""
    import puremagic

    try:
        with path.open("rb") as file:
            return puremagic.magic_string(file.read(4_096))[0].name or "something else"
    except (puremagic.PureError, ValueError):
        return "something else"


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return "sha256:" + hashlib.file_digest(file, "sha256").hexdigest()


def _head(path: Path, length: int) -> bytes:
    with path.open("rb") as file:
        return file.read(length)


def _tail(path: Path, length: int) -> bytes:
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - length))
        return file.read()


def _is_text(path: Path, _limits: ContentLimits) -> bool:
    """All of it UTF-8, without NUL or other control characters, and not a web page."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    if (
        _head(path, 512)
        .lstrip(b"\xef\xbb\xbf \t\r\n")
        .lower()
        .startswith((b"<!doctype", b"<html", b"<script"))
    ):
        return False
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            if len(chunk.translate(None, _CONTROLS)) != len(chunk):
                return False
            try:
                decoder.decode(chunk)
            except UnicodeDecodeError:
                return False
    return not decoder.getstate()[0]


def _is_json(path: Path, limits: ContentLimits) -> bool:
    return _is_text(path, limits) and _head(path, 512).lstrip(b"\xef\xbb\xbf \t\r\n").startswith((b"{", b"["))


def _is_pdf(path: Path, _limits: ContentLimits) -> bool:
    return _head(path, 5) == b"%PDF-" and b"%%EOF" in _tail(path, 1_024)


def _is_png(path: Path, limits: ContentLimits) -> bool:
    head = _head(path, 24)
    if head[:8] != b"\x89PNG\r\n\x1a\n" or head[12:16] != b"IHDR" or b"IEND" not in _tail(path, 12):
        return False
    width, height = struct.unpack(">II", head[16:24])
    pixels: int = width * height
    return 0 < pixels <= limits.pixels


def _is_jpeg(path: Path, _limits: ContentLimits) -> bool:
    return _head(path, 3) == b"\xff\xd8\xff" and _tail(path, 2) == b"\xff\xd9"


def _is_parquet(path: Path, _limits: ContentLimits) -> bool:
    """The format's mark at both ends, and a footer that fits inside (Apache Parquet, file layout)."""
    tail = _tail(path, 8)
    if _head(path, 4) != b"PAR1" or tail[4:] != b"PAR1":
        return False
    footer: int = struct.unpack("<I", tail[:4])[0]
    return 0 < footer <= path.stat().st_size - 12


def _is_zip(path: Path, _limits: ContentLimits) -> bool:
    return _head(path, 4) in {b"PK\x03\x04", b"PK\x05\x06"}


_TEXTS = {"text/csv", "text/tab-separated-values", "text/plain", "text/markdown"}

KINDS: dict[str, _Kind] = {
    "text/csv": _Kind((".csv",), _is_text),
    "text/tab-separated-values": _Kind((".tsv",), _is_text),
    "text/plain": _Kind((".txt",), _is_text),
    "text/markdown": _Kind((".md",), _is_text),
    "application/json": _Kind((".json",), _is_json),
    "application/pdf": _Kind((".pdf",), _is_pdf),
    "image/png": _Kind((".png",), _is_png),
    "image/jpeg": _Kind((".jpg", ".jpeg"), _is_jpeg),
    "application/zip": _Kind((".zip",), _is_zip),
    "application/vnd.apache.parquet": _Kind((".parquet",), _is_parquet),
}
