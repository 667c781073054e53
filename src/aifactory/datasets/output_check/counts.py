"""Counts of few people, in tables and in JSON, and shares that are counts once the total is known."""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from aifactory.datasets.output_check.tables import Table, json_of, plain
from aifactory.datasets.output_check.words import Sign, sign
from aifactory.datasets.small_cells import FLOOR, suppressed

_COUNT_NAME = re.compile(
    r"(?:^|[\W_])(?:n|nr|counts?|freq|frequency|aantal|number|totals?|totaal|cases|patients|people|persons|support"
    r"|confusion|confusion_matrix)(?:[\W_]|$)",
    re.IGNORECASE,
)
_SHARE_NAME = re.compile(
    r"(?:^|[\W_])(?:shares?|percent\w*|pct|perc|proportions?|fraction|aandeel|aandelen)(?:[\W_]|$)|%",
    re.IGNORECASE,
)
#: A number as people write it: 1,234 or 1 234 or 1.234.567; 1.234 alone is one and a bit.
_GROUPED = re.compile(r"\d{1,3}(?:[,' \u00a0\u202f]\d{3})+|\d{1,3}(?:\.\d{3}){2,}")


def small(tables: Sequence[Table], text: str, known: frozenset[str]) -> Iterator[Sign]:
    """Yield a sign for each column with counts of few and each of shares; `known` are the columns of the data."""
    columns: dict[str, list[int]] = {}
    for table in tables:
        columns = dict(_counts_of_table(table, known)) | columns
    for name, counts in columns.items() or _counts_of_json(json_of(text), known):
        few = sum(1 for n in counts if 0 < n < FLOOR)
        if few:
            more = sum(1 for n in suppressed(counts) if n is None) - few
            yield sign("small-cells", column=name[:60], few=few, below=FLOOR, more=more)
    for name in dict.fromkeys(name for table in tables for name in _shares(table)):
        yield sign("shares", column=name[:60], below=FLOOR)


def _counts_of_table(table: Table, known: frozenset[str]) -> Iterator[tuple[str, list[int]]]:
    for at, name in enumerate(table.header):
        cells = [row[at] for row in table.rows if at < len(row) and row[at]]
        if counts := _counts(name, cells, known):
            yield name, counts


def _counts(name: str, cells: Sequence[str], known: frozenset[str]) -> list[int]:
    """Return the counts in a column: whole numbers under a name for counts, or under one that is new.

    What stands between them in words (“none”, “<10”, a total that is missing) hides none of them.
    """
    numbers = [n for cell in cells if (n := _number(cell)) is not None]
    whole = [int(n) for n in numbers if n >= 0 and not n % 1]
    if _COUNT_NAME.search(name):
        return whole
    is_index = whole in (list(range(len(whole))), list(range(1, len(whole) + 1))) and len(whole) > 1
    is_count = len(whole) == len(numbers) and 2 * len(whole) >= len(cells)
    return whole if is_count and name not in known and not is_index else []


def _number(cell: str) -> float | None:
    """Read a number as a program or as a person writes it; None for anything else, and for a share."""
    if _GROUPED.fullmatch(cell):
        cell = re.sub(r"\D", "", cell)
    try:
        number = float(cell)
    except ValueError:
        return None
    return number if abs(number) < 1e15 else None


def _shares(table: Table) -> Iterator[str]:
    """Yield the columns of shares: with a total that stands elsewhere they are counts."""
    for at, name in enumerate(table.header):
        cells = [row[at] for row in table.rows if at < len(row) and row[at]]
        marked = sum(cell.endswith("%") for cell in cells)
        numbers = sum(_number(cell.rstrip("% ").replace(",", ".")) is not None for cell in cells)
        if numbers and (2 * marked > len(cells) or _SHARE_NAME.search(name)):
            yield name


def _counts_of_json(told: Any, known: frozenset[str]) -> Iterator[tuple[str, list[int]]]:
    """Yield the numbers at or below a name for counts, tables of whole numbers, and what is counted by value."""
    waiting: list[tuple[str, Any]] = [("", told)]
    while waiting:
        name, value = waiting.pop()
        inside = list(value.items()) if isinstance(value, dict) else []
        records = [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []
        if isinstance(value, dict):
            if counts := _wholes(value.values(), every=not _COUNT_NAME.search(name), least=2):
                yield name, counts
        elif isinstance(value, list):
            if counts := _wholes(value, every=not _COUNT_NAME.search(name)):
                yield name, counts
            inside = [("", inner) for inner in value if isinstance(inner, list)]
            for key in dict.fromkeys(key for one in records for key in one):
                column = [one[key] for one in records if key in one]
                cells = [plain(cell) for cell in column if not isinstance(cell, dict | list)]
                if counts := _counts(f"{name}.{key}" if _COUNT_NAME.search(name) else key, cells, known):
                    yield key, counts
                inside += [(key, cell) for cell in column if isinstance(cell, dict | list)]
        elif _COUNT_NAME.search(name) and (counts := _wholes([value], every=False)):
            yield name, counts
        below = f"{name}." if _COUNT_NAME.search(name) else ""
        is_counted = isinstance(value, dict) and below
        waiting += [
            (f"{below}{key}".rstrip("."), inner)
            for key, inner in inside
            if isinstance(inner, dict | list) or not is_counted
        ]


def _wholes(values: Iterable[Any], *, every: bool, least: int = 1) -> list[int]:
    """Return the whole numbers among values; with `every` only where there is nothing else, and at least so many."""
    given = [value for value in values if value is not None]
    numbers = [None if isinstance(n, bool | dict | list) else _number(plain(n)) for n in given]
    whole = [int(n) for n in numbers if n is not None and n >= 0 and not n % 1]
    return whole if not every or least <= len(whole) == len(given) else []
