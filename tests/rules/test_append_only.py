"""What was written down for good: the database itself refuses to change or remove it."""

import pytest
from django.apps import apps
from django.conf import settings
from django.db import DatabaseError, connection, transaction

from aifactory.audit.append_only import APPEND_ONLY
from aifactory.audit.export import write
from aifactory.audit.queries import latest_checkpoint
from aifactory.audit.sealing import seal_all
from aifactory.audit.verify import verify_export

GUARDED = {"audit_event", "audit_seal", "audit_checkpoint", "supercomputer_usage",
           "supercomputer_ledgerentry", "supercomputer_usageslice"}  # fmt: skip


def rows(table: str) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {table} ORDER BY 1")
        return cursor.fetchall()


def test_these_tables_are_append_only(db):
    assert APPEND_ONLY == GUARDED


@pytest.mark.parametrize("verb", ["UPDATE", "DELETE", "TRUNCATE"])
def test_nothing_changes_or_removes_a_row(house, verb):
    if verb == "TRUNCATE" and connection.vendor == "sqlite":
        verb = "DELETE"  # SQLite's own way to truncate is a DELETE without a condition
    seal_all(settings.LOG_ORIGIN)
    connection.check_constraints()  # PostgreSQL truncates nothing while a deferred check waits
    column = {model._meta.db_table: model._meta.pk.column for model in apps.get_models()}
    for table in sorted(APPEND_ONLY):
        before = rows(table)
        assert before, f"the house has nothing in {table}"
        sql = {
            "UPDATE": f"UPDATE {table} SET {column[table]} = {column[table]}",
            "DELETE": f"DELETE FROM {table}",
            "TRUNCATE": f"TRUNCATE {table} CASCADE",
        }[verb]
        with (
            pytest.raises(DatabaseError, match="is append-only"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(sql)
        assert rows(table) == before


def test_whatever_was_done_in_the_house_can_be_verified_from_its_export(house, tmp_path):
    """Every record is what its last event says: no room writes past the one door."""
    seal_all(settings.LOG_ORIGIN)
    export = tmp_path / "export.jsonl"
    with export.open("wb") as file:
        write(file, origin=settings.LOG_ORIGIN)
    findings = verify_export(export, latest_checkpoint().note)
    assert (findings.problems, findings.ok) == ([], True)
    assert findings.checked
