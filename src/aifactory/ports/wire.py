"""How an agent and the portal write to each other over HTTPS: the ports' own facts as JSON.

Many records go as one line each, and a last line that says how many there were: what broke off on the way shows.
"""

import json
from collections.abc import Iterable, Iterator
from typing import Any

from pydantic import TypeAdapter, ValidationError

from aifactory.ports.cluster import Allocation, Change, Heard, JobRecord, ReplyIsCutOff
from aifactory.ports.desk import CancelOrder, ForgetOrder, Order, Report, RunOrder, WatchOrder

ALLOCATIONS = TypeAdapter(list[Allocation])
CHANGES = TypeAdapter(list[Change])
HEARD = TypeAdapter(Heard)
KEYS = TypeAdapter(dict[str, tuple[str, ...]])
REPORTS = TypeAdapter(list[Report])
RECORD = TypeAdapter(JobRecord)
_ORDERS: dict[str, TypeAdapter[Any]] = {
    kind.__name__: TypeAdapter(kind) for kind in (RunOrder, CancelOrder, WatchOrder, ForgetOrder)
}


def orders_told(orders: Iterable[Order]) -> list[dict[str, Any]]:
    """Return orders as plain JSON, each with its kind."""
    kinds = ((type(order).__name__, order) for order in orders)
    return [{"order": kind, **_ORDERS[kind].dump_python(order, mode="json")} for kind, order in kinds]


def orders_read(told: Iterable[dict[str, Any]]) -> list[Order]:
    """Read orders. Raises `KeyError` for a kind that this agent does not know, `ValueError` for what is malformed."""
    return [_ORDERS[one["order"]].validate_python(one) for one in told]


def lines(records: Iterable[JobRecord]) -> Iterator[bytes]:
    """Write records as lines, the last of which counts them."""
    count = 0
    for count, record in enumerate(records, 1):  # noqa: B007 - it is the count when there are no more
        yield RECORD.dump_json(record) + b"\n"
    yield json.dumps({"count": count}).encode() + b"\n"


def records(told: Iterable[bytes]) -> Iterator[JobRecord]:
    """Read lines of records. Raises `ReplyIsCutOff` where one is not whole, or where the count is not theirs."""
    count, last = 0, b""
    for line in told:
        if last:
            yield _record(last)
            count += 1
        last = line
    try:
        whole = json.loads(last) == {"count": count}
    except ValueError:
        whole = False
    if not whole:
        raise ReplyIsCutOff(f"The records end after {count} without their count: {last[:80]!r}")


def _record(line: bytes) -> JobRecord:
    try:
        return RECORD.validate_json(line)
    except ValidationError as problem:
        raise ReplyIsCutOff(f"A record cannot be read: {line[:80]!r}") from problem
