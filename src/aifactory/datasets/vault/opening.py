"""A dataset's bytes as they rest and as they are read: sealed where the dataset is restricted, else plain."""

import base64
import hashlib
import secrets
from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path

from django.db import transaction
from django.utils.translation import gettext as _

from aifactory.audit.actions import enter
from aifactory.datasets.models import Dataset, DatasetFile
from aifactory.datasets.vault.models import DataKey
from aifactory.kit.errors import Refused
from aifactory.kit.sealed import SealBroken, file_key, seal, unseal, unseal_range
from aifactory.ports.identity import Actor
from aifactory.ports.key_store import KeyDoesNotOpen, KeyStore, NoSuchKey
from aifactory.ports.object_store import NoSuchObject, ObjectStore
from aifactory.ports.registry import get

SALT = 32


class KeyIsDestroyed(Refused):
    """The key of this data was destroyed, so nobody can read it any more."""

    status = 410


class KeyIsMissing(Refused):
    """The factory should hold the key of this data, and does not."""

    status = 500


def new_salt(dataset: Dataset, *, by: Actor) -> str:
    """Return the salt (hex) of a new file, empty where the dataset's bytes rest as they are.

    A dataset's first salt makes its key. Raises `KeyIsDestroyed`.
    """
    if not dataset.restricted:
        return ""
    with transaction.atomic():
        Dataset.objects.select_for_update().get(pk=dataset.pk)
        key = DataKey.objects.filter(dataset=dataset).first()
        if key is None:
            key = DataKey(dataset=dataset)
            get(KeyStore).make(key.pk)
            enter(key, "dataset:make_key", by=by)
    if key.state == "destroyed":
        raise _destroyed()
    return secrets.token_hex(SALT)


def key_of(dataset_id: str, salt: str, name: str) -> bytes:
    """Return the key of one file, which rests under `name`. Raises `KeyIsDestroyed`, `KeyIsMissing`."""
    return file_key(data_key(dataset_id), bytes.fromhex(salt), name)


def data_key(dataset_id: str) -> bytes:
    """Return the key of a dataset. Raises `KeyIsDestroyed`, `KeyIsMissing`."""
    key = DataKey.objects.filter(dataset=dataset_id).first()
    if key is not None and key.state == "destroyed":
        raise _destroyed()
    try:
        return get(KeyStore).open(key.pk if key else "none")
    except (NoSuchKey, KeyDoesNotOpen) as problem:
        raise KeyIsMissing(
            _("The key of this data is missing, so it can't be read."),
            rule="data-key",
            next_step=_("Tell the factory office: the keys are kept apart from other backups."),
        ) from problem


def rested(dataset: Dataset, chunks: Iterable[bytes], salt: str, name: str) -> Iterator[bytes]:
    """Return a stream as it is to rest under `name`."""
    yield from seal(chunks, key_of(dataset.pk, salt, name)) if salt else chunks


def content(file: DatasetFile, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
    """Return a file's bytes from `start` up to `stop`, opened.

    Raises `NoSuchObject`, `KeyIsDestroyed`, `KeyIsMissing` at once, and `SealBroken` while it is read.
    """
    store, whole = get(ObjectStore), start == 0 and stop is None
    end = file.size if stop is None else min(stop, file.size)
    if not file.salt:
        return store.open(file.key) if whole else store.open(file.key, min(start, end), end)
    key = key_of(file.version.dataset_id, file.salt, file.key)
    if whole:
        return unseal(store.open(file.key), key)
    return unseal_range(partial(store.open, file.key), key, size=file.size, start=min(start, end), stop=end)


def fetch(file: DatasetFile, to: Path) -> bool:
    """Copy a file, opened, to this machine; say whether it is what was taken in, byte for byte.

    Raises `KeyIsDestroyed`, `KeyIsMissing`.
    """
    sha, size = hashlib.sha256(), 0
    try:
        with to.open("wb") as copy:
            for chunk in content(file):
                sha.update(chunk)
                size += copy.write(chunk)
    except (NoSuchObject, SealBroken):
        return False
    return (f"sha256:{sha.hexdigest()}", size) == (file.digest, file.size)


def holds(file: DatasetFile) -> bool:
    """Say whether the stored bytes still are what was taken in. Raises `KeyIsDestroyed`, `KeyIsMissing`."""
    sha = hashlib.sha256()
    try:
        for chunk in content(file):
            sha.update(chunk)
    except (NoSuchObject, SealBroken):
        return False
    return f"sha256:{sha.hexdigest()}" == file.digest


def openers(dataset_id: str, files: Iterable[DatasetFile]) -> list[str]:
    """Return what opens each one of these files of a dataset, in base64, for the machine that brings it to a job.

    It is empty for a file that rests plain. Raises `KeyIsDestroyed`, `KeyIsMissing`.
    """
    listed = list(files)
    key = data_key(dataset_id) if any(file.salt for file in listed) else b""
    keys = (file_key(key, bytes.fromhex(file.salt), file.key) if file.salt else b"" for file in listed)
    return [base64.b64encode(one).decode() for one in keys]


def _destroyed() -> KeyIsDestroyed:
    return KeyIsDestroyed(
        _("The key of this data was destroyed. Nobody can read it any more."),
        rule="data-key",
        next_step=_("Look for another version or another source of this data."),
    )
