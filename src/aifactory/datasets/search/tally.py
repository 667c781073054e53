# ruff: noqa: S608 - the SQL is put together from our own names; there are no values in it
"""Counting cards as they come and go: triggers, so that no writer can forget it."""

from typing import Any

from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState

_CARD, _TALLY, _KIND = "datasets_card", "datasets_tally", "theme, access, source"
_VERBS = ("INSERT", "UPDATE", "DELETE")


class KeepTally(Operation):
    """Migration operation: count the cards that there are, and every one that comes or goes from now on."""

    reversible = True

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        """Change nothing in the models' state."""

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:  # noqa: ARG002
        make = _sqlite if schema_editor.connection.vendor == "sqlite" else _postgresql
        for statement in (_add(f"count(*) FROM {_CARD} WHERE true"), *make()):
            schema_editor.execute(statement, params=None)

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:  # noqa: ARG002
        where = "" if schema_editor.connection.vendor == "sqlite" else f" ON {_CARD}"
        for verb in _VERBS:
            schema_editor.execute(f"DROP TRIGGER IF EXISTS {_TALLY}_{verb.lower()}{where}", params=None)

    def describe(self) -> str:
        return "Keep a tally of the cards"


def _add(counted: str) -> str:
    """Return the statement that adds figures; in one order, so that two writers never wait for each other."""
    return (
        f"INSERT INTO {_TALLY} ({_KIND}, number) SELECT {_KIND}, {counted} GROUP BY {_KIND} ORDER BY {_KIND} "
        f"ON CONFLICT ({_KIND}) DO UPDATE SET number = {_TALLY}.number + excluded.number"
    )


def _sqlite() -> list[str]:
    """A trigger for each row: SQLite has no others."""

    def same(row: str) -> str:
        return " AND ".join(f"{name} = {row}.{name}" for name in _KIND.split(", "))

    def change(row: str, sign: str) -> str:
        return f"UPDATE {_TALLY} SET number = number {sign} 1 WHERE {same(row)};"

    # No ON CONFLICT here: within a trigger, what the statement outside says of conflicts comes first.
    began = (
        f"INSERT INTO {_TALLY} ({_KIND}, number) SELECT new.theme, new.access, new.source, 0 "
        f"WHERE NOT EXISTS (SELECT 1 FROM {_TALLY} WHERE {same('new')});"
    )
    does = {
        "INSERT": began + change("new", "+"),
        "UPDATE": change("old", "-") + began + change("new", "+"),
        "DELETE": change("old", "-"),
    }
    return [
        f"CREATE TRIGGER {_TALLY}_{verb.lower()} AFTER {verb} ON {_CARD} BEGIN {does[verb]} END"
        for verb in _VERBS
    ]


def _postgresql() -> list[str]:
    """A trigger for each statement: a harvest writes hundreds of cards in one."""
    rows = {
        "INSERT": "NEW TABLE AS came",
        "UPDATE": "OLD TABLE AS went NEW TABLE AS came",
        "DELETE": "OLD TABLE AS went",
    }
    count = (
        f"CREATE OR REPLACE FUNCTION {_TALLY}_keep() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"IF TG_OP <> 'INSERT' THEN {_add('-count(*) FROM went')}; END IF; "
        f"IF TG_OP <> 'DELETE' THEN {_add('count(*) FROM came')}; END IF; "
        "RETURN NULL; END $$"
    )
    return [
        count,
        *(
            f"CREATE TRIGGER {_TALLY}_{verb.lower()} AFTER {verb} ON {_CARD} REFERENCING {rows[verb]} "
            f"FOR EACH STATEMENT EXECUTE FUNCTION {_TALLY}_keep()"
            for verb in _VERBS
        ),
    ]
