"""Recipes: folders that say what a job is. `recipe.toml` describes, `main.py` does, `uv.lock` pins its needs.

A recipe's digest covers every file of its folder, so that a result can name exactly the code that made it.
"""

import tomllib
from dataclasses import asdict, dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from aifactory.kit.errors import FieldError, Invalid, NotFound
from aifactory.ports.recipe import HoldsALink, carried, digest_of, files_of

ROOT = Path(__file__).parents[1] / "recipes"
LONGEST_TEXT = 500

Text = dict[str, str]


class UnknownRecipe(NotFound):
    """No recipe has this name."""


class BrokenRecipe(ValueError):
    """A recipe's folder can't be read as one. The message says what is wrong; the operator repairs it."""


@dataclass(frozen=True)
class Parameter:
    """One answer that a recipe takes: text, integer, number, boolean or choice. Without default: required."""

    name: str
    kind: str
    label: Text
    default: Any = None
    minimum: float | None = None
    maximum: float | None = None
    choices: tuple[str, ...] = ()

    @property
    def required(self) -> bool:
        return self.default is None

    def check(self, given: Any) -> tuple[Any, str | None, str]:
        """Return the value, and a sentence with its rule if it is wrong."""
        from django.utils.translation import gettext as _  # here: the commands on files do without Django

        value = _read(self.kind, given)
        if value is None:
            return None, _("This must be of the kind %(kind)s.") % {"kind": self.kind}, self.kind
        if self.choices and value not in self.choices:
            return (
                None,
                _("Choose one of: %(choices)s.") % {"choices": ", ".join(self.choices)},
                "closed list",
            )
        if isinstance(value, str) and len(value) > LONGEST_TEXT:
            return (
                None,
                _("Use at most %(most)s characters.") % {"most": LONGEST_TEXT},
                f"≤ {LONGEST_TEXT} characters",
            )
        if self.minimum is not None and value < self.minimum:
            return None, _("Use %(least)s or more.") % {"least": f"{self.minimum:g}"}, f"≥ {self.minimum:g}"
        if self.maximum is not None and value > self.maximum:
            return None, _("Use %(most)s or less.") % {"most": f"{self.maximum:g}"}, f"≤ {self.maximum:g}"
        return value, None, ""


def _read(kind: str, given: Any) -> Any:
    """Return `given` as `kind`, from JSON or from a form's text; None if it is not that."""
    if kind == "boolean":
        return {"true": True, "false": False}.get(str(given).lower())
    if isinstance(given, bool) or not isinstance(given, str | int | float):
        return None
    if kind in {"text", "choice"}:
        return given if isinstance(given, str) else None
    try:
        value = float(given)
    except (ValueError, OverflowError):
        return None
    if kind == "number":
        return value if abs(value) < float("inf") else None
    return int(value) if value.is_integer() and abs(value) < 2**53 else None


@dataclass(frozen=True)
class Role:
    """Something that a recipe reads under `/inputs/<name>`: a dataset, a model that another run made, or own files."""

    name: str
    kind: str
    description: Text
    required: bool = True


@dataclass(frozen=True)
class Resources:
    """What a run is given unless asked otherwise, and on how many nodes or in how many tasks it can be run at most.

    Cores and memory are of each node, and of each task.
    """

    cores: int
    memory_bytes: int
    wall_seconds: int
    most_nodes: int = 1
    most_tasks: int = 1


