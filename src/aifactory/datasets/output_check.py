"""What a machine sees in a file before it leaves the secure environment: signs for who checks it, not a verdict.

After the rules of statistical output checking: no counts of few people, no rows of the input, nothing that cannot be
looked into. A file without signs still has to be read by a person. Files are hostile: nothing in them is run.
"""

import csv
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import Any

from aifactory.datasets.personal_data import Confidence, has_email, hints, is_bsn, is_iban
from aifactory.datasets.small_cells import FLOOR, suppressed
from aifactory.kit.bilingual import Text

#: Bytes of a file that are looked into, and rows of an input that it is compared with.
MOST_BYTES, MOST_ROWS = 20_000_000, 2_000_000
LARGE_FILE, LONG_TABLE = 10_000_000, 1_000
_SAMPLE = 5_000
_MOST_WINDOWS = 500_000
#: A line of so many characters is not in two texts by chance.
_TELLING = 20
_TEXTS = {".txt", ".md", ".json", ".jsonl"}
_MODELS = {
    ".bin", ".ckpt", ".gguf", ".h5", ".hdf5", ".joblib", ".keras", ".msgpack", ".npy", ".npz", ".onnx", ".pb",
    ".pickle", ".pkl", ".pmml", ".pt", ".pth", ".rds", ".safetensors", ".skops", ".tflite",
}  # fmt: skip
_MODEL_NAME = re.compile(r"model|weights|checkpoint|embedding", re.IGNORECASE)
_COUNT_NAME = re.compile(
    r"(?:^|[\W_])(?:n|nr|counts?|freq|frequency|aantal|number|totals?|totaal|cases|patients|people|persons|support"
    r"|confusion|confusion_matrix)(?:[\W_]|$)",
    re.IGNORECASE,
)
_TOKEN = re.compile(r"[\w.+@-]+")
#: Which cell ran as which counts nothing.
_CELL_NUMBER = re.compile(r'"execution_count": *\d+')

Row = tuple[str, ...]


@dataclass(frozen=True)
class Sign:
    """One thing to look at. What `blocks` can never be released, whatever a person says."""

    rule: str
    text: Text
    blocks: bool = False


@dataclass(frozen=True)
class Given:
    """A file of the data that the job ran on; without a path it is too large to be compared with, row by row."""

    path: Path | None
    name: str
    digest: str


@dataclass(frozen=True)
class Table:
    """A table as text: names of columns (none where it has no header), and rows."""

    header: Row
    rows: list[Row]


def signs(path: Path, *, name: str, digest: str, inputs: Sequence[Given]) -> list[Sign]:
    """Return what is to be looked at in a file called `name`, before it leaves."""
    if any(digest == given.digest for given in inputs):
        return [_sign("copy", blocks=True)]
    size = path.stat().st_size
    found = [_sign("large", size=f"{size / 1e6:.0f}")] if size > LARGE_FILE else []
    if Path(name).suffix.lower() in _MODELS or _MODEL_NAME.search(Path(name).name):
        found.append(_sign("model"))
    text = _text(path) if size <= MOST_BYTES else None
    if text is None:
        return [*found, _sign("opaque")]
    if Path(name).suffix.lower() == ".ipynb":
        found += _shown(text)
        text = _CELL_NUMBER.sub("", text)
    table = _table(text, name)
    if table is not None and len(table.rows) > LONG_TABLE:
        found.append(_sign("long", rows=len(table.rows)))
    return [
        *found,
        *_small(table, text, _names(inputs)),
        *_personal(table, text),
        *(sign for given in inputs for sign in _rows_of_input(table, text, given)),
    ]


def blocking(found: Iterable[Sign]) -> list[Sign]:
    """Return the signs that no person can overrule."""
    return [sign for sign in found if sign.blocks]


def _sign(rule: str, *, blocks: bool = False, **figures: Any) -> Sign:
    return Sign(rule, _WORDS[rule].fill(**figures), blocks)


