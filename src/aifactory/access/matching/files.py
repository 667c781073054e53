"""People and items as lines of JSON, each mistake named with its file and line."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from aifactory.access.matching.similarity import Item, Person, Text
from aifactory.kit.errors import Refused

T = TypeVar("T", Person, Item)
MOST_SHOWN = 20


@dataclass(frozen=True)
class Problem:
    """What is wrong with a line (counted from 1)."""

    file: str
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.message}"


class LinesAreWrong(Refused):
    """Lines of a file can't be read as what they should be."""

    def __init__(self, problems: list[Problem]) -> None:
        more = len(problems) - MOST_SHOWN
        shown = [str(problem) for problem in problems[:MOST_SHOWN]] + [f"and {more} more"] * (more > 0)
        super().__init__("\n".join(shown), next_step="Correct these lines and try again.")
        self.problems = problems


def read_people(path: Path) -> list[Person]:
    """Read `{"id": …, "works": [{"title": …, "abstract": …}]}` a line. Raises `LinesAreWrong`, `OSError`."""
    return _read(path, _person)


def read_items(path: Path) -> list[Item]:
    """Read `{"id": …, "title": …, "abstract": …}` a line. Raises `LinesAreWrong`, `OSError`."""
    return _read(path, lambda fact: Item(_id(fact), _text(fact, "")))


def _read(path: Path, of: Callable[[dict[str, Any]], T]) -> list[T]:
    found: dict[str, T] = {}
    first: dict[str, int] = {}
    problems = []
    for number, raw in _lines(path):
        try:
            one = of(_object(raw))
        except ValueError as error:
            problems.append(Problem(path.name, number, str(error)))
            continue
        if one.id in found:
            message = f"the id {one.id!r} is on line {first[one.id]} already"
            problems.append(Problem(path.name, number, message))
        found[one.id], first[one.id] = one, first.get(one.id, number)
    if problems:
        raise LinesAreWrong(problems)
    return list(found.values())


def _lines(path: Path) -> Iterator[tuple[int, bytes]]:
    with path.open("rb") as file:
        for number, raw in enumerate(file, 1):
            line = raw.removeprefix(b"\xef\xbb\xbf") if number == 1 else raw
            if line.strip():
                yield number, line


def _object(raw: bytes) -> dict[str, Any]:
    try:
        fact = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"this is not JSON in UTF-8: {error}") from None
    if not isinstance(fact, dict):
        raise ValueError("a line holds one JSON object, in braces")  # noqa: TRY004 - a mistake of the file
    return fact


def _id(fact: dict[str, Any]) -> str:
    given = fact.get("id")
    if isinstance(given, bool) or not isinstance(given, str | int) or not str(given).strip():
        raise ValueError("`id` has to be a text or a whole number")
    return str(given)


def _text(fact: dict[str, Any], where: str) -> Text:
    values = []
    for name in ("title", "abstract"):
        value = fact.get(name)
        if value is not None and not isinstance(value, str):
            raise ValueError(f"`{where}{name}` has to be a text, or null where there is none")
        values.append(value or "")
    return Text(*values)


def _person(fact: dict[str, Any]) -> Person:
    works = fact.get("works")
    if works is not None and not isinstance(works, list):
        raise ValueError("`works` has to be a list")
    found = []
    for number, work in enumerate(works or []):
        if not isinstance(work, dict):
            raise ValueError(f"`works[{number}]` has to be an object, in braces")  # noqa: TRY004 - of the file
        found.append(_text(work, f"works[{number}]."))
    return Person(_id(fact), tuple(found))