@dataclass(frozen=True)
class Recipe:
    """One folder, read. Texts are by language (`en`, `nl`).

    `checkpoints` says that it writes where it stands below `checkpoint/` and goes on from what it finds there;
    `needs` names the packages of the system that a node must have, beside its lock; `requirements` is the role whose
    `requirements.txt` makes the environment, in place of the lock where there is one; `interactive` that somebody works
    in it live, through the proxy for notebooks.
    """

    folder: Path
    id: str
    version: str
    title: Text
    summary: Text
    entry: tuple[str, ...]
    idempotent: bool
    parameters: dict[str, Parameter]
    inputs: dict[str, Role]
    outputs: dict[str, Text]
    resources: Resources
    checkpoints: bool = False
    needs: tuple[str, ...] = ()
    requirements: str = ""
    interactive: bool = False
    extra: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def load(cls, folder: Path) -> "Recipe":
        """Read `recipe.toml` of a folder. Raises `BrokenRecipe`."""
        try:
            return _parsed(folder, tomllib.loads((folder / "recipe.toml").read_text(encoding="utf-8")))
        except (OSError, tomllib.TOMLDecodeError, KeyError, TypeError, ValueError) as error:
            raise BrokenRecipe(f"{folder} is no recipe: {error!r}.") from error

    @cached_property
    def digest(self) -> str:
        return folder_digest(self.folder)

    def facts(self) -> dict[str, Any]:
        """Return what a person choosing a recipe needs to know, as plain JSON."""
        return {
            "id": self.id,
            "version": self.version,
            "digest": self.digest,
            "title": self.title,
            "summary": self.summary,
            "idempotent": self.idempotent,
            "checkpoints": self.checkpoints,
            "interactive": self.interactive,
            "needs": list(self.needs),
            "parameters": {name: asdict(parameter) for name, parameter in self.parameters.items()},
            "inputs": {name: asdict(role) for name, role in self.inputs.items()},
            "outputs": self.outputs,
            "resources": asdict(self.resources),
        }

    def checked(self, given: dict[str, Any]) -> dict[str, Any]:
        """Return every parameter, defaults filled in. Raises `Invalid`, naming each that is wrong."""
        from django.utils.translation import gettext as _

        errors = [
            FieldError(f"parameters.{name}", _("This recipe has no such parameter."), "closed list")
            for name in given
            if name not in self.parameters
        ]
        values = {}
        for name, parameter in self.parameters.items():
            answer = given.get(name)
            if answer is None or (answer == "" and parameter.default is not None):
                answer = parameter.default
            if answer is None or (answer == "" and parameter.required):
                errors.append(
                    FieldError(f"parameters.{name}", _("This recipe needs an answer here."), "required")
                )
                continue
            values[name], mistake, rule = parameter.check(answer)
            if mistake:
                errors.append(FieldError(f"parameters.{name}", mistake, rule))
        if errors:
            raise Invalid(errors)
        return values


def available(root: Path = ROOT) -> dict[str, Recipe]:
    """Return every recipe below `root` by id. Raises `BrokenRecipe`, also where id and folder differ."""
    return dict(_available(root))


def find(recipe_id: str, root: Path = ROOT) -> Recipe:
    """Return one recipe. Raises `UnknownRecipe`."""
    found = _available(root).get(recipe_id)
    if found is None:
        known = ", ".join(_available(root))
        raise UnknownRecipe(
            f"There is no recipe called {recipe_id!r}.", field="recipe", next_step=f"Choose one of: {known}."
        )
    return found


@lru_cache
def _available(root: Path) -> dict[str, Recipe]:
    found = [Recipe.load(path.parent) for path in sorted(root.glob("*/recipe.toml"))]
    for recipe in found:
        if recipe.id != recipe.folder.name:
            raise BrokenRecipe(f"The recipe in {recipe.folder} calls itself {recipe.id}.")
    return {recipe.id: recipe for recipe in found}


def folder_digest(folder: Path) -> str:
    """Return the digest of a recipe's files. Raises `BrokenRecipe` at a link, which could point outside."""
    try:
        return digest_of(files_of(folder))
    except HoldsALink as link:
        raise BrokenRecipe(f"{folder / link.path} is a link; a recipe must hold its own files.") from link


def _parsed(folder: Path, table: dict[str, Any]) -> Recipe:
    if unknown := set(table.get("carries", ())) - set(carried(folder)):
        raise ValueError(f"the factory has no {', '.join(sorted(unknown))} to carry")
    return Recipe(
        folder=folder,
        id=table["id"],
        version=table["version"],
        title=_text(table["title"]),
        summary=_text(table["summary"]),
        entry=tuple(table["entry"]),
        idempotent=table.get("idempotent") is True,
        parameters={name: _parameter(name, entry) for name, entry in table.get("parameters", {}).items()},
        inputs={name: _role(name, entry) for name, entry in table.get("inputs", {}).items()},
        outputs={name: _text(entry) for name, entry in table["outputs"].items()},
        resources=Resources(**table["resources"]),
        checkpoints=table.get("checkpoints") is True,
        needs=tuple(table.get("needs", ())),
        requirements=table.get("requirements", ""),
        interactive=table.get("interactive") is True,
        extra=table.get("extra", {}),
    )


def _text(entry: dict[str, str]) -> Text:
    return {language: str(entry[language]) for language in ("en", "nl")}


def _parameter(name: str, entry: dict[str, Any]) -> Parameter:
    if entry["type"] not in {"text", "integer", "number", "boolean", "choice"}:
        raise ValueError(f"{name} has the unknown type {entry['type']!r}")
    return Parameter(
        name=name,
        kind=entry["type"],
        label=_text(entry["label"]),
        default=entry.get("default"),
        minimum=entry.get("min"),
        maximum=entry.get("max"),
        choices=tuple(entry.get("choices", ())),
    )


def _role(name: str, entry: dict[str, Any]) -> Role:
    if entry["kind"] not in {"dataset", "model", "files"}:
        raise ValueError(f"{name} is of the unknown kind {entry['kind']!r}")
    return Role(name, entry["kind"], _text(entry["description"]), entry.get("required", True))
