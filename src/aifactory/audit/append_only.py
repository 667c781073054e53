"""Tables that the database itself refuses to change: rows come in, and stay."""

from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState

APPEND_ONLY: set[str] = set()
"""Every table that a migration has guarded in this process."""


def statements(vendor: str, table: str) -> tuple[list[str], list[str]]:
    """Return the SQL that guards `table` and the SQL that lifts the guard again."""
    if vendor == "sqlite":
        make = [
            f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            for verb in ("UPDATE", "DELETE")
        ]
        return make, [f"DROP TRIGGER IF EXISTS {table}_no_{verb}" for verb in ("update", "delete")]
    function = f"{table}_append_only"
    refuse = f"$$ BEGIN RAISE EXCEPTION '{table} is append-only'; END $$"
    row, statement = (f"FOR EACH {each} EXECUTE FUNCTION {function}()" for each in ("ROW", "STATEMENT"))
    make = [
        f"CREATE OR REPLACE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql AS {refuse}",
        f"CREATE TRIGGER {table}_no_change BEFORE UPDATE OR DELETE ON {table} {row}",
        f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} {statement}",
    ]
    drop = [
        f"DROP TRIGGER IF EXISTS {table}_no_change ON {table}",
        f"DROP TRIGGER IF EXISTS {table}_no_truncate ON {table}",
    ]
    return make, drop


def guard(connection: BaseDatabaseWrapper, table: str) -> None:
    """Refuse UPDATE, DELETE and TRUNCATE on `table` from now on."""
    APPEND_ONLY.add(table)
    with connection.cursor() as cursor:
        for sql in statements(connection.vendor, table)[0]:
            cursor.execute(sql)


def unguard(connection: BaseDatabaseWrapper, table: str) -> None:
    """Lift the guard; only migrations and test databases do this."""
    with connection.cursor() as cursor:
        for sql in statements(connection.vendor, table)[1]:
            cursor.execute(sql)


class AppendOnly(Operation):
    """Migration operation: guard a table."""

    reversible = True

    def __init__(self, table: str) -> None:
        self.table = table

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        """Change nothing in the models' state."""

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:  # noqa: ARG002
        guard(schema_editor.connection, self.table)

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:  # noqa: ARG002
        unguard(schema_editor.connection, self.table)

    def describe(self) -> str:
        return f"Make {self.table} append-only"
