"""A zip as a stream: parts go out as they are read, so no file and no memory has to hold the whole."""

import hashlib
import io
import zipfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

CHUNK = 1 << 20


@dataclass
class Written:
    """What was truly written of each part: path to (sha256 in hex, bytes)."""

    parts: dict[str, tuple[str, int]] = field(default_factory=dict)


class _Pipe(io.RawIOBase):
    """Takes what a ZipFile writes, and gives it away; it can't go back, so sizes follow each part."""

    def __init__(self) -> None:
        self._held = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: "bytes | bytearray | memoryview") -> int:  # type: ignore[override]
        self._held += data
        return len(data)

    def take(self) -> bytes:
        """Return what came in since the last time."""
        taken = bytes(self._held)
        self._held.clear()
        return taken


Part = tuple[str, Callable[[], Iterable[bytes]]]


def zipped(parts: Iterable[Part], written: Written, *, at: datetime, packed: bool) -> Iterator[bytes]:
    """Yield a zip of (path, what opens it); `written` is filled as it goes, so a late part can tell of earlier ones.

    `packed` compresses; results of jobs mostly are already.
    """
    pipe = _Pipe()
    way = zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED
    with zipfile.ZipFile(pipe, "w", compression=way, allowZip64=True) as archive:
        for path, opened in parts:
            info = zipfile.ZipInfo(path, date_time=at.timetuple()[:6])
            info.compress_type, info.external_attr = way, 0o644 << 16
            sha, size = hashlib.sha256(), 0
            with archive.open(info, "w", force_zip64=True) as member:
                for chunk in opened():
                    sha.update(chunk)
                    size += len(chunk)
                    member.write(chunk)
                    if data := pipe.take():
                        yield data
            written.parts[path] = sha.hexdigest(), size
            yield pipe.take()
    yield pipe.take()


def manifest(written: Written) -> bytes:
    """Return what `sha256sum --check` reads: a line for each part."""
    return "".join(f"{sha}  {path}\n" for path, (sha, _size) in written.parts.items()).encode()
