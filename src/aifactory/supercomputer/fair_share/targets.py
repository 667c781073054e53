"""The published targets: which part of the machine each class should get, and which class a project is of. Data."""

import tomllib
from datetime import UTC, date, datetime, time
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from aifactory.kit.bilingual import Text
from aifactory.kit.canonical import digest

FOLDER = Path(str(files(__package__))) / "targets"


class UserClass(BaseModel):
    """One class of users with its target, in percent of the machine's time; what it asks of a project, if anything."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str = Field(pattern=r"^[a-z][a-z0-9_]{0,30}$")
    percent: int = Field(ge=1, le=100)
    title: Text
    modes: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    sizes: tuple[str, ...] = ()

    def fits(self, *, mode: str, kind: str, size: str) -> bool:
        """Say whether a project is of this class; one that asks nothing takes everybody."""
        asks = bool(self.modes or self.kinds or self.sizes)
        return not asks or mode in self.modes or kind in self.kinds or size in self.sizes


class Targets(BaseModel):
    """One version of the targets, in force from the start of `valid_from` (UTC)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    version: int = Field(ge=1)
    valid_from: date
    cores_per_gpu: int = Field(ge=1)
    classes: Annotated[tuple[UserClass, ...], Field(alias="class", min_length=1)]

    @model_validator(mode="after")
    def _add_up(self) -> Self:
        if sum(one.percent for one in self.classes) != 100:
            raise ValueError("the targets of all classes are 100 percent together")
        if len({one.id for one in self.classes}) != len(self.classes):
            raise ValueError("each class has an id of its own")
        *others, last = self.classes
        if last.modes or last.kinds or last.sizes or not all(o.modes or o.kinds or o.sizes for o in others):
            raise ValueError("the last class, and no other, takes everybody who fits nowhere else")
        return self

    @property
    def name(self) -> str:
        """The name of its file."""
        return f"{self.id}-v{self.version}"

    @property
    def digest(self) -> str:
        """The digest of everything that it says."""
        return digest(self.model_dump(mode="json", by_alias=True))

    def class_of(self, *, mode: str, kind: str, size: str) -> UserClass:
        """Return the first class that fits."""
        return next(one for one in self.classes if one.fits(mode=mode, kind=kind, size=size))


def load(folder: Path) -> tuple[Targets, ...]:
    """Read every version in a folder, oldest first. Raises `ValueError` for a mistake or a file misnamed."""
    found = []
    for path in folder.glob("*.toml"):
        one = Targets.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
        if one.name != path.stem:
            raise ValueError(f"{path.name} holds {one.name}.")
        found.append(one)
    return tuple(sorted(found, key=lambda one: (one.valid_from, one.version)))


@cache
def versions() -> tuple[Targets, ...]:
    """Return every version that comes with the platform, oldest first."""
    return load(FOLDER)


def in_force(at: datetime) -> Targets:
    """Return the version in force at a moment; the first one before there was any."""
    begun = [one for one in versions() if datetime.combine(one.valid_from, time(), UTC) <= at]
    return begun[-1] if begun else versions()[0]
