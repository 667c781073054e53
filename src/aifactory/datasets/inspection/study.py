"""The report on a table: a few questions to every part of it, and what the answers say.

It never asks where the parts lie: on this machine, or on the nodes of a cluster. The report is plain JSON. In a
`restricted` report no figure rests on fewer than ten rows, and no single value is shown.
"""

import math
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any

from aifactory.datasets.inspection.asking import (
    BINS,
    MOST_VALUES,
    Coarse,
    ColumnCounts,
    Count,
    Counts,
    Histogram,
    Question,
    Refine,
    Sample,
    quasi_identifiers,
)
from aifactory.datasets.inspection.counting import Bins, double
from aifactory.datasets.inspection.reading import (
    LOOKS,
    PARQUET,
    SCHEMA,
    Column,
    Form,
    Limits,
    Part,
    Unreadable,
    form,
    load,
    locked,
)
from aifactory.datasets.personal_data import Confidence, Hint, hinted, with_rare
from aifactory.datasets.small_cells import FLOOR, suppressed

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
#: Rows whose values are checked for personal data, of a table that is not very wide.
_SAMPLE = 10_000

Ask = Callable[[Question], Any]


@contextmanager
def on_this_machine(path: Path, media_type: str, limits: Limits) -> Iterator[tuple[Ask, Form]]:
    """Read a whole table here, after a short look, and only where that was too short after a look at every row.

    Raises `Unreadable`, or a `duckdb.Error` where a line does not fit or a limit is reached.
    """
    import duckdb

    # A table takes half as much again in memory as in a text file, and no more on disk than twice as much.
    size = path.stat().st_size
    on_disk = media_type != PARQUET and limits.memory // 2 < size <= limits.disk // 2
    with locked(path, limits, on_disk=on_disk) as (database, table):
        for look in LOOKS:
            try:
                told = form(database, table, media_type, look)
                room = load(database, table, told, Part())
                break
            except (duckdb.Error, Unreadable):
                if look == LOOKS[-1]:
                    raise
                database.execute("DROP TABLE IF EXISTS t")
        yield (lambda question: question.merged([question.answer(room)])), told


