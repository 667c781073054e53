"""What portal and agent both take for a recipe: the files of its folder, and what it carries of the factory's code.

A recipe that does what the factory does names the modules in `carries` of its `recipe.toml`, below `aifactory/`. They
count as its own files, under the same path: the digest covers them, and they are copied with the rest.
"""

import hashlib
import re
import tomllib
from pathlib import Path

from aifactory.kit.canonical import digest

PASSED_OVER = frozenset({"__pycache__", ".venv"})  # left behind by running a recipe in place
FACTORY = Path(__file__).parents[1]
_MODULE = re.compile(r"[a-z_]+(/[a-z_]+)*\.py")


class HoldsALink(ValueError):
    """A file of the folder is a link, which could point outside. `path` is relative to the folder."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"{path} is a link.")
        self.path = path


def files_of(folder: Path) -> dict[str, Path]:
    """Return a recipe's files by relative path, in order; a file in the folder goes before one that it carries.

    Raises `HoldsALink`.
    """
    found = {f"{FACTORY.name}/{name}": FACTORY / name for name in carried(folder)}
    for path in folder.rglob("*"):
        relative = path.relative_to(folder)
        if PASSED_OVER.intersection(relative.parts):
            continue
        if path.is_symlink():
            raise HoldsALink(relative)
        if path.is_file():
            found[relative.as_posix()] = path
    return dict(sorted(found.items()))


def digest_of(files: dict[str, Path]) -> str:
    """Return `sha256:<hex>` over the canonical JSON of `{path: SHA-256 of the file}`."""
    return digest({name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in files.items()})


def carried(folder: Path) -> list[str]:
    """Return the modules that a recipe names and the factory has; a description that can't be read names none."""
    try:
        named = tomllib.loads((folder / "recipe.toml").read_text(encoding="utf-8")).get("carries", [])
    except (OSError, ValueError):
        return []
    return [name for name in named if _MODULE.fullmatch(str(name)) and (FACTORY / name).is_file()]
