"""Many rows at once: COPY on PostgreSQL, one prepared statement elsewhere. Ids are taken first, so rows can point."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import islice
from typing import Any

from django.db import connection, models

#: lines that go to the database in one piece
LINES = 500
_ESCAPED = str.maketrans({"\\": r"\\", "\t": r"\t", "\n": r"\n", "\r": r"\r"})


def take_ids(model: type[models.Model], count: int) -> list[int]:
    """Return ids for rows that are written next, in rising order, within the transaction that runs."""
    table = model._meta.db_table  # noqa: SLF001 - Django's own name
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            numbers = "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)"
            cursor.execute(numbers, [table, count])
            return [row[0] for row in cursor.fetchall()]
        # A transaction of SQLite holds the only right to write from its first statement on.
        cursor.execute(f"SELECT COALESCE(MAX(id), 0) FROM {table}")  # noqa: S608 - our own table
        last = cursor.fetchone()[0]
    return list(range(last + 1, last + 1 + count))


def line(row: Sequence[Any]) -> str:
    r"""Return a row as a line of COPY's text format: tabs between the values, `\N` for None.

    A third of the time that looking at each value's type takes, as long as no value holds a character that the
    format gives a meaning of its own.
    """
    texts = ["\\N" if value is None else value if type(value) is str else str(value) for value in row]
    joined = "\t".join(texts)
    is_plain = joined.count("\t") == len(texts) - 1 and joined.count("\\") == row.count(None)
    if is_plain and "\n" not in joined and "\r" not in joined:
        return joined + "\n"
    return (
        "\t".join(
            "\\N" if value is None else text.translate(_ESCAPED)
            for value, text in zip(row, texts, strict=True)
        )
        + "\n"
    )


def write(model: type[models.Model], columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Write rows of plain values: text, whole numbers, None, and moments as `moment` writes them."""
    table, names = model._meta.db_table, ", ".join(f'"{column}"' for column in columns)  # noqa: SLF001
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy:
                lines = map(line, rows)
                while piece := list(islice(lines, LINES)):
                    copy.write("".join(piece))
        else:
            marks = ", ".join(["%s"] * len(columns))
            cursor.executemany(f"INSERT INTO {table} ({names}) VALUES ({marks})", list(rows))  # noqa: S608


def among(rows: "models.QuerySet[Any]", column: str, values: Iterable[str]) -> "models.QuerySet[Any]":
    """Return the rows whose `column` is one of many values: as one array where the database has them."""
    if connection.vendor == "postgresql":
        return rows.extra(where=[f'"{column}" = ANY(%s)'], params=[list(values)])  # noqa: S610 - our own column
    return rows.filter(**{f"{column}__in": values})


def moment(at: datetime | None) -> str | None:
    """Write a moment as both databases take it: in UTC, which is the time zone of Django's sessions too."""
    return at.replace(tzinfo=None).isoformat(" ") if at else None
