"""Recipes as folders: what may run, known by the digest of what lies in it."""

import hashlib
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

from aifactory.kit.canonical import digest
from aifactory.kit.errors import Refused

PASSED_OVER = frozenset({"__pycache__", ".venv"})  # left behind by running a recipe in place
_ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")


class RecipeIsNotWhatWasChecked(Refused):
    """The folder of a recipe is missing, malformed, or not the one that was ordered."""


@dataclass(frozen=True)
class Recipe:
    """What an agent needs of `recipe.toml`."""

    id: str
    entry: tuple[str, ...]
    idempotent: bool
    requirements: str = ""
    """The role whose `requirements.txt` makes the environment; empty: the recipe's own lock does."""


def files_of(folder: Path) -> dict[str, Path]:
    """Return a recipe's files by relative path. Raises `RecipeIsNotWhatWasChecked` at a link."""
    found = {}
    for path in sorted(folder.rglob("*")):
        relative = path.relative_to(folder)
        if PASSED_OVER.intersection(relative.parts):
            continue
        if path.is_symlink():
            raise RecipeIsNotWhatWasChecked(f"The recipe {folder.name} holds a link: {relative}.")
        if path.is_file():
            found[relative.as_posix()] = path
    return found


def recipe_digest(folder: Path) -> str:
    """Return `sha256:<hex>` over the canonical JSON of `{path: sha256 of the file}`."""
    return digest(
        {name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in files_of(folder).items()}
    )


def copy_recipe(recipe: str, root: Path, to: Path, expected: str) -> Recipe:
    """Copy a recipe to `to` and read it there, so that what is checked is what runs.

    Raises `RecipeIsNotWhatWasChecked`.
    """
    source = root / recipe
    if not _ID.fullmatch(recipe) or not (source / "recipe.toml").is_file():
        raise RecipeIsNotWhatWasChecked(f"This engine has no recipe {recipe!r}.")
    for name, path in files_of(source).items():
        target = to / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(path.read_bytes())
    found = recipe_digest(to)
    if found != expected:
        raise RecipeIsNotWhatWasChecked(
            f"The recipe {recipe} on this engine is {found}, but {expected} was ordered.",
            next_step="Install the ordered version of the recipe on the engine's machine.",
        )
    return _read(to / "recipe.toml", recipe)


def _read(file: Path, recipe: str) -> Recipe:
    try:
        match tomllib.loads(file.read_text(encoding="utf-8")):
            case {"id": str(name), "entry": [str(), *_] as entry, **more} if name == recipe:
                if all(isinstance(word, str) for word in entry):
                    requirements = str(more.get("requirements", ""))
                    return Recipe(name, tuple(entry), more.get("idempotent") is True, requirements)
    except ValueError as problem:
        raise RecipeIsNotWhatWasChecked(
            f"The recipe.toml of {recipe} cannot be read: {problem}."
        ) from problem
    raise RecipeIsNotWhatWasChecked(f"The recipe.toml of {recipe} has no right id and entry.")
