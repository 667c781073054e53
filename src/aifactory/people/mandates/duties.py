"""What somebody must be accountable for: the duties of the factory, as data."""

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Literal

from pydantic import BaseModel, ConfigDict, TypeAdapter

from aifactory.kit.bilingual import Text


class Duty(BaseModel):
    """A kind of decision or a running thing; `per` names what it is split by, if it is."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    subject: str
    kind: Literal["decision", "running"]
    title: Text
    what: Text
    per: Literal["", "mode"] = ""


Scopes = Callable[[], Mapping[str, Text]]
_scopes: dict[str, Scopes] = {}


@dataclass(frozen=True)
class Seat:
    """A duty in one scope: what exactly one person answers for. An unsplit duty has the empty scope."""

    duty: Duty
    scope: str = ""
    scope_title: Text | None = None

    def title(self, language: str) -> str:
        """Return what people call it."""
        title = self.duty.title.of(language)
        return f"{title}: {self.scope_title.of(language)}" if self.scope_title else title


def split_by(per: str, scopes: Scopes) -> None:
    """Let the room that knows them say by which scopes (id and title) duties are split, as it loads."""
    _scopes[per] = scopes


@cache
def duties() -> tuple[Duty, ...]:
    """Return every duty, in the order of the file."""
    raw = tomllib.loads((files(__package__) / "duties.toml").read_text(encoding="utf-8"))
    return TypeAdapter(tuple[Duty, ...]).validate_python(raw["duty"])


def seats() -> list[Seat]:
    """Return every duty in each of its scopes."""
    scopes = {per: sorted(known().items()) for per, known in _scopes.items()}
    return [
        seat
        for duty in duties()
        for seat in [Seat(duty, *scope) for scope in scopes.get(duty.per, [])] or [Seat(duty)]
    ]
