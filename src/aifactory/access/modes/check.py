"""Reading a mode file, and saying what is wrong with it by file and line."""

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from aifactory.access.modes import Mode, from_plain
from aifactory.access.modes.odd import oddities

_HEADER = re.compile(r"^\s*(\[\[?)\s*([A-Za-z0-9_.-]+)\s*\]\]?")
_KEY = re.compile(r"^\s*([A-Za-z0-9_-]+)\s*=")


@dataclass(frozen=True)
class Problem:
    """One thing wrong or odd: where, and what. What is `grave` keeps the text from being a mode."""

    file: str
    line: int
    message: str
    grave: bool = True

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {'' if self.grave else 'odd: '}{self.message}"

    def plain(self) -> dict[str, Any]:
        """Return it as JSON keeps it."""
        return vars(self)


class ModeFileIsWrong(ValueError):
    """A mode file that cannot be used; `problems` holds every reason."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = problems
        super().__init__("\n".join(map(str, problems)))


def check(text: str, file: str = "mode.toml") -> tuple[Mode | None, list[Problem]]:
    """Read a mode's text: the mode where it is one, and what is wrong or odd, by line."""
    try:
        plain = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        return None, [Problem(file, _line_in(str(error)), f"no TOML: {error}")]
    lines = lines_of(text)
    try:
        mode = from_plain(plain)
    except ValidationError as error:
        found = [
            Problem(file, nearest(lines, each["loc"]), f"{_dotted(each['loc'])}: {_said(each['msg'])}")
            for each in error.errors()
        ]
        return None, sorted(found, key=lambda p: p.line)
    odd = [
        Problem(file, nearest(lines, place), f"{_dotted(place)}: {said}", grave=False)
        for place, said in oddities(mode)
    ]
    return mode, sorted(odd, key=lambda p: (p.line, p.message))


def load(path: Path) -> Mode:
    """Read a mode file. Raises `ModeFileIsWrong` naming each line at fault, `OSError`."""
    mode, _odd = read(path)
    return mode


def read(path: Path) -> tuple[Mode, list[Problem]]:
    """Read a mode file, with what is odd about it. Raises `ModeFileIsWrong`, `OSError`."""
    try:
        text = path.read_bytes().decode("utf-8")
    except UnicodeDecodeError as error:
        raise ModeFileIsWrong([Problem(path.name, 1, f"no TOML: {error}")]) from None
    mode, problems = check(text, path.name)
    if mode is None:
        raise ModeFileIsWrong(problems)
    if path.stem != mode.name:
        raise ModeFileIsWrong([Problem(path.name, 1, f"the file of this mode is called {mode.name}.toml")])
    return mode, problems


def lines_of(text: str) -> dict[tuple[str | int, ...], int]:
    """Return the line (from 1) on which each table and key of a TOML text starts.

    Enough of TOML for mode files: headers, keys, and strings over several lines, which hold no keys.
    """
    lines: dict[tuple[str | int, ...], int] = {(): 1}
    counts: dict[tuple[str | int, ...], int] = {}
    here: tuple[str | int, ...] = ()
    inside_string = False
    for number, line in enumerate(text.splitlines(), start=1):
        if not inside_string and (header := _HEADER.match(line)):
            here = _path(header[2].split("."), counts, repeated=header[1] == "[[")
            lines[here] = number
            lines.setdefault(tuple(p for p in here if isinstance(p, str)), number)
        elif not inside_string and (key := _KEY.match(line)):
            lines[(*here, key[1])] = number
        if line.count('"""') % 2:
            inside_string = not inside_string
    return lines


def _path(
    names: list[str], counts: dict[tuple[str | int, ...], int], *, repeated: bool
) -> tuple[str | int, ...]:
    path: tuple[str | int, ...] = ()
    for depth, name in enumerate(names):
        path = (*path, name)
        if repeated and depth == len(names) - 1:
            counts[path] = counts.get(path, -1) + 1
        if path in counts:
            path = (*path, counts[path])
    return path


def nearest(lines: dict[tuple[str | int, ...], int], place: tuple[str | int, ...]) -> int:
    """Return the line of a place in the data, or of the closest thing around it that has a line."""
    known: tuple[str | int, ...] = ()
    for part in place:
        if (*known, part) in lines or any(path[: len(known) + 1] == (*known, part) for path in lines):
            known = (*known, part)
    while known not in lines:
        known = known[:-1]
    return lines[known]


def _dotted(place: tuple[str | int, ...]) -> str:
    return ".".join(str(part) for part in place) or "the mode"


def _said(message: str) -> str:
    return message.removeprefix("Value error, ")


def _line_in(message: str) -> int:
    found = re.search(r"line (\d+)", message)
    return int(found[1]) if found else 1
