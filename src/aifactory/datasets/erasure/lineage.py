"""What was made of data, told by the rooms above this one: each registers a finder when its rules are loaded."""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Made:
    """A thing made of some data: its name in the log, how people call it, and the organisation that has it."""

    thing: str
    name: str
    organisation: str


Finder = Callable[[Collection[str]], Iterable[Made]]
_finders: list[Finder] = []


def tells(finder: Finder) -> Finder:
    """Let a room above say what it made of versions of datasets (ids), directly or step by step."""
    if finder not in _finders:
        _finders.append(finder)
    return finder


def made_of(versions: Collection[str]) -> list[Made]:
    """Return everything that was made of these versions."""
    return [made for finder in _finders for made in finder(versions)] if versions else []
