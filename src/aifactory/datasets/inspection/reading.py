# ruff: noqa: S608 - queries are built from our own aliases (c0, c1, …) and numbers, never from input
"""Reading a table, whole or in parts, into a room without doors: no network, no extensions, no file but this one.

The table is copied to a scratch database with neutral column names (c0, c1, …), so that no name from a stranger ever
stands in a query. What a look at the file told (dialect, names, types) is told to the reader word by word, so that a
part is read as the whole would be.
"""

import itertools
import re
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from aifactory.datasets.inspection.tallies import Source, sources

if TYPE_CHECKING:
    import duckdb

#: What a report calls itself.
SCHEMA = "aifactory/inspection/1"
CSV, TSV, PARQUET = "text/csv", "text/tab-separated-values", "application/vnd.apache.parquet"
#: So many rows tell the form of a file; where a later row does not fit, all of them are looked at (-1).
LOOKS = (50_000, -1)
MOST_COLUMNS = 2_000
_BLOCK = 1 << 24
_NUMBERS = {
    "TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT",
    "UHUGEINT", "FLOAT", "DOUBLE", "DECIMAL",
}  # fmt: skip
_DIALECT = {
    "delim": "Delimiter", "quote": "Quote", "escape": "Escape", "new_line": "NewLineDelimiter", "comment": "Comment",
    "dateformat": "DateFormat", "timestampformat": "TimestampFormat",
}  # fmt: skip


class Unreadable(ValueError):
    """The file can't be read as one table: `why` is `columns`, `lines`, or what the reader said."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


@dataclass(frozen=True)
class Limits:
    """Bytes of memory and of scratch disk, seconds for one query, threads."""

    memory: int = 1_000_000_000
    disk: int = 8_000_000_000
    seconds: int = 120
    threads: int = 2


@dataclass(frozen=True)
class Column:
    """One column: its alias in the scratch table, its own name, DuckDB's type."""

    alias: str
    name: str
    type: str

    @property
    def kind(self) -> str:
        """`number`, `text`, `time`, `boolean`, or `other` (nested and binary types)."""
        base = self.type.split("(")[0]
        if base in _NUMBERS:
            return "number"
        if base.startswith(("DATE", "TIME")):
            return "time"
        return {"VARCHAR": "text", "UUID": "text", "ENUM": "text", "BOOLEAN": "boolean"}.get(base, "other")


@dataclass(frozen=True)
class Form:
    """What a look at a file told: its columns, and how its reader is called. Lines before the head are `skipped`.

    `quoted` is the character within which a line may break; None where only a reader from the start knows.
    """

    media_type: str
    columns: tuple[Column, ...]
    options: str = ""
    skipped: int = 0
    has_head: bool = False
    quoted: bytes | None = None

    def reader(self, part: "Part") -> str:
        """Return the table function, with a parameter for the file."""
        if self.media_type == PARQUET:
            return "read_parquet(?)"
        skip, head = (self.skipped, self.has_head) if part.first == 0 else (0, False)
        return (
            f"read_csv(?, auto_detect = false, {self.options}, skip = {skip}, header = {str(head).lower()})"
        )


@dataclass(frozen=True)
class Part:
    """A piece of a file from `first` up to `after`: bytes of a CSV file, rows of a Parquet file; None: to its end."""

    number: int = 0
    first: int = 0
    after: int | None = None

    @property
    def is_whole(self) -> bool:
        return self.first == 0 and self.after is None


@dataclass(frozen=True)
class Room:
    """A part in its scratch database, as the table `t`; rows are numbered from 0. `sources`: each column, by alias."""

    database: "duckdb.DuckDBPyConnection"
    columns: tuple[Column, ...]
    number: int
    rows: int
    sources: dict[str, Source]

    def together(self, columns: Sequence[Column]) -> Source:
        """Return some columns as if they were one."""
        return Source(self.database, "t", ", ".join(c.alias for c in columns), self.rows, self.rows)


@contextmanager
def locked(
    path: Path, limits: Limits, *, on_disk: bool = False
) -> Iterator[tuple["duckdb.DuckDBPyConnection", Path]]:
    """Open an empty room from which only `path` can be read, by the neutral name that comes with it.

    What does not fit the memory goes to a folder of its own; a room `on_disk` is packed there from the start, which
    takes more work and less space. Everything is deleted at the end.
    """
    import duckdb

    with tempfile.TemporaryDirectory(prefix="inspection-") as folder:
        table = Path(folder, "table")  # a neutral name: DuckDB would read *, ? and [] as patterns
        table.symlink_to(path.resolve())
        settings: dict[str, str | bool | int | float | list[str]] = {
            "memory_limit": f"{limits.memory}B",
            "max_temp_directory_size": f"{limits.disk}B",
            "max_execution_time": limits.seconds * 1_000,
            "threads": limits.threads,
            "temp_directory": str(Path(folder, "spill")),
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            "allow_community_extensions": False,
            "preserve_insertion_order": True,
        }
        database = duckdb.connect(str(Path(folder, "room")) if on_disk else ":memory:", config=settings)
        try:
            database.execute("SET checkpoint_threshold = '1TB'")  # nobody comes back to this room
            database.execute("PRAGMA disable_checkpoint_on_shutdown")
            database.execute("SET enable_progress_bar = false")
            database.execute("SET allowed_paths = ?", [[str(table), str(path.resolve())]])
            database.execute("SET enable_external_access = false")
            database.execute("SET lock_configuration = true")
            yield database, table
        finally:
            database.close()


