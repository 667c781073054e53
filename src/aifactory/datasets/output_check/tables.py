"""Reading a file as text and as tables, with a number written one way only."""

import csv
import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import chain, islice
from pathlib import Path
from typing import Any

#: Rows of an input that a file is compared with.
MOST_ROWS = 2_000_000
Row = tuple[str, ...]
#: A word, a number or an address in a text.
TOKEN = re.compile(r"[\w.+@-]+")


@dataclass(frozen=True)
class Table:
    """A table as text: names of columns (none where it has no header), and rows."""

    header: Row
    rows: list[Row]


def text_of(path: Path) -> str | None:
    """Return what a file says, None where it is no text."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError:
        return None
    return None if "\0" in text else text


def table_of(text: str, name: str) -> Table | None:
    """Read a table: CSV and TSV by the name, JSON where it is a list of objects with the same names."""
    kind = Path(name).suffix.lower()
    if kind in {".csv", ".tsv"}:
        rows = list(csv_rows(text.splitlines(), name))
        return Table(rows[0], rows[1:]) if len(rows) > 1 else None
    records = json_of(text) if kind in {".json", ".jsonl"} else None
    if isinstance(records, list) and records and all(isinstance(one, dict) for one in records):
        header = tuple(records[0])
        if header and all(tuple(one) == header for one in records):
            return Table(header, [tuple(plain(value) for value in one.values()) for one in records])
    return None


def all_tables(table: Table | None, text: str) -> list[Table]:
    """Return the table that a file is; and what may stand there otherwise, where it is none or not all of it fits."""
    is_whole = table is not None and all(len(row) == len(table.header) for row in table.rows)
    return ([table] if table else []) + ([] if is_whole else _tables(text))


def _tables(text: str) -> list[Table]:
    """Return what stands in a text as a table: lines that follow each other and have as many cells."""
    lines = text.splitlines()
    return [table for cut in _CUTS for table in _alike([cut(line) for line in lines])]


def _alike(lines: list[list[str]]) -> Iterator[Table]:
    """Yield runs of lines with as many cells; a head may lack the name of the first column."""
    first = 0
    for at in range(1, len(lines) + 1):
        width = len(lines[at - 1])
        if at < len(lines) and (
            len(lines[at]) == width or (at == first + 1 and len(lines[at]) == width + 1 > 2)
        ):
            continue
        if at - first > 1 and width > 1:
            head, *rows = lines[first:at]
            cells = [tuple(cell_of(cell) for cell in row) for row in rows]
            yield Table(("",) * (width - len(head)) + tuple(cell_of(cell) for cell in head), cells)
        first = at


_CUTS: tuple[Callable[[str], list[str]], ...] = (
    *(partial(str.split, sep=mark) for mark in (",", ";", "\t")),
    lambda line: line.strip().strip("|").split("|"),
    lambda line: re.split(r"\s{2,}", line.strip()),
)


def csv_rows(lines: Iterable[str], name: str) -> Iterator[Row]:
    """Yield the rows of a CSV or TSV file, cut where its first line is cut most often."""
    lines = iter(lines)
    first = next(lines, "")
    delimiter = "\t" if name.lower().endswith(".tsv") else max(",;\t|", key=first.count)
    reader = csv.reader(chain([first], lines), delimiter=delimiter)
    try:
        yield from (tuple(cell_of(cell) for cell in row) for row in reader if row)
    except csv.Error:
        return  # what follows is no table


def json_of(text: str) -> Any:
    """Read JSON, or JSON Lines as a list; None where it is neither."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        pass
    try:
        return [json.loads(line) for line in text.splitlines() if line.strip()]
    except (ValueError, RecursionError):
        return None


def plain(value: Any) -> str:
    """Return a value of JSON as a cell."""
    return cell_of(value if isinstance(value, str) else json.dumps(value))


def cell_of(text: str) -> str:
    """Write a number one way only, so that 1, 1.0 and 1e0 are the same."""
    text = text.strip()
    try:
        return repr(float(text)) if text[:1] in "+-.0123456789" and text else text.casefold()
    except ValueError:
        return text.casefold()


def rows_of(path: Path, name: str) -> Iterator[Row]:
    """Yield the rows of an input as text, the header first; nothing where it is no table."""
    kind = Path(name).suffix.lower()
    if kind in {".csv", ".tsv"}:
        with path.open(encoding="utf-8-sig", errors="replace", newline="") as lines:
            yield from islice(csv_rows(lines, name), MOST_ROWS)
    elif kind == ".parquet":
        yield from islice(_parquet(path), MOST_ROWS)


def _parquet(path: Path) -> Iterator[Row]:
    import duckdb

    with duckdb.connect(config={"autoinstall_known_extensions": "false"}) as room:
        read = room.execute("SELECT * FROM read_parquet(?)", [str(path)])
        yield tuple(cell_of(column[0]) for column in read.description or ())
        while rows := read.fetchmany(10_000):
            yield from (tuple(cell_of("" if value is None else str(value)) for value in row) for row in rows)
