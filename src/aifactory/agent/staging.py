"""Bringing an attempt's inputs to the engine's machine, byte for byte what was inspected."""

import base64
import hashlib
import json
import re
import secrets
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath

from aifactory.kit.errors import Refused
from aifactory.kit.sealed import SealBroken, unseal
from aifactory.ports.desk import Input, InputFile, RunOrder
from aifactory.ports.object_store import NoSuchObject, Shelf

PARAMETERS = "parameters"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_ROLE = re.compile(r"[a-z][a-z0-9_-]{0,49}")


class InputIsNotWhatWasInspected(Refused):
    """A file is missing, changed, or named so that it would land elsewhere."""


class Staging:
    """A folder per attempt below `root`, with `recipe/` and `inputs/<role>/`; made afresh when in doubt."""

    def __init__(self, root: Path, store: Shelf) -> None:
        self.root = root.absolute()
        self._store = store

    def begin(self, attempt: str) -> Path:
        """Return an empty folder for the attempt's recipe; what an earlier, broken turn left is removed."""
        self.clear(attempt)
        recipe = self._folder(attempt) / "recipe"
        recipe.mkdir(parents=True)
        return recipe

    def bring(self, order: RunOrder) -> dict[str, Path]:
        """Copy every input and return the folder of each role. Raises `InputIsNotWhatWasInspected`."""
        inputs = self._folder(order.attempt) / "inputs"
        roles = {}
        for given in order.inputs:
            if not _ROLE.fullmatch(given.role) or given.role == PARAMETERS or given.role in roles:
                raise InputIsNotWhatWasInspected(f"{given.role!r} cannot be the role of an input.")
            roles[given.role] = inputs / given.role
            roles[given.role].mkdir(parents=True)
            for file in given.files:
                self._copy(given, file, roles[given.role])
        roles[PARAMETERS] = inputs / PARAMETERS
        roles[PARAMETERS].mkdir(parents=True)
        (roles[PARAMETERS] / "parameters.json").write_text(json.dumps(order.parameters), encoding="utf-8")
        _make_readable(inputs)
        return roles

    def keep_grants(self, attempt: str, envelopes: Mapping[str, str]) -> dict[str, Path]:
        """Put the signed permissions beside the inputs, each whole, and return where they are, by role.

        Roles that nothing was brought for are left alone: a renewal opens nothing new.
        """
        folder = self._folder(attempt)
        kept = {}
        for role, envelope in envelopes.items():
            if _ROLE.fullmatch(role) and (folder / "inputs" / role).is_dir():
                kept[role] = folder / "grants" / f"{role}.json"
                kept[role].parent.mkdir(exist_ok=True)
                draft = kept[role].with_suffix(f".{secrets.token_hex(8)}")
                draft.write_text(envelope, encoding="utf-8")
                draft.replace(kept[role])
        return kept

    def clear(self, attempt: str) -> None:
        """Remove the copies; absent is fine."""
        if _NAME.fullmatch(attempt):
            shutil.rmtree(self.root / attempt, ignore_errors=True)

    def _folder(self, attempt: str) -> Path:
        if not _NAME.fullmatch(attempt):
            raise InputIsNotWhatWasInspected(f"{attempt!r} is not a name for an attempt.")
        return self.root / attempt

    def _copy(self, given: Input, file: InputFile, folder: Path) -> None:
        named = f"The file {file.path} of the input {given.role}"
        path = PurePosixPath(file.path)
        if path.is_absolute() or not path.parts or ".." in path.parts or "\0" in file.path:
            raise InputIsNotWhatWasInspected(f"{named} would land outside its folder.")
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            brought = self._fetch(file, target)
        except NoSuchObject:
            raise InputIsNotWhatWasInspected(f"{named} is no longer in the store.") from None
        except SealBroken:
            brought = None
        if brought != (file.digest, file.size):
            raise InputIsNotWhatWasInspected(
                f"{named} is not the file that was inspected: its content was changed since.",
                next_step="Have the dataset inspected again as a new version.",
            )

    def _fetch(self, file: InputFile, target: Path) -> tuple[str, int]:
        """Bring one file, opened where it rests sealed; return what was truly brought: its digest and size in bytes.

        Raises `NoSuchObject`, and `SealBroken` where the bytes or their key are others.
        """
        if not file.opener:
            copied = self._store.fetch(file.key, target)
            return copied.digest, copied.size
        sealed = target.with_name(f".{secrets.token_hex(8)}")
        sha, size = hashlib.sha256(), 0
        try:
            self._store.fetch(file.key, sealed)
            with target.open("wb") as opened:
                for chunk in unseal(_pieces(sealed), base64.b64decode(file.opener)):
                    sha.update(chunk)
                    size += opened.write(chunk)
        finally:
            sealed.unlink(missing_ok=True)
        return f"sha256:{sha.hexdigest()}", size


def _pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(1 << 20):
            yield piece


def _make_readable(folder: Path) -> None:
    """Let the attempt's user in, whatever our umask is. The folder above stays ours alone."""
    for path in [folder, *folder.rglob("*")]:
        path.chmod(0o755 if path.is_dir() else 0o644)