def form(database: "duckdb.DuckDBPyConnection", table: Path, media_type: str, look: int) -> Form:
    """Look at the first rows of a file, or at all (-1). Raises `Unreadable` or a `duckdb.Error`."""
    if media_type == PARQUET:
        rows = database.execute("DESCRIBE SELECT * FROM read_parquet(?)", [str(table)]).fetchall()
        return Form(media_type, _columns([(row[0], row[1]) for row in rows]))
    extra = ", delim = '\t'" if media_type == TSV else ""
    found = database.execute(f"SELECT * FROM sniff_csv(?, sample_size = {look}{extra})", [str(table)])
    names = [head[0] for head in found.description or []]
    told = dict(zip(names, found.fetchall()[0], strict=True))
    columns = _columns([(one["name"], one["type"]) for one in told["Columns"]])
    if len(columns) == 1 and media_type == CSV and re.search(r"[,;|\t]", columns[0].name):
        raise Unreadable("lines")
    found_of = {option: told.get(name) for option, name in _DIALECT.items()}
    said = {option: "" if of == "(empty)" else of for option, of in found_of.items() if of is not None}
    # No quotation mark so far does not mean that none follows.
    if not said.get("quote") and look != LOOKS[-1]:
        said |= {"quote": '"', "escape": '"'}
    # Told as a format, days would be read more strictly than they were found.
    if said.get("dateformat") == "%Y-%m-%d":
        del said["dateformat"]
    if said.get("new_line") not in {r"\n", r"\r\n", r"\r"}:
        said.pop("new_line", None)
    types = ", ".join(f"{_text(c.alias)}: {_text(c.type)}" for c in columns)
    options = ", ".join(
        [*(f"{option} = {_text(of)}" for option, of in said.items()), f"columns = {{{types}}}"]
    )
    is_plain = said.get("escape") in {"", said.get("quote")} and said.get("new_line") != r"\r"
    quoted = str(said.get("quote", "")).encode() if is_plain else None
    return Form(media_type, columns, options, int(told["SkipRows"]), bool(told["HasHeader"]), quoted)


def _columns(told: list[tuple[str, str]]) -> tuple[Column, ...]:
    if len(told) > MOST_COLUMNS:
        raise Unreadable("columns")
    return tuple(Column(f"c{index}", name, str(type_)) for index, (name, type_) in enumerate(told))


def _text(value: object) -> str:
    return "'" + str(value).replace("'", "''") + "'"


def load(database: "duckdb.DuckDBPyConnection", table: Path, form_: Form, part: Part) -> Room:
    """Copy a part into the room. Raises a `duckdb.Error` where a row does not fit the form."""
    aliases = ", ".join(c.alias for c in form_.columns)
    source, where = form_.reader(part), ""
    if form_.media_type == PARQUET and not part.is_whole:
        source, where = (
            "read_parquet(?, file_row_number = true)",
            f" WHERE n >= {part.first} AND n < {part.after}",
        )
    named = f"{aliases}, n" if where else aliases
    database.execute(f"CREATE TABLE t AS SELECT {aliases} FROM {source} AS s({named}){where}", [str(table)])
    (rows,) = database.execute("SELECT count(*) FROM t").fetchall()[0]
    return Room(database, form_.columns, part.number, rows, sources(database, form_.columns, rows))


def cut(database: "duckdb.DuckDBPyConnection", path: Path, table: Path, form_: Form, most: int) -> list[Part]:
    """Cut a file into parts of about `most` bytes, between rows."""
    size = path.stat().st_size
    if size <= most or (form_.media_type != PARQUET and form_.quoted is None):
        return [Part()]
    if form_.media_type == PARQUET:
        (rows,) = database.execute("SELECT count(*) FROM read_parquet(?)", [str(table)]).fetchall()[0]
        each = max(1, rows * most // size)
        starts = [*range(0, rows, each), rows]
    else:
        starts = [0, *_line_starts(path, form_.quoted or b"", most), size]
    return [Part(n, first, after) for n, (first, after) in enumerate(itertools.pairwise(starts))]


def _line_starts(path: Path, quote: bytes, most: int) -> Iterator[int]:
    """Yield where a row begins after every `most` bytes: after the first line break outside quotation marks.

    Doubled marks within a quotation (RFC 4180) keep their number even, so what matters is how many came before.
    """
    at, marks, size = 0, 0, path.stat().st_size
    with path.open("rb") as file:
        while text := file.read(most):
            while text:
                at, marks = at + len(text), marks + (text.count(quote) if quote else 0)
                if text.endswith(b"\n") and marks % 2 == 0:
                    break
                text = file.readline()
            if at < size:
                yield at


@contextmanager
def piece(path: Path, form_: Form, part: Part) -> Iterator[Path]:
    """Give a file with just the bytes of a part; the file itself where the reader finds the part in it."""
    if part.is_whole or form_.media_type == PARQUET:
        yield path
        return
    assert part.after is not None  # noqa: S101 - only a whole has no end
    with tempfile.TemporaryDirectory(prefix="part-") as folder:
        copy = Path(folder, "part")
        with path.open("rb") as source, copy.open("wb") as target:
            source.seek(part.first)
            left = part.after - part.first
            while left and (block := source.read(min(left, _BLOCK))):
                target.write(block)
                left -= len(block)
        yield copy
