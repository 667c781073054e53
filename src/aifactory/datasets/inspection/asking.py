# ruff: noqa: S608 - queries are built from our own aliases (c0, c1, …) and numbers, never from input
"""What is asked of each part of a table, and how the answers are put together.

A question is plain data: it travels to wherever a part lies, and its answer back. Answers hold counts and sums, few
values (those of columns that have at most twenty), and never a row.
"""

import math
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np

from aifactory.datasets.inspection.counting import Array, Bins, Hashes, Sums, keys
from aifactory.datasets.inspection.reading import Column, Room
from aifactory.datasets.personal_data import is_quasi_identifier, passes

#: A column with so many different values or fewer is shown value by value.
MOST_VALUES = 20
BINS = 10
#: So many rows are numbers at a time: 32 MB of doubles.
_AT_ONCE = 4_000_000
#: Identifiers that point at a person even when one row in a million has one: looked for in every row.
RARE = {
    "email": (
        "contains({c}, '@')",
        r"[A-Za-z0-9_.+-]{1,64}@[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63})*\.[A-Za-z]{2,24}",
    ),
    "iban": ("strlen({c}) BETWEEN 15 AND 42", r"^[A-Z]{2}[0-9]{2}( ?[A-Z0-9]{4}){2,7}( ?[A-Z0-9]{1,3})?$"),
}


class Question(Protocol):
    """Something to ask of every part."""

    def answer(self, room: Room) -> Any:
        """Answer it for one part."""
        ...

    def merged(self, answers: Sequence[Any]) -> Any:
        """Put answers together, of parts or of answers that were put together before."""
        ...


@dataclass(frozen=True)
class Numbers:
    """The finite values of a column of numbers; `low` and `high` are of the column's own type."""

    sums: Sums
    bins: Bins
    low: Any
    high: Any

    @classmethod
    def merged(cls, parts: Sequence["Numbers"]) -> "Numbers":
        lows, highs = (
            [p.low for p in parts if p.low is not None],
            [p.high for p in parts if p.high is not None],
        )
        return cls(
            Sums.merged([p.sums for p in parts]),
            Bins.merged([p.bins for p in parts]),
            min(lows, default=None),
            max(highs, default=None),
        )


@dataclass(frozen=True)
class ColumnCounts:
    """What is counted of one column: `values` where there are few, `rare` identifiers by kind."""

    filled: int
    distinct: Hashes
    values: dict[Any, int] | None
    numbers: Numbers | None
    span: tuple[Any, Any] | None
    rare: Counter[str]

    @classmethod
    def merged(cls, parts: Sequence["ColumnCounts"]) -> "ColumnCounts":
        spans = [p.span for p in parts if p.span]
        return cls(
            sum(p.filled for p in parts),
            Hashes.merged([p.distinct for p in parts]),
            _together([p.values for p in parts]),
            Numbers.merged([p.numbers for p in parts if p.numbers]) if parts[0].numbers else None,
            (min(s[0] for s in spans), max(s[1] for s in spans)) if spans else None,
            sum((p.rare for p in parts), Counter()),
        )


def _together(tables: Sequence[dict[Any, int] | None]) -> dict[Any, int] | None:
    """Add tables of values up; None as soon as there are too many."""
    every: Counter[Any] = Counter()
    for table in tables:
        if table is None:
            return None
        every.update({_one_nan(value): n for value, n in table.items()})
    return dict(every) if len(every) <= MOST_VALUES else None


def _one_nan(value: Any) -> Any:
    """Not a number is not equal to itself, unless it is the very same object."""
    return math.nan if isinstance(value, float) and math.isnan(value) else value


@dataclass(frozen=True)
class Counts:
    """The first answer: rows by part, each column, the hashes of whole rows and of what singles people out."""

    rows: dict[int, int]
    columns: tuple[ColumnCounts, ...]
    whole: Hashes
    groups: Hashes | None


