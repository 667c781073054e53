"""Rows of plain facts as a file, written while they are read: CSV (RFC 4180) or one JSON array."""

import csv
import io
import json
from collections.abc import Iterable, Iterator
from typing import Any

KINDS = {"csv": "text/csv; charset=utf-8", "json": "application/json"}


def written(rows: Iterable[dict[str, Any]], form: str) -> tuple[str, Iterator[str]]:
    """Return rows as `csv` or `json`: the type of the content, and its pieces. Raises `KeyError` for another form."""
    return KINDS[form], as_csv(rows) if form == "csv" else as_json(rows)


def as_csv(rows: Iterable[dict[str, Any]]) -> Iterator[str]:
    """Yield rows as lines under their names; lists as one text; what a spreadsheet would run is set in quotes."""
    out = io.StringIO()
    writer = csv.writer(out)
    head: list[str] | None = None
    for row in rows:
        if head is None:
            writer.writerow(head := list(row))
        writer.writerow([_cell(value) for value in row.values()])
        yield out.getvalue()
        out.seek(0)
        out.truncate()


def _cell(value: Any) -> Any:
    """Keep a spreadsheet from taking a name for a formula (OWASP, CSV injection)."""
    if isinstance(value, list):
        value = "; ".join(str(one) for one in value)
    return f"'{value}" if isinstance(value, str) and value[:1] in {"=", "+", "-", "@", "\t", "\r"} else value


def as_json(rows: Iterable[dict[str, Any]]) -> Iterator[str]:
    """Yield rows as one JSON array, piece by piece."""
    before = "["
    for row in rows:
        yield before + json.dumps(row)
        before = ",\n"
    yield "]" if before != "[" else "[]"