# Reading.


def _text(path: Path) -> str | None:
    """Return what a file says, None where it is no text."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError:
        return None
    return None if "\0" in text else text


def _table(text: str, name: str) -> Table | None:
    """Read a table: CSV and TSV by the name, JSON where it is a list of objects with the same names."""
    kind = Path(name).suffix.lower()
    if kind in {".csv", ".tsv"}:
        rows = list(_csv(text.splitlines(), name))
        return Table(rows[0], rows[1:]) if len(rows) > 1 else None
    records = _json(text) if kind in {".json", ".jsonl"} else None
    if isinstance(records, list) and records and all(isinstance(one, dict) for one in records):
        header = tuple(records[0])
        if header and all(tuple(one) == header for one in records):
            return Table(header, [tuple(_plain(value) for value in one.values()) for one in records])
    return None


def _csv(lines: Iterable[str], name: str) -> Iterator[Row]:
    lines = iter(lines)
    first = next(lines, "")
    delimiter = "\t" if name.lower().endswith(".tsv") else max(",;\t|", key=first.count)
    reader = csv.reader(chain([first], lines), delimiter=delimiter)
    try:
        yield from (tuple(_cell(cell) for cell in row) for row in reader if row)
    except csv.Error:
        return  # what follows is no table


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        pass
    try:
        return [json.loads(line) for line in text.splitlines() if line.strip()]
    except (ValueError, RecursionError):
        return None


def _plain(value: Any) -> str:
    return _cell(value if isinstance(value, str) else json.dumps(value))


def _cell(text: str) -> str:
    """Write a number one way only, so that 1, 1.0 and 1e0 are the same."""
    text = text.strip()
    try:
        return repr(float(text)) if text[:1] in "+-.0123456789" and text else text.casefold()
    except ValueError:
        return text.casefold()


# Notebooks.


def _shown(text: str) -> Iterator[Sign]:
    """Yield a sign where the cells of a notebook keep what they printed or drew."""
    told = _json(text)
    cells = told.get("cells") if isinstance(told, dict) else None
    listed = cells if isinstance(cells, list) else []
    kept = [cell for cell in listed if isinstance(cell, dict) and cell.get("outputs")]
    if kept:
        yield _sign("notebook", cells=len(kept))


# Counts of few.


def _small(table: Table | None, text: str, known: frozenset[str]) -> Iterator[Sign]:
    columns = _counts_of_table(table, known) if table else _counts_of_json(_json(text))
    for name, counts in columns:
        few = sum(1 for n in counts if 0 < n < FLOOR)
        if few:
            more = sum(1 for n in suppressed(counts) if n is None) - few
            yield _sign("small-cells", column=name[:60], few=few, below=FLOOR, more=more)


def _counts_of_table(table: Table, known: frozenset[str]) -> Iterator[tuple[str, list[int]]]:
    """Yield the columns that may be counts: whole numbers under a name for counts, or under one that is new."""
    for at, name in enumerate(table.header):
        cells = [row[at] for row in table.rows if at < len(row) and row[at]]
        numbers = [float(cell) for cell in cells if _is_number(cell)]
        if len(numbers) < len(cells) or not numbers or any(n < 0 or n % 1 for n in numbers):
            continue
        counts = [int(n) for n in numbers]
        is_index = counts in (list(range(len(counts))), list(range(1, len(counts) + 1))) and len(counts) > 1
        if _COUNT_NAME.search(name) or (name not in known and not is_index):
            yield name, counts


def _counts_of_json(told: Any) -> Iterator[tuple[str, list[int]]]:
    """Yield the numbers under a name for counts, and tables of whole numbers such as a confusion matrix."""
    waiting: list[tuple[str, Any]] = [("", told)]
    while waiting:
        name, value = waiting.pop()
        if isinstance(value, dict):
            if (counts := _wholes(value.values())) and _COUNT_NAME.search(name):
                yield name, counts
            waiting += [(str(key), inner) for key, inner in value.items()]
        elif isinstance(value, list):
            if counts := _wholes(value):
                yield name, counts
            waiting += [(name, inner) for inner in value if isinstance(inner, dict | list)]
        elif _COUNT_NAME.search(name) and (counts := _wholes([value])):
            yield name, counts


def _wholes(values: Iterable[Any]) -> list[int]:
    listed = list(values)
    whole = all(isinstance(n, int) and not isinstance(n, bool) and n >= 0 for n in listed)
    return listed if whole else []


def _is_number(cell: str) -> bool:
    try:
        return abs(float(cell)) < 1e15
    except ValueError:
        return False


# Personal data.


def _personal(table: Table | None, text: str) -> Iterator[Sign]:
    if table:
        for at, name in enumerate(table.header):
            cells = [_as_written(row[at]) for row in table.rows[:_SAMPLE] if at < len(row) and row[at]]
            kinds = [hint.kind for hint in hints(name, cells) if hint.confidence != Confidence.LOW]
            if kinds:
                yield _sign("personal-data", where=f"“{name[:60]}”", kinds=", ".join(kinds))
        return
    tokens = set(islice((found.group() for found in _TOKEN.finditer(text)), 200_000))
    checks = {"email": has_email, "iban": is_iban, "bsn": _is_whole_bsn}
    if kinds := [kind for kind, check in checks.items() if any(check(token) for token in tokens)]:
        yield _sign("personal-data", where="–", kinds=", ".join(kinds))


def _is_whole_bsn(token: str) -> bool:
    """Of eight digits too many pass by chance."""
    return len(token) == 9 and is_bsn(token)


def _as_written(cell: str) -> str:
    return cell.removesuffix(".0")


# Rows of the input.


def _names(inputs: Sequence[Given]) -> frozenset[str]:
    headers = (next(_rows(given.path, given.name), ()) for given in inputs if given.path)
    return frozenset(name for header in headers for name in header)


def _rows(path: Path, name: str) -> Iterator[Row]:
    """Yield the rows of an input as text, the header first; nothing where it is no table."""
    kind = Path(name).suffix.lower()
    if kind in {".csv", ".tsv"}:
        with path.open(encoding="utf-8-sig", errors="replace", newline="") as lines:
            yield from islice(_csv(lines, name), MOST_ROWS)
    elif kind == ".parquet":
        yield from islice(_parquet(path), MOST_ROWS)


def _parquet(path: Path) -> Iterator[Row]:
    import duckdb

    with duckdb.connect(config={"autoinstall_known_extensions": "false"}) as room:
        read = room.execute("SELECT * FROM read_parquet(?)", [str(path)])
        yield tuple(_cell(column[0]) for column in read.description or ())
        while rows := read.fetchmany(10_000):
            yield from (tuple(_cell("" if value is None else str(value)) for value in row) for row in rows)


def _tokens(line: str) -> list[str]:
    return [_cell(token) for token in _TOKEN.findall(line)]


def _rows_of_input(table: Table | None, text: str, given: Given) -> Iterator[Sign]:
    """Compare by the columns that both have; without such a column, by whole rows wherever they stand in the text."""
    if given.path is None:
        yield _sign("uncompared", name=given.name)
        return
    if Path(given.name).suffix.lower() in _TEXTS:
        yield from _lines_of_input(text, given.path, given.name)
        return
    rows = _rows(given.path, given.name)
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
            yield _sign("rows", kept=kept, all=len(table.rows), columns=words, below=FLOOR, name=given.name)
        return
    if len(header) < 2:
        return
    windows = Counter(islice(_windows(text, len(header)), _MOST_WINDOWS))
    kept = sum(1 for times in _found(windows, rows).values() if times < FLOOR)
    if kept:
        yield _sign("lines", kept=kept, name=given.name)


def _lines_of_input(text: str, path: Path, name: str) -> Iterator[Sign]:
    mine: Counter[Row] = Counter(
        (line.strip(),) for line in text.splitlines() if len(line.strip()) >= _TELLING
    )
    with path.open(encoding="utf-8", errors="replace") as lines:
        theirs = _found(mine, ((line.strip(),) for line in islice(lines, MOST_ROWS)))
    kept = sum(1 for times in theirs.values() if times < FLOOR)
    if kept:
        yield _sign("lines", kept=kept, name=name)


def _found(wanted: Counter[Row], rows: Iterable[Row]) -> Counter[Row]:
    """Count how often each wanted row stands among `rows`; a row of empty cells says nothing."""
    return Counter(row for row in rows if row in wanted and any(row))


def _windows(text: str, width: int) -> Iterator[Row]:
    for line in text.splitlines():
        tokens = _tokens(line[:10_000])
        yield from (tuple(tokens[at : at + width]) for at in range(len(tokens) - width + 1))


_WORDS = {
    "copy": Text(
        en="This file is a copy of the data itself. It can't be released.",
        nl="Dit bestand is een kopie van de gegevens zelf. Het kan niet worden vrijgegeven.",
    ),
    "large": Text(
        en="It is {size} MB: results are seldom so large.",
        nl="Het is {size} MB: resultaten zijn zelden zo groot.",
    ),
    "long": Text(
        en="It is a table of {rows} rows: do they stand for single people?",
        nl="Het is een tabel van {rows} rijen: staan die voor losse mensen?",
    ),
    "model": Text(
        en="It may be a trained model. A model can remember single records of the data: ask how it was trained, on how "
        "many records a decision rests at least, and whether somebody tried to get records out of it.",
        nl="Het kan een getraind model zijn. Een model kan losse gegevens onthouden: vraag hoe het getraind is, op "
        "hoeveel records een beslissing minstens rust, en of iemand heeft geprobeerd er records uit te halen.",
    ),
    "notebook": Text(
        en="{cells} cells of this notebook keep what they printed or drew, which may be rows of the data. Look at "
        "each, or refuse it and ask for the notebook without outputs.",
        nl="{cells} cellen van dit notebook bewaren wat ze afdrukten of tekenden; dat kunnen rijen van de gegevens "
        "zijn. Bekijk ze allemaal, of weiger het en vraag om het notebook zonder uitvoer.",
    ),
    "opaque": Text(
        en="The rules can't read this file. Look into it with its own program, or refuse it and ask for text.",
        nl="De regels kunnen dit bestand niet lezen. Bekijk het met het eigen programma, of weiger het.",
    ),
    "small-cells": Text(
        en="Numbers from 1 to below {below} in “{column}”: {few}. If they count people, hide them, and {more} more "
        "from which they could be computed.",
        nl="Getallen van 1 tot onder de {below} in ‘{column}’: {few}. Als ze mensen tellen: verberg ze, en nog {more} "
        "waaruit ze te berekenen zijn.",
    ),
    "personal-data": Text(
        en="Signs of personal data in {where}: {kinds}.",
        nl="Tekenen van persoonsgegevens in {where}: {kinds}.",
    ),
    "rows": Text(
        en="{kept} of {all} rows hold what fewer than {below} rows of {name} have, in: {columns}.",
        nl="{kept} van {all} rijen bevatten wat minder dan {below} rijen van {name} hebben, in: {columns}.",
    ),
    "uncompared": Text(
        en="It was not compared with {name}, which is too large for that: look for rows of it yourself.",
        nl="Het is niet vergeleken met {name}; dat is daarvoor te groot. Kijk zelf of er rijen van in staan.",
    ),
    "lines": Text(
        en="{kept} rows of {name} stand in it, value for value.",
        nl="{kept} rijen van {name} staan erin, waarde voor waarde.",
    ),
}
