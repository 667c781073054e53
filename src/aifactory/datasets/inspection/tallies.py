# ruff: noqa: S608 - queries are built from our own aliases (c0, c1, …) and numbers, never from input
"""The values of a column as the questions read them: row by row, or each once with how often it comes.

Most columns of most tables repeat few values. A tally of these is made in one look, and answers every question on the
column from then on. Whichever is read, the answer is the same; only the time differs.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from aifactory.datasets.inspection.counting import Array, in_order

if TYPE_CHECKING:
    import duckdb

    from aifactory.datasets.inspection.reading import Column

#: About so many rows, in blocks spread over the table, tell how many different values a column has.
_GLANCE, _BLOCK = 60_000, 2_048
#: A column is tallied where, at that glance, at most one row in so many has a value of its own.
REPEATED = 4
#: So many rows are numbers at a time: 64 MB with their counts.
_AT_ONCE = 4_000_000


@dataclass(frozen=True)
class Source:
    """Where the values of a column, or of several together, lie: `value` in those rows of `table` that are `filled`.

    In a tally each row counts `n` times. `about` is roughly how many different values there are: it only says how best
    to count them.
    """

    database: "duckdb.DuckDBPyConnection"
    table: str
    value: str
    rows: int
    about: int
    filled: str = "true"
    is_tally: bool = False

    @property
    def times(self) -> str:
        """How often a row counts."""
        return "n" if self.is_tally else "1"

    def one(self, asked: str) -> tuple[Any, ...]:
        """Return the one row of some aggregates."""
        row: tuple[Any, ...] = self.database.execute(f"SELECT {asked} FROM {self.table}").fetchall()[0]
        return row

    def count(self, where: str) -> int:
        """Return how many rows of the column are so. The test stands in WHERE: there a cheap part spares the rest."""
        query = f"SELECT sum({self.times}) FROM {self.table} WHERE {self.filled} AND {where}"
        return int(self.database.execute(query).fetchall()[0][0] or 0)

    def values(self) -> dict[Any, int]:
        """Return every value with how often it comes; for columns that have few."""
        query = f"SELECT {self.value}, sum({self.times}) FROM {self.table} WHERE {self.filled} GROUP BY ALL"
        return {value: int(n) for value, n in self.database.execute(query).fetchall()}

    def hashes(self, upto: int = 2**64 - 1) -> tuple[Array, Array]:
        """Return the different hashes up to a bound in order, each with how often it comes."""
        bound = f"h <= {upto}" if upto < 2**64 - 1 else "true"  # an expression in WHERE is worked out twice
        found = self._found(f"hash({self.value}) AS h", bound)
        return in_order(found["h"], found.get("n"))

    def numbers(self) -> Iterator[tuple[Array, Array]]:
        """Yield the finite values as doubles, each once and in order, with how often it comes; some rows at a time."""
        for first in range(0, max(self.rows, 1), _AT_ONCE):
            rows = f"rowid >= {first} AND rowid < {first + _AT_ONCE}"
            found = self._found(f"CAST({self.value} AS DOUBLE) AS v", rows)
            values, times = in_order(found["v"], found.get("n"))
            finite = np.isfinite(values)
            yield (values, times) if finite.all() else (values[finite], times[finite])

    def _found(self, asked: str, where: str) -> dict[str, Array]:
        times = ", n" if self.is_tally else ""
        query = f"SELECT {asked}{times} FROM {self.table} WHERE {self.filled} AND {where}"
        return {name: np.asarray(found) for name, found in self.database.execute(query).fetchnumpy().items()}


def sources(
    database: "duckdb.DuckDBPyConnection", columns: "Sequence[Column]", rows: int
) -> dict[str, Source]:
    """Glance at the table `t`, tally the columns that repeat few values, and say where each column is best read."""
    step = max(1, rows // _GLANCE)
    asked = ", ".join(f"approx_count_distinct({c.alias})" for c in columns)
    glance = f"SELECT count(*), {asked} FROM t WHERE (rowid // {_BLOCK}) % {step} = 0"
    seen, *different = database.execute(glance).fetchall()[0]
    return {
        c.alias: _tally(database, c.alias)
        if c.kind != "other" and about * REPEATED <= seen
        else Source(database, "t", c.alias, rows, min(rows, about * step), f"{c.alias} IS NOT NULL")
        for c, about in zip(columns, different, strict=True)
    }


def _tally(database: "duckdb.DuckDBPyConnection", c: str) -> Source:
    database.execute(
        f"CREATE OR REPLACE TABLE tally_{c} AS "
        f"SELECT {c} AS v, count(*) AS n FROM t WHERE {c} IS NOT NULL GROUP BY {c}"
    )
    (rows,) = database.execute(f"SELECT count(*) FROM tally_{c}").fetchall()[0]
    return Source(database, f"tally_{c}", "v", rows, rows, is_tally=True)
