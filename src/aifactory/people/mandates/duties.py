"""What somebody must be accountable for: the duties of the factory, as data."""

import tomllib
from collections.abc import Callable, Iterable
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


_scopes: dict[str, Callable[[], Iterable[str]]] = {}


def split_by(per: str, scopes: Callable[[], Iterable[str]]) -> None:
    """Let the room that knows them say by which scopes duties are split; an upper room calls this as it loads."""
    _scopes[per] = scopes


@cache
def duties() -> tuple[Duty, ...]:
    """Return every duty, in the order of the file."""
    raw = tomllib.loads((files(__package__) / "duties.toml").read_text(encoding="utf-8"))
    return TypeAdapter(tuple[Duty, ...]).validate_python(raw["duty"])


def seats() -> list[tuple[Duty, str]]:
    """Return every duty with each of its scopes (an empty one where it is not split)."""
    return [(duty, scope) for duty in duties() for scope in _scopes_of(duty)]


def _scopes_of(duty: Duty) -> list[str]:
    known = _scopes.get(duty.per)
    return sorted(known()) or [""] if known else [""]
