# ruff: noqa: S608 - queries are built from our own aliases (c0, c1, …) and numbers, never from input
"""A report on a table (CSV or Parquet): what is in it, how good it is, and where personal data may lie.

DuckDB does the reading in a room without doors: no network, no extensions, no file but this one, limited
memory and time. The table is first copied to a scratch database with neutral column names (c0, c1, …), so
that no name from a stranger ever stands in a query. The report is plain JSON with one canonical digest.
In a `restricted` report no figure rests on fewer than ten rows, and no single value is shown.
"""

import math
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from aifactory.datasets.personal_data import Confidence, Hint, hints, is_quasi_identifier, with_rare
from aifactory.datasets.small_cells import FLOOR, suppressed
from aifactory.kit.canonical import digest
from aifactory.kit.errors import Refused

if TYPE_CHECKING:
    import duckdb

SCHEMA = "aifactory/inspection/1"
READERS = {
    "text/csv": "read_csv(?, sample_size = {look})",
    "text/tab-separated-values": "read_csv(?, sample_size = {look}, delim = '\t')",
    "application/vnd.apache.parquet": "read_parquet(?)",
}
#: So many rows tell the form of a file; where a later row does not fit, all of them are looked at (-1).
_LOOKS = (50_000, -1)
_QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
_BINS = 10
_SAMPLE = 10_000
_MAX_COLUMNS = 2_000
#: Up to so many rows, distinct values are counted exactly; beyond, estimated (HyperLogLog, about 2 %).
_EXACT = 1_000_000


class NotATable(Refused):
    """The file can't be read as one table."""


@dataclass(frozen=True)
class InspectionLimits:
    """Bytes of memory and of scratch disk, seconds for one query, threads."""

    memory: int = 1_000_000_000
    disk: int = 8_000_000_000
    seconds: int = 120
    threads: int = 2


@dataclass(frozen=True)
class _Column:
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


_NUMBERS = {
    "TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT",
    "UHUGEINT", "FLOAT", "DOUBLE", "DECIMAL",
}  # fmt: skip


def inspect_table(
    path: Path, *, media_type: str, restricted: bool = False, limits: InspectionLimits | None = None
) -> dict[str, Any]:
    """Return the report on one table as JSON-plain data; equal bytes give an equal report.

    Raises `NotATable` with the first line that does not fit.
    """
    with _room(path, media_type, limits or InspectionLimits()) as (room, columns, skipped):
        (rows,) = _one(room, "SELECT count(*) FROM t")
        duplicates = (
            rows - _one(room, f"SELECT count(DISTINCT hash({_aliases(columns)})) FROM t")[0] if rows else 0
        )
        samples = _samples(room, columns, rows)
        rare = _rare_identifiers(room, columns, rows)
        profiles = [
            _profile(
                room,
                column,
                rows,
                with_rare(hints(column.name, samples[column.alias]), rare.get(column.alias, {})),
                restricted=restricted,
            )
            for column in columns
        ]
        report: dict[str, Any] = {
            "schema": SCHEMA,
            "restricted": restricted,
            "floor": FLOOR if restricted else 0,
            "rows": rows,
            "duplicate_rows": duplicates,
            "skipped_lines": skipped,
            "columns": profiles,
            "singling_out": _singling_out(room, columns, rows),
        }
    return report | {"checks": _checks(report)}


def report_digest(report: dict[str, Any]) -> str:
    """Return `sha256:<hex>` over the canonical form of a report."""
    return digest(report)


@contextmanager
def _room(
    path: Path, media_type: str, limits: InspectionLimits
) -> Iterator[tuple["duckdb.DuckDBPyConnection", list[_Column], int]]:
    """Open the locked room with the table in it; everything is deleted at the end."""
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
        room = duckdb.connect(str(Path(folder, "scratch.db")), config=settings)
        try:
            room.execute("SET allowed_paths = ?", [[str(table), str(path.resolve())]])
            room.execute("SET enable_external_access = false")
            room.execute("SET lock_configuration = true")
            yield room, *_read(room, table, media_type)
        except duckdb.Error as error:
            raise _not_a_table(str(error)) from error
        finally:
            room.close()


