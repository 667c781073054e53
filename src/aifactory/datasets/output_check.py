"""What a machine sees in a file before it leaves the secure environment: signs for who checks it, not a verdict.

After the rules of statistical output checking: no counts of few people, no rows of the input, nothing that cannot be
looked into. A file without signs still has to be read by a person. Files are hostile: nothing in them is run.
"""

import csv
import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
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
_SHARE_NAME = re.compile(
    r"(?:^|[\W_])(?:shares?|percent\w*|pct|perc|proportions?|fraction|aandeel|aandelen)(?:[\W_]|$)|%",
    re.IGNORECASE,
)
_TOKEN = re.compile(r"[\w.+@-]+")
#: A number as people write it: 1,234 or 1 234 or 1.234.567; 1.234 alone is one and a bit.
_GROUPED = re.compile(r"\d{1,3}(?:[,' \u00a0\u202f]\d{3})+|\d{1,3}(?:\.\d{3}){2,}")
#: How models are written as text: by LightGBM, XGBoost, and by whoever writes down what was learned.
_MODEL_TEXT = re.compile(
    r'\Atree\nversion=|"(?:learner|weights|coef_?|coefficients|support_vectors|state_dict|tree_info)"\s*:'
)
#: So many characters without a space, of so many kinds, are no word of any language.
_CODED = re.compile(r"[A-Za-z0-9+/_=-]{200,}")
_CODED_LINE = re.compile(r"[A-Za-z0-9+/_=-]{40,}")
_KINDS_OF_CODE, _LINES_OF_CODE = 10, 5
_IBAN_IN_TEXT = re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?\b")
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
    text = _text(path) if size <= MOST_BYTES else None
    named = Path(name).suffix.lower() in _MODELS or _MODEL_NAME.search(Path(name).name)
    if named or (text and _MODEL_TEXT.search(text)):
        found.append(_sign("model"))
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
        *_coded(text),
        *_small(_all_tables(table, text), text, _names(inputs)),
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


def _all_tables(table: Table | None, text: str) -> list[Table]:
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
            cells = [tuple(_cell(cell) for cell in row) for row in rows]
            yield Table(("",) * (width - len(head)) + tuple(_cell(cell) for cell in head), cells)
        first = at


_CUTS: tuple[Callable[[str], list[str]], ...] = (
    *(partial(str.split, sep=mark) for mark in (",", ";", "\t")),
    lambda line: line.strip().strip("|").split("|"),
    lambda line: re.split(r"\s{2,}", line.strip()),
)


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


# What nobody can read.


def _coded(text: str) -> Iterator[Sign]:
    """Yield a sign where bytes are written as text: whatever they are, no rule below sees it."""
    size = sum(len(found) for found in _CODED.findall(text) if len(set(found)) >= _KINDS_OF_CODE)
    run: list[str] = []
    for line in chain(text.splitlines(), [""]):
        if len(line) < 200 and _CODED_LINE.fullmatch(line.strip()) and len(set(line)) >= _KINDS_OF_CODE:
            run.append(line)
            continue
        size += sum(map(len, run)) if len(run) >= _LINES_OF_CODE else 0
        run = []
    if size:
        yield _sign("coded", characters=size)


# Counts of few.


def _small(tables: Sequence[Table], text: str, known: frozenset[str]) -> Iterator[Sign]:
    columns: dict[str, list[int]] = {}
    for table in tables:
        columns = dict(_counts_of_table(table, known)) | columns
    for name, counts in columns.items() or _counts_of_json(_json(text), known):
        few = sum(1 for n in counts if 0 < n < FLOOR)
        if few:
            more = sum(1 for n in suppressed(counts) if n is None) - few
            yield _sign("small-cells", column=name[:60], few=few, below=FLOOR, more=more)
    for name in dict.fromkeys(name for table in tables for name in _shares(table)):
        yield _sign("shares", column=name[:60], below=FLOOR)


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
                cells = [_plain(cell) for cell in column if not isinstance(cell, dict | list)]
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
    numbers = [None if isinstance(n, bool | dict | list) else _number(_plain(n)) for n in given]
    whole = [int(n) for n in numbers if n is not None and n >= 0 and not n % 1]
    return whole if not every or least <= len(whole) == len(given) else []


# Personal data.


def _personal(table: Table | None, text: str) -> Iterator[Sign]:
    told: set[str] = set()
    if table:
        for at, name in enumerate(table.header):
            cells = [_as_written(row[at]) for row in table.rows[:_SAMPLE] if at < len(row) and row[at]]
            kinds = [hint.kind for hint in hints(name, cells) if hint.confidence != Confidence.LOW]
            if kinds:
                yield _sign("personal-data", where=f"“{name[:60]}”", kinds=", ".join(kinds))
                told |= set(kinds)
    tokens = set(islice((found.group() for found in _TOKEN.finditer(text)), 200_000))
    tokens |= set(islice((found.group() for found in _IBAN_IN_TEXT.finditer(text)), 200_000))
    checks: dict[str, Callable[[str], bool]] = {"email": has_email, "iban": is_iban}
    if table is None:  # among the figures of a table many pass by chance
        checks["bsn"] = _is_whole_bsn
    kinds = [kind for kind, check in checks.items() if any(check(token) for token in tokens)]
    if kinds := [kind for kind in kinds if kind not in told]:
        yield _sign("personal-data", where="–", kinds=", ".join(kinds))


def _is_whole_bsn(token: str) -> bool:
    """Of eight digits too many pass by chance."""
    return sum(map(str.isdigit, token)) == 9 and is_bsn(token)


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
        if len(shared) == len(header):
            return
        rows = islice(_rows(given.path, given.name), 1, None)  # whole rows may stand there under other names
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
    "coded": Text(
        en="{characters} characters of it are no words or figures but a code, in which anything can be hidden: refuse "
        "it, or have it written out.",
        nl="{characters} tekens ervan zijn geen woorden of cijfers maar een code, waarin van alles verborgen kan zijn: "
        "weiger het, of laat het uitschrijven.",
    ),
    "shares": Text(
        en="“{column}” holds shares: with the total they are counts. Check that none of them stands for fewer than "
        "{below} people.",
        nl="‘{column}’ bevat aandelen: met het totaal zijn het aantallen. Kijk of er geen voor minder dan {below} "
        "mensen staat.",
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
