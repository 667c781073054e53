"""Many rows at once: COPY on PostgreSQL, one prepared statement elsewhere. Ids are taken first, so rows can point."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db import connection, models


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


def write(model: type[models.Model], columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Write rows of plain values: text, whole numbers, None, and moments as `moment` writes them."""
    table, names = model._meta.db_table, ", ".join(f'"{column}"' for column in columns)  # noqa: SLF001
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)
        else:
            marks = ", ".join(["%s"] * len(columns))
            cursor.executemany(f"INSERT INTO {table} ({names}) VALUES ({marks})", list(rows))  # noqa: S608


def among(rows: "models.QuerySet[Any]", column: str, values: Iterable[str]) -> "models.QuerySet[Any]":
    """Return the rows whose `column` is one of many values: as one array where the database has them."""
    if connection.vendor == "postgresql":
        return rows.extra(where=[f'"{column}" = ANY(%s)'], params=[list(values)])  # noqa: S610 - our own column
    return rows.filter(**{f"{column}__in": values})


def moment(at: datetime | None) -> str | None:
    """Write a moment in UTC as both databases take it: without its zone, which is that of Django's sessions."""
    return at.isoformat(" ").removesuffix("+00:00") if at else None
