"""A full-text index as a model's index: FTS5 on SQLite, a weighted tsvector under GIN on PostgreSQL."""

from typing import Any

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.backends.ddl_references import Statement
from django.db.models import Index, Model

#: The nearer the front, the more a word counts.
WEIGHTS = (10.0, 4.0, 1.0)


class FullText(Index):
    """Index three columns of words, the weightiest first. The database keeps it fresh by itself.

    SQLite needs an integer primary key: FTS5 keeps `rowid`. The words come stemmed, so neither database may
    change them again.
    """

    def create_sql(
        self, model: type[Model], schema_editor: BaseDatabaseSchemaEditor, using: str = "", **kwargs: Any
    ) -> Statement:
        """Make what the vendor needs before, and return the last statement."""
        del using, kwargs
        table = model._meta.db_table  # noqa: SLF001
        make = _sqlite if schema_editor.connection.vendor == "sqlite" else _postgresql
        *before, last = make(table, self.name, tuple(self.fields))
        for statement in before:
            schema_editor.execute(statement, params=None)
        return Statement(last.replace("%", "%%"), table=table)

    def remove_sql(self, model: type[Model], schema_editor: BaseDatabaseSchemaEditor, **kwargs: Any) -> str:
        """Return what takes the index away; on SQLite the triggers first."""
        del kwargs
        table = model._meta.db_table  # noqa: SLF001
        if schema_editor.connection.vendor == "sqlite":
            for verb in ("insert", "delete", "update"):
                schema_editor.execute(f"DROP TRIGGER IF EXISTS {table}_fts_{verb}", params=None)
            return f"DROP TABLE IF EXISTS {table}_fts"
        return f"ALTER TABLE {table} DROP COLUMN IF EXISTS words"


def _sqlite(table: str, _name: str, fields: tuple[str, ...]) -> list[str]:
    columns = ", ".join(fields)
    fts = f"{table}_fts"
    add = f"INSERT INTO {fts}(rowid, {columns}) VALUES (new.id, {', '.join(f'new.{f}' for f in fields)});"  # noqa: S608
    drop = (
        f"INSERT INTO {fts}({fts}, rowid, {columns}) "  # noqa: S608
        f"VALUES ('delete', old.id, {', '.join(f'old.{f}' for f in fields)});"
    )
    options = f"content='{table}', content_rowid='id', prefix='4', tokenize='unicode61 remove_diacritics 0'"
    return [
        f"CREATE VIRTUAL TABLE IF NOT EXISTS {fts} USING fts5({columns}, {options})",
        f"CREATE TRIGGER IF NOT EXISTS {fts}_insert AFTER INSERT ON {table} BEGIN {add} END",
        f"CREATE TRIGGER IF NOT EXISTS {fts}_delete AFTER DELETE ON {table} BEGIN {drop} END",
        f"CREATE TRIGGER IF NOT EXISTS {fts}_update AFTER UPDATE ON {table} BEGIN {drop} {add} END",
    ]


def _postgresql(table: str, name: str, fields: tuple[str, ...]) -> list[str]:
    weighted = " || ".join(
        f"setweight(to_tsvector('simple', {field}), '{weight}')"
        for field, weight in zip(fields, "ABC", strict=True)
    )
    return [
        f"ALTER TABLE {table} ADD COLUMN IF NOT EXISTS words tsvector GENERATED ALWAYS AS ({weighted}) STORED",
        f"CREATE INDEX IF NOT EXISTS {name} ON {table} USING gin (words)",
    ]
