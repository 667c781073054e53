# ruff: noqa: S608 - queries are built from our own aliases (c0, c1, …) and numbers, never from input
"""What is asked of each part of a table, and how the answers are put together.

A question is plain data: it travels to wherever a part lies, and its answer back. Answers hold counts and sums, few
values (those of columns that have at most twenty), and never a row.
"""

import itertools
import math
from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np

from aifactory.datasets.inspection.counting import Array, Bins, Hashes, Sums, keys
from aifactory.datasets.inspection.reading import Column, Room
from aifactory.datasets.inspection.tallies import Source
from aifactory.datasets.personal_data import is_quasi_identifier, passes

#: A column with so many different values or fewer is shown value by value.
MOST_VALUES = 20
BINS = 10
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
        quasi = quasi_identifiers(room.columns)
        return Counts(
            {room.number: room.rows},
            tuple(self._column(column, room.sources[column.alias]) for column in room.columns),
            _hashes(room.together(room.columns), self.most_rows),
            _hashes(room.together(quasi), self.most_rows) if len(quasi) > 1 else None,
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

    def _column(self, column: Column, source: Source) -> ColumnCounts:
        distinct = _hashes(source, self.most)
        is_short = column.kind in {"text", "boolean", "number"} and distinct.distinct <= MOST_VALUES
        low, high = _ends(column, source)
        return ColumnCounts(
            filled=source.count("true"),
            distinct=distinct,
            values={_one_nan(value): n for value, n in source.values().items()} if is_short else None,
            numbers=_numbers(source, low, high) if column.kind == "number" else None,
            span=(low, high) if column.kind == "time" and low is not None else None,
            rare=rare(column, source),
        )


def quasi_identifiers(columns: Sequence[Column]) -> list[Column]:
    """Return the columns that help to single out a person when combined."""
    return [c for c in columns if is_quasi_identifier(c.name) and c.kind != "other"]


def _ends(column: Column, source: Source) -> tuple[Any, Any]:
    """Return the lowest and the highest value of a column of times or of (finite) numbers."""
    if column.kind not in {"number", "time"}:
        return None, None
    v = source.value
    only = f" FILTER (isfinite({v}))" if column.type in {"FLOAT", "DOUBLE"} else ""
    return source.one(f"min({v}){only}, max({v}){only}")


def rare(column: Column, source: Source) -> Counter[str]:
    """Count rare identifiers in every row."""
    found: Counter[str] = Counter()
    for kind, (test, pattern) in RARE.items() if column.type == "VARCHAR" else ():
        v = source.value
        found[kind] = source.count(f"{test.format(c=v)} AND regexp_matches({v}, '{pattern}')")
    return +found


def _hashes(source: Source, most: int) -> Hashes:
    """Return the `most` smallest hashes, looking below a bound that should hold twice as many, then further."""
    every = 2**64 - 1
    upto = every if source.about < 3 * most else 2**64 * 2 * most // source.about
    while True:
        found = Hashes.of(*source.hashes(upto), most)
        if not found.exact or upto == every:
            return found
        upto = min(every, upto * 4)


def _numbers(source: Source, low: Any, high: Any) -> Numbers:
    found = [(Sums.of(*part), Bins.of(*part)) for part in source.numbers()]
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
        first = -self.starts[room.number] % self.step
        rows = f"SELECT range FROM range({first}, {room.rows}, {self.step})"
        found = room.database.execute(f"SELECT {casts} FROM t WHERE rowid IN ({rows})").fetchall()
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
        return {c: self._column(room.sources[c], coarse) for c, coarse in self.wanted.items()}

    def _column(self, source: Source, coarse: tuple[Coarse, ...]) -> dict[Coarse, Bins]:
        found: dict[Coarse, list[Bins]] = {one: [] for one in coarse}
        for values, times in source.numbers():
            every = keys(values)
            for (shift, bin_), parts in found.items():
                ends = np.array([bin_ << shift, ((bin_ + 1) << shift) - 1], dtype=np.uint64)
                first, after = np.searchsorted(every, ends[0]), np.searchsorted(every, ends[1], side="right")
                parts.append(Bins.of(values[first:after], times[first:after]))
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
        return {c: self._column(room.sources[c], *edges) for c, edges in self.edges.items()}

    def _column(self, source: Source, low: float, high: float) -> Array:
        width = (high - low) / BINS

        def bin_of(value: float) -> int:
            return int(min(max(np.floor((value - low) / width), 0), BINS - 1))

        counts = np.zeros(BINS, dtype=np.int64)
        for values, times in source.numbers():  # in order, and so their bins are
            starts = [bisect_left(values, bin_, key=bin_of) for bin_ in range(BINS)]
            counts += [times[a:b].sum() for a, b in itertools.pairwise([*starts, len(values)])]
        return counts

    def merged(self, answers: Sequence[dict[str, Array]]) -> dict[str, Array]:
        return {c: sum((answer[c] for answer in answers), np.zeros(BINS, dtype=np.int64)) for c in self.edges}
