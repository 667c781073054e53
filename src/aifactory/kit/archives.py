"""ZIP archives from strangers: unpacked in thought, with a limit on everything, before anyone trusts them.

The sizes that an archive claims are not believed: every member is truly decompressed, chunk by chunk, and
counted. An archive inside an archive is refused, so that nothing hides one layer deeper.
"""

import stat
import struct
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path

from aifactory.kit.errors import Refused
from aifactory.kit.filenames import check_member_name

_END = b"PK\x05\x06"
_END_64_LOCATOR = b"PK\x06\x07"
_CHUNK = 1 << 20
_PLAIN_METHODS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
#: First bytes of other archives and compressed files.
_PACKED = (b"PK\x03\x04", b"\x1f\x8b", b"BZh", b"\xfd7zXZ", b"(\xb5/\xfd", b"7z\xbc\xaf", b"Rar!")


class ArchiveBomb(Refused):
    """The archive unpacks to more than it may, or is built to hide what it holds."""


@dataclass(frozen=True)
class ArchiveLimits:
    """At most so many members, bytes once unpacked, and unpacked bytes per packed byte."""

    members: int = 1_000
    unpacked: int = 2_000_000_000
    ratio: int = 200


@dataclass(frozen=True)
class ArchiveFacts:
    """What was truly found: number of files, bytes once unpacked."""

    members: int
    unpacked: int


def check_zip(path: Path, limits: ArchiveLimits | None = None) -> ArchiveFacts:
    """Read the whole archive under `limits`. Raises `ArchiveBomb` or `UnsafeName`."""
    limits = limits or ArchiveLimits()
    _check_directory_size(path, limits)
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            _check_directory(members, limits)
            unpacked = 0
            for member in members:
                unpacked += _unpack(archive, member, limits, left=limits.unpacked - unpacked)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, struct.error) as error:
        raise _bomb(
            "The archive is damaged, or says something else than it holds.", "archive-sound"
        ) from error
    return ArchiveFacts(members=sum(not m.is_dir() for m in members), unpacked=unpacked)


def _bomb(message: str, rule: str) -> ArchiveBomb:
    return ArchiveBomb(
        message, field="file", rule=rule, next_step="Send the files unpacked, or in a smaller plain ZIP file."
    )


def _check_directory_size(path: Path, limits: ArchiveLimits) -> None:
    """Look at the size of the list of members before anything loads that list into memory."""
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - 65_557))  # the end record and the longest comment
        tail = file.read()
    at = tail.rfind(_END)
    if at < 0 or len(tail) < at + 22:
        raise _bomb("The archive has no list of its files.", "archive-sound")
    if tail[max(0, at - 20) : at].startswith(_END_64_LOCATOR):
        raise _bomb("The archive uses the layout for huge archives (ZIP64).", "archive-zip64")
    count, size = struct.unpack_from("<HI", tail, at + 10)
    if count > limits.members or size > limits.members * 1024:
        raise _bomb(f"The archive holds more than {limits.members:,} files.", "archive-members")


def _check_directory(members: list[zipfile.ZipInfo], limits: ArchiveLimits) -> None:
    if len(members) > limits.members:
        raise _bomb(f"The archive holds more than {limits.members:,} files.", "archive-members")
    if len({m.filename.casefold() for m in members}) < len(members):
        raise _bomb("The archive holds two files with one name.", "archive-unique-names")
    end = 0
    for member in sorted(members, key=lambda m: m.header_offset):
        check_member_name(member.filename)
        if member.flag_bits & 0x1:
            raise _bomb("The archive is encrypted, so nobody can see what is in it.", "archive-encrypted")
        if stat.S_ISLNK(member.external_attr >> 16):
            raise _bomb("The archive holds a link instead of a file.", "archive-link")
        if member.compress_type not in _PLAIN_METHODS:
            raise _bomb("The archive is packed with an unusual method.", "archive-method")
        if member.header_offset < end:  # the trick that packs petabytes in megabytes
            raise _bomb("Files in the archive overlap.", "archive-overlap")
        end = member.header_offset + member.compress_size


def _unpack(archive: zipfile.ZipFile, member: zipfile.ZipInfo, limits: ArchiveLimits, *, left: int) -> int:
    size = 0
    allowed = min(left, limits.ratio * max(member.compress_size, 1_000))
    with archive.open(member) as stream:
        first = True
        while chunk := stream.read(_CHUNK):
            if first and (chunk.startswith(_PACKED) or chunk[257:262] == b"ustar"):
                raise _bomb("The archive holds another archive.", "archive-nested")
            first = False
            size += len(chunk)
            if size > allowed:
                rule = "archive-size" if size > left else "archive-ratio"
                raise _bomb("The archive unpacks to far more than it should.", rule)
    return size
