"""The questions of the route finder, as data."""

import tomllib
from functools import lru_cache
from importlib.resources import files
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from aifactory.kit.bilingual import Text

FOLDER = Path(str(files(__package__)))


class Option(BaseModel):
    """One answer: in GPU-hours where it is about size, in working days where it is about time."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    value: str = Field(pattern=r"^[a-z][a-z_]*$")
    label: Text
    gpu_hours: tuple[int, int] | None = None
    working_days: int | None = None


class Question(BaseModel):
    """One question with the answers offered."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str = Field(pattern=r"^[a-z][a-z_]*$")
    label: Text
    help: Text | None = None
    options: tuple[Option, ...] = Field(min_length=2)

    def option(self, value: str) -> Option:
        """Return the answer called `value`. Raises `KeyError`."""
        return {option.value: option for option in self.options}[value]


@lru_cache(maxsize=1)
def questions() -> tuple[Question, ...]:
    """Return the questions in the order in which they are asked."""
    plain = tomllib.loads((FOLDER / "questions.toml").read_text("utf-8"))
    return TypeAdapter(tuple[Question, ...]).validate_python(plain["questions"])
