"""Our own moves: the transition and its message are written together, and delivered afterwards.

Whoever kills the process between the two moments loses nothing: what is written will be delivered, and
under the same idempotency key, so that it counts once.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import Count, Q

from aifactory.audit.actions import enter, fire
from aifactory.datasets.dataspace import courier
from aifactory.datasets.dataspace.messages import NEGOTIATION_MESSAGES, TRANSFER_MESSAGES, write
from aifactory.datasets.dataspace.models import Message, Negotiation, Process, Transfer
from aifactory.kit import clock
from aifactory.kit.canonical import digest
from aifactory.ports.identity import Actor

PATHS = {Negotiation: "negotiations", Transfer: "transfers"}


@dataclass
class Carrier:
    """Who looks at a process now, and delivers what is `written` once that is committed, while the claim holds."""

    process: str
    claim: timedelta
    written: list[Message] = field(default_factory=list)


_carrier: ContextVar[Carrier | None] = ContextVar("carrier", default=None)


@contextmanager
def carried(process_id: str, claim: timedelta) -> Iterator[list[Message]]:
    """Claim the message of a process's move in this block for the caller, in the transaction that writes it.

    Where an earlier message of the process still waits, the list stays empty: that one goes out first.
    """
    carrier = Carrier(process_id, claim)
    token = _carrier.set(carrier)
    try:
        yield carrier.written
    finally:
        _carrier.reset(token)


def _carrier_of(process: Process) -> Carrier | None:
    carrier = _carrier.get()
    return carrier if carrier and carrier.process == process.pk else None


def move(
    process: Process, name: str, *, by: Actor, said: dict[str, Any] | None = None, **changes: Any
) -> None:
    """Walk one transition and leave its message to be delivered. `said` are the message's own fields.

    Raises what `fire` raises.
    """
    table = NEGOTIATION_MESSAGES if isinstance(process, Negotiation) else TRANSFER_MESSAGES
    kind, event, path = table[name]
    is_carried = _carrier_of(process) is not None
    if is_carried:  # who looks at the process now has seen to it with this move, and can go back to before it
        changes["attend"] = False
    with transaction.atomic(savepoint=not is_carried):
        fire(process, name, by=by, keep=("participant",), **changes)
        body = write(
            kind,
            consumerPid=process.consumer_pid,
            providerPid=process.provider_pid,
            eventType=event,
            **(said or {}),
        )
        _post(process, body, f"{PATHS[type(process)]}/{{pid}}/{path}")


def terminate(process: Process, *, by: Actor, code: str, reason: str) -> None:
    """End a process, and tell the other side why."""
    move(
        process,
        "terminate",
        by=by,
        said={"code": code, "reason": [reason[:500]]},
        reason=reason[:500],
    )


def begin(
    process: Process, event: str, *, by: Actor, body: dict[str, Any], path: str, permission: str
) -> None:
    """Enter a process that we start, with the message that opens it at the other side."""
    with transaction.atomic():
        enter(process, event, by=by, permission=permission)
        _post(process, body, path)


def _post(process: Process, body: dict[str, Any], path: str) -> None:
    waiting, now = Message.Standing.WAITING, clock.now()
    earlier = Message.objects.filter(process=process.pk).aggregate(
        all=Count("pk"), waiting=Count("pk", filter=Q(standing=waiting))
    )
    carrier = None if earlier["waiting"] else _carrier_of(process)
    message = Message.objects.create(
        process=process.pk,
        standing=waiting,
        key=f"{process.pk}-{earlier['all'] + 1}",
        kind=body["@type"],
        path=path,
        body=body,
        digest=digest(body),
        at=now,
        due_at=now,
        claimed_until=now + carrier.claim if carrier else None,
        tries=1 if carrier else 0,
    )
    if carrier:
        carrier.written.append(message)
    else:
        courier.wake(process)
