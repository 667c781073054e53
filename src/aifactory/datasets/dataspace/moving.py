"""Our own moves: the transition and its message are written together, and delivered afterwards.

Whoever kills the process between the two moments loses nothing: what is written will be delivered, and
under the same idempotency key, so that it counts once.
"""

from typing import Any

from django.db import transaction

from aifactory.audit.actions import enter, fire
from aifactory.datasets.dataspace import courier, kept
from aifactory.datasets.dataspace.messages import NEGOTIATION_MESSAGES, TRANSFER_MESSAGES, write
from aifactory.datasets.dataspace.models import Negotiation, Process, Transfer
from aifactory.ports.identity import Actor

PATHS = {Negotiation: "negotiations", Transfer: "transfers"}


def move(
    process: Process, name: str, *, by: Actor, said: dict[str, Any] | None = None, **changes: Any
) -> None:
    """Walk one transition and leave its message to be delivered. `said` are the message's own fields.

    Raises what `fire` raises.
    """
    table = NEGOTIATION_MESSAGES if isinstance(process, Negotiation) else TRANSFER_MESSAGES
    kind, event, path = table[name]
    with transaction.atomic(savepoint=False):
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
        enter(process, event, by=by, permission=permission, keep=("participant",))
        _post(process, body, path)


def _post(process: Process, body: dict[str, Any], path: str) -> None:
    message = kept.write(process, body, path, claim=courier.is_on())
    if message.claimed_until:
        courier.carry(process, message)
    if process.attend or not message.claimed_until:
        courier.wake(process)
