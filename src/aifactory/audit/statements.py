"""What a change says to the database, in as few statements as it takes: each is a journey there and back.

A row comes back from the very statement that changed it, with the salt of its record; an event goes in together
with its place in the sealer's queue.
"""

from typing import Any

from django.db import connection
from django.db.models import QuerySet
from django.db.models.sql import UpdateQuery

from aifactory.audit.models import Event, Salt, Unsealed
from aifactory.audit.record import Record

Reread = tuple[bytes | None]
"""The salt of a record that was read again: None where it has none (yet)."""

_FACTS: list[Any] = [field for field in Event._meta.concrete_fields if not field.primary_key]  # noqa: SLF001 - Django's own name
_EVENT = (
    f"INSERT INTO {Event._meta.db_table} ({', '.join(field.column for field in _FACTS)})"  # noqa: S608, SLF001 - our own
    f" VALUES ({', '.join(['%s'] * len(_FACTS))}) RETURNING id"
)
_SALT = f"INSERT INTO {Salt._meta.db_table} (thing, value) VALUES (%s, %s)"  # noqa: S608, SLF001
_QUEUE = f"INSERT INTO {Unsealed._meta.db_table} (event_id)"  # noqa: SLF001


def change(
    thing: Record, rows: "QuerySet[Any]", values: dict[str, Any], keep: tuple[str, ...]
) -> Reread | None:
    """Change the one row that `rows` finds, and take over what it then holds; None where it finds none."""
    query: Any = rows.query.chain(UpdateQuery)
    query.add_update_values(values)
    sql, params = query.get_compiler(rows.db).as_sql()
    columns, salt = _columns(thing)
    return _take_over(thing, f"{sql} RETURNING {columns}, {salt}", [*params, thing.thing], keep)


def reread(thing: Record, keep: tuple[str, ...]) -> Reread:
    """Take over what the record's row holds now. Raises `DoesNotExist`."""
    columns, salt = _columns(thing)
    options: Any = thing._meta  # noqa: SLF001 - Django's own name
    table, key = map(connection.ops.quote_name, (options.db_table, options.pk.column))
    sql = f"SELECT {columns}, {salt} FROM {table} WHERE {key} = %s"  # noqa: S608 - our own names
    found = _take_over(thing, sql, [thing.thing, thing.pk], keep)
    if found is None:
        raise thing.__class__.DoesNotExist(f"{thing.thing} is gone.")
    return found


def append(event: Event, *, salt: Salt | None) -> None:
    """Write an event and its place in the queue, and the salt of a record that has none yet."""
    facts: list[Any] = [field.get_db_prep_save(getattr(event, field.attname), connection) for field in _FACTS]
    salted: list[Any] = [] if salt is None else [salt.thing, salt.value]
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            also = f", salted AS ({_SALT})" if salt else ""
            cursor.execute(f"WITH event AS ({_EVENT}){also} {_QUEUE} SELECT id FROM event", [*facts, *salted])  # noqa: S608
            return
        if salt:
            cursor.execute(_SALT, salted)
        cursor.execute(_EVENT, facts)
        cursor.execute(f"{_QUEUE} VALUES (%s)", [cursor.fetchall()[0][0]])


def _columns(thing: Record) -> tuple[str, str]:
    fields: Any = thing._meta.concrete_fields  # noqa: SLF001 - Django's own name
    columns = ", ".join(connection.ops.quote_name(field.column) for field in fields)
    table = Salt._meta.db_table  # noqa: SLF001
    return columns, f"(SELECT {table}.value FROM {table} WHERE {table}.thing = %s) AS salt_"  # noqa: S608


def _take_over(thing: Record, sql: str, params: list[Any], keep: tuple[str, ...]) -> Reread | None:
    # Of the signed-in person a page holds a lazy object, whose type is not the record's.
    found: list[Any] = list(thing._meta.model._base_manager.raw(sql, params))  # noqa: SLF001
    if not found:
        return None
    (fresh,) = found
    for field in thing._meta.concrete_fields:  # noqa: SLF001
        setattr(thing, field.attname, getattr(fresh, field.attname))
    forget_related(thing, keep)
    return (None if fresh.salt_ is None else bytes(fresh.salt_),)


def forget_related(thing: Record, keep: tuple[str, ...]) -> None:
    """Have related records read anew when they are asked for, as `refresh_from_db` does, but for those in `keep`.

    One that the record points at was forgotten already where it now points at another.
    """
    thing._prefetched_objects_cache = {}  # type: ignore[attr-defined]  # noqa: SLF001
    fields: Any = thing._meta.concrete_fields  # noqa: SLF001
    for field in fields:
        if field.is_relation and field.name not in keep and field.is_cached(thing):
            field.delete_cached_value(thing)
    for relation in thing._meta.related_objects:  # noqa: SLF001
        if relation.is_cached(thing) and relation.get_accessor_name() not in keep:
            relation.delete_cached_value(thing)