def studied(ask: Ask, form_: Form, *, restricted: bool) -> dict[str, Any]:
    """Ask what a report needs, and write it. Equal rows in the same order give an equal report, whatever the parts."""
    columns = form_.columns
    # A wide table keeps fewer hashes of each column.
    counts: Counts = ask(Count(most=min(1 << 17, max(1 << 14, (1 << 20) // len(columns)))))
    rows = sum(counts.rows.values())
    sampled = ask(_sample(counts, columns))
    signs = {
        c.alias: with_rare(hinted(c.name, passed), {kind: n / rows for kind, n in count.rare.items()})
        for c, count, passed in zip(columns, counts.columns, sampled, strict=True)
    }
    quantiles = _quantiles(ask, {c.alias: n for c, n in zip(columns, counts.columns, strict=True)})
    hidden = {c.alias: restricted or _is_personal(signs[c.alias]) for c in columns}
    profiles = [
        _profile(c, n, rows, signs[c.alias], quantiles.get(c.alias, {}), restricted=restricted)
        for c, n in zip(columns, counts.columns, strict=True)
    ]
    edges = {
        c.alias: ends
        for c, n, profile in zip(columns, counts.columns, profiles, strict=True)
        if (ends := _edges(n, profile, quantiles.get(c.alias, {}), hidden=hidden[c.alias]))
    }
    drawn = ask(Histogram(edges)) if edges else {}
    for c, profile in zip(columns, profiles, strict=True):
        if c.alias in edges:
            found = [int(n) for n in drawn[c.alias]]
            profile["histogram"] = _histogram(*edges[c.alias], found, restricted=hidden[c.alias])
    report: dict[str, Any] = {
        "schema": SCHEMA,
        "restricted": restricted,
        "floor": FLOOR if restricted else 0,
        "rows": rows,
        "duplicate_rows": counts.whole.repeated,
        "skipped_lines": form_.skipped,
        "columns": profiles,
        "singling_out": _singling_out(counts, columns),
    }
    if not counts.whole.exact:
        report["duplicate_rows_estimated"] = True
    return report | {"checks": _checks(report)}


def _sample(counts: Counts, columns: Sequence[Column]) -> Sample:
    """Choose up to about 20,000 rows spread evenly over the whole, always the same ones; fewer of a wide table."""
    sample = max(200, min(_SAMPLE, 500_000 // len(columns)))
    starts, rows = {}, 0
    for number, more in sorted(counts.rows.items()):
        starts[number] = rows
        rows += more
    return Sample(max(1, rows // sample), starts)


def _quantiles(ask: Ask, counts: dict[str, ColumnCounts]) -> dict[str, dict[float, float]]:
    """Return the quantiles of every column of numbers, exact: bins are refined until each wanted value is known."""
    first = {c: n.numbers.bins for c, n in counts.items() if n.numbers and n.numbers.sums.count}
    wanted = {c: _ranks(bins.total) for c, bins in first.items()}
    finer: dict[str, dict[Coarse, Bins]] = {c: {} for c in first}
    while True:
        found = {c: {rank: _at(first[c], finer[c], rank) for rank in wanted[c]} for c in first}
        coarse = {
            c: tuple(sorted({v for v in values.values() if isinstance(v, tuple)}))
            for c, values in found.items()
        }
        coarse = {c: bins for c, bins in coarse.items() if bins}
        if not coarse:
            break
        for c, bins in ask(Refine(coarse)).items():
            finer[c] |= bins
    return {c: {q: _between(found[c], bins.total, q) for q in QUANTILES} for c, bins in first.items()}


def _at(bins: Bins, finer: dict[Coarse, Bins], rank: int) -> float | Coarse:
    """Return the value of this rank, or the bin that has to be refined to know it."""
    bin_, rank = bins.at(rank)
    if bins.shift == 0:
        return double(bin_)
    inner = finer.get((bins.shift, bin_))
    return (bins.shift, bin_) if inner is None else _at(inner, finer, rank)


def _ranks(count: int) -> set[int]:
    places = [(count - 1) * q for q in QUANTILES]
    return {math.floor(place) for place in places} | {math.ceil(place) for place in places}


def _between(values: dict[int, Any], count: int, q: float) -> float:
    """A quantile between two values, as R's type 7 and DuckDB's quantile_cont have it."""
    place = (count - 1) * q
    low, high = values[math.floor(place)], values[math.ceil(place)]
    return float(low + (high - low) * (place - math.floor(place)))


def _is_personal(signs: Sequence[Hint]) -> bool:
    return any(hint.confidence != Confidence.LOW for hint in signs)


def _profile(
    column: Column,
    counts: ColumnCounts,
    rows: int,
    signs: list[Hint],
    quantiles: dict[float, float],
    *,
    restricted: bool,
) -> dict[str, Any]:
    profile: dict[str, Any] = {
        "name": column.name[:200],
        "type": column.type[:100],
        "kind": column.kind,
        "missing": rows - counts.filled,
        "distinct": counts.distinct.distinct,
        "personal_data": [asdict(hint) for hint in signs],
    }
    if not counts.distinct.exact:
        profile["distinct_error"] = _figure(counts.distinct.error)
    personal = _is_personal(signs)
    hidden = restricted or personal
    if counts.numbers:
        profile |= _number(counts, quantiles, restricted=hidden)
    if counts.span and not hidden:
        profile |= {"min": _figure(counts.span[0]), "max": _figure(counts.span[1])}
    if counts.values and len(counts.values) <= MOST_VALUES and not personal:
        profile["values"] = _values(counts.values, restricted=restricted)
    return profile


def _number(counts: ColumnCounts, quantiles: dict[float, float], *, restricted: bool) -> dict[str, Any]:
    """Mean, spread, quantiles. Restricted: no extremes, no quantile with fewer than ten values beyond it."""
    numbers = counts.numbers
    if numbers is None or numbers.sums.count < (FLOOR if restricted else 1):
        return {}
    profile: dict[str, Any] = {
        "mean": _figure(numbers.sums.mean),
        "deviation": _figure(numbers.sums.deviation),
        "quantiles": {
            f"{q:g}": _figure(value)
            for q, value in quantiles.items()
            if not restricted or min(q, 1 - q) * numbers.sums.count >= FLOOR
        },
    }
    if not restricted:
        profile |= {"min": _figure(numbers.low), "max": _figure(numbers.high)}
    return profile


def _edges(
    counts: ColumnCounts, profile: dict[str, Any], quantiles: dict[float, float], *, hidden: bool
) -> tuple[float, float] | None:
    """Return from where to where a histogram goes; where extremes are hidden, from the 5th to the 95th percentile."""
    if counts.numbers is None or "mean" not in profile or (hidden and "0.05" not in profile["quantiles"]):
        return None
    ends = (quantiles[0.05], quantiles[0.95]) if hidden else (counts.numbers.low, counts.numbers.high)
    low, high = (float(end) for end in ends)
    return (low, high) if low < high and math.isfinite(high - low) else None


def _histogram(low: float, high: float, counts: list[int], *, restricted: bool) -> dict[str, Any]:
    """Ten equal bins; in a restricted report the outer two are open, so that they hide the extremes."""
    width = (high - low) / BINS
    return {
        "edges": [_figure(low + i * width) for i in range(BINS + 1)],
        "open_ended": restricted,
        "counts": suppressed(counts) if restricted else counts,
    }


def _values(values: dict[Any, int], *, restricted: bool) -> list[dict[str, Any]]:
    """Every value with its count, most frequent first; a hidden count hides its value too."""
    found = sorted(values.items(), key=lambda one: (-one[1], one[0] != one[0], one[0]))
    counts = [n for _, n in found]
    shown = suppressed(counts) if restricted else counts
    cells = [
        {"value": _figure(value) if n is not None else None, "count": n}
        for (value, _), n in zip(found, shown, strict=True)
    ]
    return [cell for cell in cells if cell["count"] is not None] + [c for c in cells if c["count"] is None]


def _singling_out(counts: Counts, columns: Sequence[Column]) -> dict[str, Any] | None:
    """How many rows share each combination of age, place, sex and the like: k-anonymity, as a warning."""
    groups = counts.groups
    if groups is None or not len(groups.hashes):
        return None
    told: dict[str, Any] = {
        "columns": [c.name for c in quasi_identifiers(columns)],
        "smallest_group": groups.fewest,
        "rows_alone": groups.alone,
    }
    return told if groups.exact else told | {"estimated": True}


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
