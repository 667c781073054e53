"""What a change says to the database, in as few statements as it takes: each is a journey there and back.

A row comes back from the very statement that changed it, with the salt of its record; an event goes in together
with its place in the sealer's queue.
"""

from functools import cache
from typing import Any

from django.db import connection
from django.db.models import Model

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


def change(thing: Record, source: str, values: dict[str, Any], keep: tuple[str, ...]) -> Reread | None:
    """Change a record that is still in the state `source`, and take over what its row then holds; None for no row."""
    model = thing._meta.model  # noqa: SLF001 - of the signed-in person a page holds a lazy object
    fields: list[Any] = [model._meta.get_field(name) for name in values]  # noqa: SLF001
    params = [_prepared(field, value) for field, value in zip(fields, values.values(), strict=True)]
    sql = _update(model, tuple(field.column for field in fields))
    return _take_over(thing, sql, [*params, thing.pk, source, thing.thing], keep)


def reread(thing: Record, keep: tuple[str, ...]) -> Reread:
    """Take over what the record's row holds now. Raises `DoesNotExist`."""
    found = _take_over(thing, _select(thing._meta.model), [thing.thing, thing.pk], keep)  # noqa: SLF001
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


def _prepared(field: Any, value: Any) -> Any:
    """Return a value as the database takes it; of a related record its key."""
    return field.get_db_prep_save(value.pk if isinstance(value, Model) else value, connection)


@cache
def _update(model: type[Record], columns: tuple[str, ...]) -> str:
    quote, options = connection.ops.quote_name, _options(model)
    changed = ", ".join(f"{quote(column)} = %s" for column in columns)
    table, key, state = map(quote, (options.db_table, options.pk.column, options.get_field("state").column))
    return f"UPDATE {table} SET {changed} WHERE {key} = %s AND {state} = %s RETURNING {_row(model)}"  # noqa: S608 - our own names


@cache
def _select(model: type[Record]) -> str:
    table, key = map(connection.ops.quote_name, (_options(model).db_table, _options(model).pk.column))
    return f"SELECT {_row(model)} FROM {table} WHERE {key} = %s"  # noqa: S608 - our own names


def _row(model: type[Record]) -> str:
    columns = ", ".join(connection.ops.quote_name(field.column) for field in _options(model).concrete_fields)
    table = Salt._meta.db_table  # noqa: SLF001 - Django's own name
    return f"{columns}, (SELECT {table}.value FROM {table} WHERE {table}.thing = %s) AS salt_"  # noqa: S608


def _options(model: type[Record]) -> Any:
    return model._meta  # noqa: SLF001 - Django's own name


@cache
def _readers(model: type[Record]) -> list[tuple[str, Any, list[Any]]]:
    """Return the fields of a row in order, each with what turns the database's value into Python's."""
    every = [(field.attname, field.cached_col) for field in _options(model).concrete_fields]
    by_base = connection.ops.get_db_converters
    return [(name, col, by_base(col) + col.get_db_converters(connection)) for name, col in every]


def _take_over(thing: Record, sql: str, params: list[Any], keep: tuple[str, ...]) -> Reread | None:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        found = cursor.fetchall()
    if not found:
        return None
    (row,) = found
    for (name, col, readers), value in zip(_readers(thing._meta.model), row[:-1], strict=True):  # noqa: SLF001
        for read in readers:
            value = read(value, col, connection)  # noqa: PLW2901
        setattr(thing, name, value)
    forget_related(thing, keep)
    return (None if row[-1] is None else bytes(row[-1]),)


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