def _read(room: "duckdb.DuckDBPyConnection", table: Path, media_type: str) -> tuple[list[_Column], int]:
    """Load the table after a short look, and only where that was too short after a look at every row."""
    import duckdb

    for look in _LOOKS:
        reader = READERS[media_type].format(look=look)
        try:
            return _load(room, table, reader), _skipped(room, table, reader, look)
        except (duckdb.Error, NotATable):
            if look == _LOOKS[-1]:
                raise
            room.execute("DROP TABLE IF EXISTS t")
    raise AssertionError("the last look returns or raises")


def _load(room: "duckdb.DuckDBPyConnection", table: Path, reader: str) -> list[_Column]:
    described = room.execute(f"DESCRIBE SELECT * FROM {reader}", [str(table)]).fetchall()
    if len(described) > _MAX_COLUMNS:
        raise _not_a_table(_("It has more than %(most)s columns.") % {"most": _MAX_COLUMNS})
    columns = [_Column(f"c{index}", row[0], row[1]) for index, row in enumerate(described)]
    if len(columns) == 1 and reader.startswith("read_csv") and re.search(r"[,;|\t]", columns[0].name):
        raise _not_a_table(_("Its lines do not all have the same number of columns."))
    room.execute(f"CREATE TABLE t AS SELECT * FROM {reader} AS s({_aliases(columns)})", [str(table)])
    return columns


def _skipped(room: "duckdb.DuckDBPyConnection", table: Path, reader: str, look: int) -> int:
    """Say how many lines before the table (notes, say) were left out."""
    if not reader.startswith("read_csv"):
        return 0
    sniffed = f"SELECT SkipRows FROM sniff_csv(?, sample_size = {look})"
    return int(room.execute(sniffed, [str(table)]).fetchall()[0][0])


def _not_a_table(reason: str) -> NotATable:
    line = re.search(r"CSV Error on Line: (\d+)", reason)
    told = _("Line %(line)s does not fit the other lines.") % {"line": line[1]} if line else reason
    where = told.splitlines()[0][:200]
    return NotATable(
        _("This file can't be read as a table.") + f" {where}",
        field="file",
        rule="table-readable",
        next_step=_("Correct the file and upload it again as a new version."),
    )


def _aliases(columns: list[_Column]) -> str:
    return ", ".join(c.alias for c in columns)


def _one(room: "duckdb.DuckDBPyConnection", query: str) -> tuple[Any, ...]:
    row: tuple[Any, ...] = room.execute(query).fetchall()[0]
    return row


