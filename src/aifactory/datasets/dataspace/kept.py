"""Messages as they are kept: received ones, and the outbox. Each step is one statement, with words made once."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from aifactory.datasets.dataspace.models import Message, Process
from aifactory.datasets.dataspace.questions import Question
from aifactory.kit import clock
from aifactory.kit.canonical import digest

CLAIM = timedelta(seconds=60)  # longer than any call may take
RECEIVED, WAITING = Message.Standing.RECEIVED, Message.Standing.WAITING

_TABLE = Message._meta.db_table  # noqa: SLF001 - Django's own name
_RECEIVED = (
    f"INSERT INTO {_TABLE} (process, standing, key, kind, path, body, digest, at, tries, trouble)"  # noqa: S608 - our own
    " VALUES (%s, %s, %s, %s, '', %s, %s, %s, 0, '') ON CONFLICT DO NOTHING RETURNING id"
)
#: Numbered after the messages before it, and claimed for who writes it where no earlier one waits.
_WRITTEN = f"""
    WITH earlier AS (
        SELECT COUNT(*) + 1 AS number, COUNT(CASE WHEN standing = %s THEN 1 END) AS waiting
        FROM {_TABLE} WHERE process = %s
    )
    INSERT INTO {_TABLE}
        (process, standing, key, kind, path, body, digest, at, due_at, trouble, claimed_until, tries)
    SELECT %s, %s, %s || number, %s, %s, %s, %s, %s, %s, '',
        CASE WHEN waiting = 0 AND %s THEN %s END, CASE WHEN waiting = 0 AND %s THEN 1 ELSE 0 END
    FROM earlier RETURNING id, key, tries
"""  # noqa: S608
_SETTLED = f"""
    UPDATE {_TABLE} SET standing = %s, trouble = %s, due_at = NULL, claimed_until = NULL WHERE id = %s
"""  # noqa: S608
#: the message of a process that has to go out first
oldest_waiting = Question(
    lambda process: Message.objects.filter(process=process, standing=WAITING).order_by("id")
).first


def receive(process: Process, kind: str, body: Mapping[str, Any], named: str, key: str | None) -> bool:
    """Keep a message of the other party; `named` is its digest. Say no where one with this key is kept already."""
    values = (process.pk, RECEIVED, key, kind, _json(body), named, _moment(clock.now()))
    with connection.cursor() as cursor:
        cursor.execute(_RECEIVED, values)
        return bool(cursor.fetchall())


def write(process: Process, body: dict[str, Any], path: str, *, claim: bool) -> Message:
    """Put a message of ours into the outbox. `claim` it for the writer, who delivers it once this is committed.

    It counts as a try then. Where an earlier message of the process still waits it is not claimed: that one goes first.
    """
    now, until = clock.now(), clock.now() + CLAIM
    kind, named, at = body["@type"], digest(body), _moment(now)
    values = (process.pk, WAITING, f"{process.pk}-", kind, path, _json(body), named, at, at)
    with connection.cursor() as cursor:
        cursor.execute(_WRITTEN, (WAITING, process.pk, *values, claim, _moment(until), claim))
        ((pk, key, tries),) = cursor.fetchall()
    return Message(
        pk=pk, process=process.pk, standing=WAITING, key=key, kind=kind, path=path, body=body, digest=named, at=now,
        due_at=now, claimed_until=until if tries else None, tries=tries,
    )  # fmt: skip


def settle(message: Message, standing: Message.Standing, trouble: str = "") -> None:
    """Write down what became of a message of ours."""
    with connection.cursor() as cursor:
        cursor.execute(_SETTLED, (standing, trouble[:300], message.pk))


def _json(body: Mapping[str, Any]) -> Any:
    return connection.ops.adapt_json_value(dict(body), None)


def _moment(at: datetime) -> Any:
    return connection.ops.adapt_datetimefield_value(at)