@dataclass(frozen=True)
class Count:
    """Count all that needs one look; `most` hashes are kept of each column, and of whole rows."""

    most: int
    most_rows: int = 1 << 20

    def answer(self, room: Room) -> Counts:
        told = _told(room, ask_about=room.rows > 3 * self.most)
        quasi = quasi_identifiers(room.columns)
        return Counts(
            {room.number: room.rows},
            tuple(self._column(room, column, told[column.alias]) for column in room.columns),
            _hashes_of_rows(room, room.columns, self.most_rows),
            _hashes_of_rows(room, quasi, self.most_rows) if len(quasi) > 1 else None,
        )

    def merged(self, answers: Sequence[Counts]) -> Counts:
        columns = zip(*(answer.columns for answer in answers), strict=True)
        groups = [answer.groups for answer in answers if answer.groups]
        return Counts(
            {number: rows for answer in answers for number, rows in answer.rows.items()},
            tuple(ColumnCounts.merged(parts) for parts in columns),
            Hashes.merged([answer.whole for answer in answers]),
            Hashes.merged(groups) if groups else None,
        )

    def _column(self, room: Room, column: Column, told: dict[str, Any]) -> ColumnCounts:
        c = column.alias
        distinct = _hashes(room, c, told.get("about", room.rows), self.most)
        values = None
        if column.kind in {"text", "boolean", "number"} and distinct.distinct <= MOST_VALUES:
            found = room.database.execute(
                f"SELECT {c}, count(*) FROM t WHERE {c} IS NOT NULL GROUP BY {c}"
            ).fetchall()
            values = {_one_nan(value): n for value, n in found}
        return ColumnCounts(
            filled=told["filled"],
            distinct=distinct,
            values=values,
            numbers=_numbers(room, c, told["low"], told["high"]) if column.kind == "number" else None,
            span=(told["low"], told["high"]) if column.kind == "time" and told["filled"] else None,
            rare=rare(room, column),
        )


def quasi_identifiers(columns: Sequence[Column]) -> list[Column]:
    """Return the columns that help to single out a person when combined."""
    return [c for c in columns if is_quasi_identifier(c.name) and c.kind != "other"]


def _told(room: Room, *, ask_about: bool) -> dict[str, dict[str, Any]]:
    """Ask what one pass over the table can tell, in one statement.

    `about` is how many different values a column may have, roughly: it only says how best to count them.
    """
    asked = []
    for column in room.columns:
        c, kind = column.alias, column.kind
        asked += [(c, "filled", f"count({c})")]
        asked += [(c, "about", f"approx_count_distinct({c})")] if ask_about else []
        if kind in {"number", "time"}:
            only = f" FILTER (isfinite(CAST({c} AS DOUBLE)))" if kind == "number" else ""
            asked += [(c, "low", f"min({c}){only}"), (c, "high", f"max({c}){only}")]
    found = room.one(f"SELECT {', '.join(expression for *_, expression in asked)} FROM t")
    told: dict[str, dict[str, Any]] = {column.alias: {"low": None, "high": None} for column in room.columns}
    for (alias, name, _), value in zip(asked, found, strict=True):
        told[alias][name] = value
    return told


def rare(room: Room, column: Column) -> Counter[str]:
    """Count rare identifiers in every row. The cheap test stands in WHERE: only there it spares the expression."""
    found: Counter[str] = Counter()
    for kind, (test, pattern) in RARE.items() if column.type == "VARCHAR" else ():
        where = f"{test.format(c=column.alias)} AND regexp_matches({column.alias}, '{pattern}')"
        found[kind] = room.one(f"SELECT count(*) FROM t WHERE {where}")[0]
    return +found


def _hashes(room: Room, c: str, about: int, most: int) -> Hashes:
    """Return the smallest hashes of a column. `about` how many there are spares counting all of them."""

    def below(upto: int) -> Hashes:
        found = room.database.execute(
            f"SELECT hash({c}) AS h, count(*) AS n FROM t WHERE {c} IS NOT NULL AND h <= {upto} GROUP BY h"
        ).fetchnumpy()
        return Hashes.of(np.asarray(found["h"]), np.asarray(found["n"]), most)

    return _smallest(below, about, most)


def _hashes_of_rows(room: Room, columns: Sequence[Column], most: int) -> Hashes:
    """Return the smallest hashes of the rows of some columns; most rows differ, so they are counted by sorting."""

    def below(upto: int) -> Hashes:
        hashed = f"hash({', '.join(c.alias for c in columns)})"
        found = room.database.execute(f"SELECT {hashed} AS h FROM t WHERE h <= {upto}").fetchnumpy()
        return Hashes.of(*np.unique(np.asarray(found["h"]), return_counts=True), most)

    return _smallest(below, room.rows, most)


