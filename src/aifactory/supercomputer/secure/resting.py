"""How what a job left inside rests: files and log of each run sealed with a key of its own, and gone when the key is.

An agent seals what the job wrote before it leaves the machine, under names that tell nothing; the portal seals the log.
The format is that of the bytes of datasets (`kit.sealed`). The key lies in the key store under the id of the run.
"""

import base64
import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from aifactory.datasets.vault.opening import KeyIsDestroyed, KeyIsMissing
from aifactory.kit.sealed import SealBroken, file_key, hidden_name, sealed_alike, sealed_size, unseal
from aifactory.ports.desk import InputFile
from aifactory.ports.key_store import KeyDoesNotOpen, KeyStore, NoSuchKey
from aifactory.ports.object_store import NoSuchObject, ObjectStore
from aifactory.ports.registry import get

if TYPE_CHECKING:
    from aifactory.supercomputer.models import Attempt
    from aifactory.supercomputer.secure.models import Withheld

#: One of `Withheld.files`.
File = dict[str, Any]


def sealer(attempt: "Attempt") -> str:
    """Return what an agent seals the results of an attempt with (base64); empty outside the secure environment.

    The first call makes the key. Raises `KeyIsMissing` where the key store does not open it.
    """
    return base64.b64encode(_made(attempt.pk)).decode() if attempt.job.secure else ""


def _made(name: str) -> bytes:
    store = get(KeyStore)
    try:
        return store.open(name)
    except NoSuchKey:
        store.make(name)
    except KeyDoesNotOpen as problem:
        raise _missing() from problem
    return _opened(name)


def _opened(name: str) -> bytes:
    try:
        return get(KeyStore).open(name)
    except (NoSuchKey, KeyDoesNotOpen) as problem:
        raise _missing() from problem


def _key(kept: "Withheld") -> bytes:
    if kept.state == "destroyed":
        raise KeyIsDestroyed(
            _("The key of what this run wrote was destroyed. Nobody can read it any more."),
            rule="withheld-key",
            next_step=_("Run the job again, where its agreement is still in force."),
        )
    return _opened(kept.attempt_id)


def _missing() -> KeyIsMissing:
    return KeyIsMissing(
        _("The key of what this run wrote is missing, so it can't be read."),
        rule="withheld-key",
        next_step=_("Tell the factory office: the keys are kept apart from other backups."),
    )


def sealed_log(attempt: "Attempt", path: str, text: str) -> File:
    """Keep what a run printed as a file of this name, sealed."""
    content = text.encode()
    return _rest(attempt, path, lambda: iter([content]))


def _rest(attempt: "Attempt", path: str, read: Any) -> File:
    key = _made(attempt.pk)
    place = f"attempts/{attempt.name}/{hidden_name(key, path)}"
    sealed = sealed_alike(read, key, place)
    get(ObjectStore).put(place, sealed.chunks, limit=sealed_size(sealed.size))
    digest = f"sha256:{sealed.salt}"
    return {"path": path, "key": place, "digest": digest, "size": sealed.size, "salt": sealed.salt}


def sealed_again(attempt: "Attempt", file: File) -> File:
    """Seal a file that rests as it is, and return it as it rests now; `was` is where it still rests as it is, too.

    Raises `NoSuchObject`.
    """
    store = get(ObjectStore)
    return _rest(attempt, file["path"], lambda: store.open(file["key"])) | {"was": file["key"]}


def content(kept: "Withheld", file: File) -> Iterator[bytes]:
    """Return what a run wrote, opened.

    Raises `NoSuchObject`, `KeyIsDestroyed`, `KeyIsMissing` at once, and `SealBroken` while it is read.
    """
    if not file.get("salt"):
        return get(ObjectStore).open(file["key"])
    key = file_key(_key(kept), bytes.fromhex(file["salt"]), file["key"])
    return unseal(get(ObjectStore).open(file["key"]), key)


def fetch(kept: "Withheld", file: File, to: Path) -> bool:
    """Copy a file, opened, to this machine; say whether it is what the run wrote.

    Raises `KeyIsDestroyed`, `KeyIsMissing`.
    """
    with to.open("wb") as copy:
        return _is_whole(kept, file, copy.write)


def holds(kept: "Withheld", file: File) -> bool:
    """Say whether the stored bytes still are what the run wrote. Raises `KeyIsDestroyed`, `KeyIsMissing`."""
    return _is_whole(kept, file, len)


def _is_whole(kept: "Withheld", file: File, take: Any) -> bool:
    sha = hashlib.sha256()
    try:
        for chunk in content(kept, file):
            sha.update(chunk)
            take(chunk)
    except (NoSuchObject, SealBroken):
        return False
    return bool(f"sha256:{sha.hexdigest()}" == file["digest"])


def for_a_job(kept: "Withheld | None", files: list[File]) -> tuple[InputFile, ...]:
    """Return these files with what opens each, for the machine that brings them to another job of the project.

    Raises `KeyIsDestroyed`, `KeyIsMissing`.
    """
    key = _key(kept) if kept and any(file.get("salt") for file in files) else b""
    return tuple(
        InputFile(file["path"], file["key"], file["digest"], file["size"], _opener(key, file))
        for file in files
    )


def _opener(key: bytes, file: File) -> str:
    if not file.get("salt"):
        return ""
    return base64.b64encode(file_key(key, bytes.fromhex(file["salt"]), file["key"])).decode()
