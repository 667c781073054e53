"""File names from strangers: what is kept of them, and which are refused."""

import re
import unicodedata
from pathlib import PurePosixPath

from aifactory.kit.errors import Refused

#: What common systems do not take in a name, or treat as a command or a device.
_FORBIDDEN = re.compile(r'[<>:"|?*]')
_DEVICES = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)
_MAX_BYTES = 150


class UnsafeName(Refused):
    """The name of a file could do harm, or nothing is left of it."""


def safe_name(name: str) -> str:
    """Return the last part of `name`, without control, invisible or direction-changing characters.

    At most 150 bytes of UTF-8, the extension kept. Raises `UnsafeName` when nothing usable is left.
    """
    last = unicodedata.normalize("NFC", name).replace("\\", "/").rsplit("/", maxsplit=1)[-1]
    # Category C: control, format (among them the bidi overrides that disguise "exe.csv"), surrogate, private.
    printable = "".join(c for c in last if unicodedata.category(c)[0] != "C")
    clean = _FORBIDDEN.sub("_", " ".join(printable.split())).strip(". ")
    if not clean or not any(c.isalnum() for c in clean):
        raise UnsafeName(
            "This file has no usable name.",
            field="file",
            rule="file-name",
            next_step="Give it a name of letters and digits and send it again.",
        )
    if _DEVICES.fullmatch(clean):
        clean = "_" + clean
    return _shortened(clean)


def _shortened(name: str) -> str:
    path = PurePosixPath(name)
    suffix = path.suffix if len(path.suffix.encode()) <= 20 else ""
    stem = name.removesuffix(suffix).encode()[: _MAX_BYTES - len(suffix.encode())]
    return stem.decode(errors="ignore").rstrip(". ") + suffix


def check_member_name(name: str) -> None:
    """Refuse the name of a file inside an archive that could land outside the folder it is unpacked in.

    Raises `UnsafeName` for absolute paths, drives, `..`, backslashes and control or invisible characters.
    """
    parts = name.rstrip("/").split("/")
    hidden = any(unicodedata.category(c)[0] == "C" for c in name)
    if hidden or "\\" in name or ":" in name or any(part in {"", ".", ".."} for part in parts):
        raise UnsafeName(
            f"The archive holds a file whose name could lead outside its folder: {name[:80]!r}.",
            field="file",
            rule="archive-member-name",
            next_step="Pack the files again with plain relative names.",
        )