def _smallest(below: Callable[[int], Hashes], about: int, most: int) -> Hashes:
    """Return the `most` smallest hashes, looking below a bound that should hold twice as many, then further."""
    upto = 2**64 - 1 if about < 3 * most else 2**64 * 2 * most // about
    while True:
        found = below(upto)
        if not found.exact or upto == 2**64 - 1:
            return found
        upto = min(2**64 - 1, upto * 4)


def _values(room: Room, c: str) -> Iterator[Array]:
    """Yield the finite values of a column as doubles, a few million at a time, each time in order."""
    for first in range(0, max(room.rows, 1), _AT_ONCE):
        found = room.database.execute(
            f"SELECT CAST({c} AS DOUBLE) AS v FROM t "
            f"WHERE rowid >= {first} AND rowid < {first + _AT_ONCE} AND {c} IS NOT NULL"
        ).fetchnumpy()["v"]
        values = np.asarray(found, dtype=np.float64)
        yield np.sort(values[np.isfinite(values)])


def _numbers(room: Room, c: str, low: Any, high: Any) -> Numbers:
    found = [(Sums.of(values), Bins.of(values)) for values in _values(room, c)]
    return Numbers(Sums.merged([s for s, _ in found]), Bins.merged([b for _, b in found]), low, high)


@dataclass(frozen=True)
class Sample:
    """Ask of every `step`th row of the whole which checks of personal data its values pass.

    `starts` says for each part with which row of the whole it begins.
    """

    step: int
    starts: dict[int, int]

    def answer(self, room: Room) -> list[Counter[str]]:
        casts = ", ".join(f"left(CAST({c.alias} AS VARCHAR), 1000)" for c in room.columns)
        start = self.starts[room.number]
        found = room.database.execute(
            f"SELECT {casts} FROM t WHERE (rowid + {start}) % {self.step} = 0"
        ).fetchall()
        values = zip(*found, strict=True) if found else ([] for _ in room.columns)
        return [passes(v for v in column if v) for column in values]

    def merged(self, answers: Sequence[list[Counter[str]]]) -> list[Counter[str]]:
        return [sum(parts, Counter()) for parts in zip(*answers, strict=True)]


#: A bin as it is named to all parts: its shift, and the bin.
Coarse = tuple[int, int]


@dataclass(frozen=True)
class Refine:
    """Ask for finer bins of the values that lie in some coarser ones, by column."""

    wanted: dict[str, tuple[Coarse, ...]]

    def answer(self, room: Room) -> dict[str, dict[Coarse, Bins]]:
        return {c: self._column(room, c, coarse) for c, coarse in self.wanted.items()}

    def _column(self, room: Room, c: str, coarse: tuple[Coarse, ...]) -> dict[Coarse, Bins]:
        found: dict[Coarse, list[Bins]] = {one: [] for one in coarse}
        for values in _values(room, c):
            every = keys(values)
            for (shift, bin_), parts in found.items():
                parts.append(Bins.of(values[every >> np.uint64(shift) == np.uint64(bin_)]))
        return {one: Bins.merged(parts) for one, parts in found.items()}

    def merged(self, answers: Sequence[dict[str, dict[Coarse, Bins]]]) -> dict[str, dict[Coarse, Bins]]:
        return {
            c: {one: Bins.merged([answer[c][one] for answer in answers]) for one in coarse}
            for c, coarse in self.wanted.items()
        }


@dataclass(frozen=True)
class Histogram:
    """Ask for ten equal bins between two edges, by column; what lies outside belongs to the outer bins."""

    edges: dict[str, tuple[float, float]] = field(default_factory=dict)

    def answer(self, room: Room) -> dict[str, Array]:
        return {c: self._column(room, c, *edges) for c, edges in self.edges.items()}

    def _column(self, room: Room, c: str, low: float, high: float) -> Array:
        width = (high - low) / BINS
        counts = np.zeros(BINS, dtype=np.int64)
        for values in _values(room, c):
            places = np.clip(np.floor((values - low) / width), 0, BINS - 1).astype(np.int64)
            counts += np.bincount(places, minlength=BINS)
        return counts

    def merged(self, answers: Sequence[dict[str, Array]]) -> dict[str, Array]:
        return {c: sum((answer[c] for answer in answers), np.zeros(BINS, dtype=np.int64)) for c in self.edges}
