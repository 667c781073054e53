"""Rows of the data that stand in a file: few like them by the columns that both have, or value for value."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path

from aifactory.datasets.output_check.tables import MOST_ROWS, TOKEN, Row, Table, cell_of, rows_of
from aifactory.datasets.output_check.words import Given, Sign, sign
from aifactory.datasets.small_cells import FLOOR

_MOST_WINDOWS = 500_000
#: A line of so many characters is not in two texts by chance.
_TELLING = 20
_TEXTS = {".txt", ".md", ".json", ".jsonl"}


def names_of(inputs: Sequence[Given]) -> frozenset[str]:
    """Return the names of all columns of the data."""
    headers = (next(rows_of(given.path, given.name), ()) for given in inputs if given.path)
    return frozenset(name for header in headers for name in header)


def _tokens(line: str) -> list[str]:
    return [cell_of(token) for token in TOKEN.findall(line)]


def rows_of_input(table: Table | None, text: str, given: Given) -> Iterator[Sign]:
    """Compare by the columns that both have; without such a column, by whole rows wherever they stand in the text."""
    if given.path is None:
        yield sign("uncompared", name=given.name)
        return
    if Path(given.name).suffix.lower() in _TEXTS:
        yield from _lines_of_input(text, given.path, given.name)
        return
    rows = rows_of(given.path, given.name)
    header = next(rows, None)
    if header is None:
        return
    shared = [name for name in header if table and name in table.header]
    if table and shared:
        places = [table.header.index(name) for name in shared]
        mine = Counter(tuple(row[at] for at in places) for row in table.rows if len(row) > max(places))
        at_input = [header.index(name) for name in shared]
        theirs = _found(mine, (tuple(r[at] for at in at_input) for r in rows if len(r) > max(at_input)))
        words = ", ".join(shared)[:120]
        kept = sum(mine[row] for row, times in theirs.items() if times < FLOOR)
        if kept:
            yield sign("rows", kept=kept, all=len(table.rows), columns=words, below=FLOOR, name=given.name)
        if len(shared) == len(header):
            return
        rows = islice(
            rows_of(given.path, given.name), 1, None
        )  # whole rows may stand there under other names
    if len(header) < 2:
        return
    windows = Counter(islice(_windows(text, len(header)), _MOST_WINDOWS))
    kept = sum(1 for times in _found(windows, rows).values() if times < FLOOR)
    if kept:
        yield sign("lines", kept=kept, name=given.name)


def _lines_of_input(text: str, path: Path, name: str) -> Iterator[Sign]:
    mine: Counter[Row] = Counter(
        (line.strip(),) for line in text.splitlines() if len(line.strip()) >= _TELLING
    )
    with path.open(encoding="utf-8", errors="replace") as lines:
        theirs = _found(mine, ((line.strip(),) for line in islice(lines, MOST_ROWS)))
    kept = sum(1 for times in theirs.values() if times < FLOOR)
    if kept:
        yield sign("lines", kept=kept, name=name)


def _found(wanted: Counter[Row], rows: Iterable[Row]) -> Counter[Row]:
    """Count how often each wanted row stands among `rows`; a row of empty cells says nothing."""
    return Counter(row for row in rows if row in wanted and any(row))


def _windows(text: str, width: int) -> Iterator[Row]:
    for line in text.splitlines():
        tokens = _tokens(line[:10_000])
        yield from (tuple(tokens[at : at + width]) for at in range(len(tokens) - width + 1))