def _samples(room: "duckdb.DuckDBPyConnection", columns: list[_Column], rows: int) -> dict[str, list[str]]:
    """Give up to about 20,000 values of each column as text: rows spread evenly, always the same ones."""
    sample = max(200, min(_SAMPLE, 500_000 // len(columns)))  # a wide table gives fewer rows
    step = max(1, rows // sample)
    casts = ", ".join(f"left(CAST({c.alias} AS VARCHAR), 1000)" for c in columns)
    found = room.execute(f"SELECT {casts} FROM t WHERE rowid % {step} = 0 ORDER BY rowid").fetchall()
    values = zip(*found, strict=True) if found else ([] for _ in columns)
    return {c.alias: [v for v in column if v] for c, column in zip(columns, values, strict=True)}


#: Identifiers that point at a person even when one row in a million has one: looked for in every row.
_RARE = {
    "email": (
        "contains({c}, '@')",
        r"[A-Za-z0-9_.+-]{1,64}@[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63})*\.[A-Za-z]{2,24}",
    ),
    "iban": ("length({c}) BETWEEN 15 AND 42", r"^[A-Z]{2}[0-9]{2}( ?[A-Z0-9]{4}){2,7}( ?[A-Z0-9]{1,3})?$"),
}


def _rare_identifiers(
    room: "duckdb.DuckDBPyConnection", columns: list[_Column], rows: int
) -> dict[str, dict[str, float]]:
    """Return for each text column the share of all rows (0-1) that hold an e-mail address or a bank account.

    One pass over the table; a cheap test goes before each expression, so that most rows cost little.
    """
    asked = [(c, kind) for c in columns if c.kind == "text" and c.type == "VARCHAR" for kind in _RARE]
    if not asked or not rows:
        return {}
    counts = ", ".join(
        f"count(*) FILTER ({_RARE[kind][0].format(c=c.alias)} AND regexp_matches({c.alias}, '{_RARE[kind][1]}'))"
        for c, kind in asked
    )
    found: dict[str, dict[str, float]] = {}
    for (column, kind), count in zip(asked, _one(room, f"SELECT {counts} FROM t"), strict=True):
        if count:
            found.setdefault(column.alias, {})[kind] = count / rows
    return found


def _profile(
    room: "duckdb.DuckDBPyConnection", column: _Column, rows: int, found: list[Hint], *, restricted: bool
) -> dict[str, Any]:
    c = column.alias
    count = f"count(DISTINCT {c})" if rows <= _EXACT else f"approx_count_distinct({c})"
    filled, distinct = _one(room, f"SELECT count({c}), {count} FROM t")
    profile: dict[str, Any] = {
        "name": column.name[:200],
        "type": column.type[:100],
        "kind": column.kind,
        "missing": rows - filled,
        "distinct": distinct,
        "personal_data": [asdict(h) for h in found],
    }
    personal = any(h.confidence != Confidence.LOW for h in found)
    if column.kind == "number":
        profile |= _number(room, c, restricted=restricted or personal)
    if column.kind == "time" and filled and not (restricted or personal):
        low, high = _one(room, f"SELECT min({c}), max({c}) FROM t")
        profile |= {"min": _figure(low), "max": _figure(high)}
    if column.kind in {"text", "boolean", "number"} and 0 < distinct <= 20 and not personal:
        profile["values"] = _values(room, c, restricted=restricted)
    return profile


def _number(room: "duckdb.DuckDBPyConnection", c: str, *, restricted: bool) -> dict[str, Any]:
    """Mean, spread, quantiles, histogram. Restricted: no extremes, no quantile with < 10 values beyond it."""
    # Infinity and NaN are values to count, not to average.
    finite = f"FROM t WHERE {c} IS NOT NULL AND isfinite(CAST({c} AS DOUBLE))"
    filled, low, high, mean, deviation, quantiles = _one(
        room,
        f"SELECT count(*), min({c}), max({c}), favg(CAST({c} AS DOUBLE)), stddev_samp(CAST({c} AS DOUBLE)), "
        f"quantile_cont(CAST({c} AS DOUBLE), {list(_QUANTILES)}) {finite}",
    )
    if filled < (FLOOR if restricted else 1):
        return {}
    at = dict(zip(_QUANTILES, quantiles, strict=True))
    kept = {q: v for q, v in at.items() if not restricted or min(q, 1 - q) * filled >= FLOOR}
    profile = {
        "mean": _figure(mean),
        "deviation": _figure(deviation),
        "quantiles": {f"{q:g}": _figure(v) for q, v in kept.items()},
    }
    if not restricted:
        profile |= {"min": _figure(low), "max": _figure(high)}
    edges = (at[0.05], at[0.95]) if restricted else (float(low), float(high))
    if edges[0] < edges[1] and (not restricted or 0.05 in kept):
        profile["histogram"] = _histogram(room, c, finite, edges, restricted=restricted)
    return profile


def _histogram(
    room: "duckdb.DuckDBPyConnection", c: str, finite: str, edges: tuple[float, float], *, restricted: bool
) -> dict[str, Any]:
    """Ten equal bins; in a restricted report the outer two are open, so that they hide the extremes."""
    low, high = edges
    width = (high - low) / _BINS
    where = f"least({_BINS - 1}, greatest(0, floor((CAST({c} AS DOUBLE) - ?) / ?)))"
    query = f"SELECT CAST({where} AS INT) AS b, count(*) {finite} GROUP BY b"
    found = dict(room.execute(query, [low, width]).fetchall())
    counts = [found.get(b, 0) for b in range(_BINS)]
    return {
        "edges": [_figure(low + i * width) for i in range(_BINS + 1)],
        "open_ended": restricted,
        "counts": suppressed(counts) if restricted else counts,
    }


def _values(room: "duckdb.DuckDBPyConnection", c: str, *, restricted: bool) -> list[dict[str, Any]]:
    """Every value with its count, most frequent first; a hidden count hides its value too."""
    found = room.execute(
        f"SELECT {c}, count(*) AS n FROM t WHERE {c} IS NOT NULL GROUP BY {c} ORDER BY n DESC, {c}"
    ).fetchall()
    counts = [n for _, n in found]
    shown = suppressed(counts) if restricted else counts
    cells = [
        {"value": _figure(value) if n is not None else None, "count": n}
        for (value, _), n in zip(found, shown, strict=True)
    ]
    return [cell for cell in cells if cell["count"] is not None] + [c for c in cells if c["count"] is None]


def _singling_out(
    room: "duckdb.DuckDBPyConnection", columns: list[_Column], rows: int
) -> dict[str, Any] | None:
    """How many rows share each combination of age, place, sex and the like: k-anonymity, as a warning."""
    quasi = [c for c in columns if is_quasi_identifier(c.name) and c.kind != "other"]
    if len(quasi) < 2 or not rows:
        return None
    smallest, alone = _one(
        room,
        "SELECT min(n), count(*) FILTER (n = 1) FROM "
        f"(SELECT count(*) AS n FROM t GROUP BY {_aliases(quasi)})",
    )
    return {"columns": [c.name for c in quasi], "smallest_group": smallest, "rows_alone": alone}


def _checks(report: dict[str, Any]) -> list[dict[str, Any]]:
    """The quality checks, each with its verdict and the columns or figure that it rests on."""
    rows, columns = report["rows"], report["columns"]
    incomplete = [c["name"] for c in columns if rows and c["missing"] / rows > 0.2]
    constant = [c["name"] for c in columns if rows > 1 and c["distinct"] <= 1]
    unnamed = [c["name"] for c in columns if re.fullmatch(r"column\d+|\d+([.,]\d+)?", c["name"])]
    personal = [
        c["name"] for c in columns if any(h["confidence"] != Confidence.LOW for h in c["personal_data"])
    ]
    found, skipped = report["duplicate_rows"], report["skipped_lines"]
    return [
        {"check": "has-rows", "passed": rows > 0, "figure": rows, "columns": []},
        {"check": "no-duplicate-rows", "passed": found == 0, "figure": found, "columns": []},
        {"check": "no-lines-skipped", "passed": not skipped, "figure": skipped, "columns": []},
        _check("values-present", incomplete),
        _check("values-vary", constant),
        _check("columns-named", unnamed),
        _check("no-signs-of-personal-data", personal),
    ]


def _check(name: str, columns: list[str]) -> dict[str, Any]:
    """A check that fails by the columns it found."""
    return {"check": name, "passed": not columns, "figure": len(columns), "columns": columns}


def _figure(value: Any) -> Any:
    """Make a value JSON-plain: six significant digits, no NaN, whole numbers that JSON keeps exact."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        return value if abs(value) < 2**53 else str(value)
    if isinstance(value, float | Decimal):
        number = float(f"{float(value):.6g}")
        if not math.isfinite(number):
            return None
        return number if abs(number) < 2**53 else f"{number:g}"
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    return str(value)[:80]
