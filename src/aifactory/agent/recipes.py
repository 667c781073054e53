"""Recipes as folders: what may run, known by the digest of what lies in it."""

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

from aifactory.kit.errors import Refused
from aifactory.ports import recipe as folders

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
    try:
        return folders.files_of(folder)
    except folders.HoldsALink as link:
        raise RecipeIsNotWhatWasChecked(f"The recipe {folder.name} holds a link: {link.path}.") from link


def recipe_digest(folder: Path) -> str:
    """Return `sha256:<hex>` over a recipe's files. Raises `RecipeIsNotWhatWasChecked` at a link."""
    return folders.digest_of(files_of(folder))


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
