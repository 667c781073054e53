"""Delivering what was written, and looking at what waits for us: by state, safe to kill at any moment."""

from datetime import timedelta
from typing import Any

import structlog
from django.db import transaction
from django.db.models import F, Q
from django.utils.translation import gettext as _

from aifactory.audit.actions import fire
from aifactory.datasets.dataspace import kept, moving, turns
from aifactory.datasets.dataspace.messages import LONGEST_ID
from aifactory.datasets.dataspace.models import Message, Negotiation, Process, Transfer
from aifactory.datasets.dataspace.rules import DATASPACE
from aifactory.kit import clock
from aifactory.ports.dataspace import AddressRefused, Answer, Caller, Identity, Unreachable
from aifactory.ports.registry import get

log = structlog.get_logger()
GIVE_UP = timedelta(hours=24)
LONGEST_PAUSE_S = 3_600
#: What the courier of a living server does at once is not the worker's business yet.
GRACE = timedelta(seconds=3)
_AGAIN = {408, 425, 429}
WAITING = Message.Standing.WAITING
KINDS: dict[str, type[Process]] = {Negotiation.PREFIX: Negotiation, Transfer.PREFIX: Transfer}


def kind_of(process_id: str) -> type[Process]:
    """Return the kind of process that an id names. Raises `KeyError`."""
    return KINDS[process_id.partition("_")[0]]


def turn() -> int:
    """Take up every process that waits for us and every message that is due; return how many there were."""
    before = clock.now() - GRACE
    waiting = [
        pk
        for kind in KINDS.values()
        for pk in kind._base_manager.filter(attend=True, attend_at__lte=before)  # noqa: SLF001 - Django's own name
        .order_by("attend_at")
        .values_list("pk", flat=True)[:200]
    ]
    due = Message.objects.filter(standing=WAITING, due_at__lte=before).filter(_free())
    waiting += due.order_by("due_at").values_list("process", flat=True)[:200]
    for process_id in dict.fromkeys(waiting):
        try:
            carry_on(process_id)
        except Exception:  # one process that can't go on holds up no other
            log.exception("dataspace_process_failed", process=process_id)
    return len(set(waiting))


def carry_on(process_id: str) -> None:
    """Do what is ours to do in one process now, then deliver what waits."""
    attend(process_id)
    _deliver_waiting(process_id)


def attend(process_id: str) -> None:
    """Look at the process once, if it waits for us."""
    with transaction.atomic():
        rows: Any = kind_of(process_id)._base_manager.select_for_update(of=("self",))  # noqa: SLF001
        process = (
            rows.select_related("participant__organisation")
            .filter(pk=process_id, attend=True, attend_at__lte=clock.now())
            .first()
        )
        if process is not None:
            turns.take(process)


def deliver(process: Process, message: Message) -> None:
    """Deliver a message of a process that was written, and claimed, a moment ago; then what waits behind it."""
    if _deliver(message, process):
        _deliver_waiting(process.pk)


def _deliver_waiting(process_id: str) -> None:
    while (message := _claimed(process_id)) and _deliver(message):
        pass


def _free() -> Q:
    return Q(claimed_until=None) | Q(claimed_until__lt=clock.now())


def _claimed(process_id: str) -> Message | None:
    """Take the oldest waiting message of a process, if it is due and nobody else has it."""
    first = kept.oldest_waiting(process_id)
    now = clock.now()
    if first is None or (first.due_at and first.due_at > now):
        return None
    won = (
        Message.objects.filter(pk=first.pk, standing=WAITING)
        .filter(_free())
        .update(claimed_until=now + kept.CLAIM, tries=F("tries") + 1)
    )
    first.tries += 1
    return first if won else None


def _deliver(message: Message, process: Any = None) -> bool:
    """Send one message and write down what came of it; say whether the next one may follow.

    `process`: as it was read in the transaction that wrote the message, where that was a moment ago.
    """
    rows = kind_of(message.process)._base_manager.select_related("participant")  # noqa: SLF001
    process = process or rows.get(pk=message.process)
    if process.participant.state != "admitted":
        return _settle(message, Message.Standing.DROPPED, _("The participant is blocked."))
    try:
        return _answered(process, message, _send(process, message))
    except Unreachable as problem:
        return _later(process, message, str(problem))
    except AddressRefused as problem:
        return _refused(process, message, str(problem))


def _answered(process: Any, message: Message, answer: Answer) -> bool:
    said = f"{answer.status} {answer.body.get('code', '')} {answer.body.get('reason', '')}"
    if 200 <= answer.status < 300:
        return _delivered(process, message, answer)
    if answer.status >= 500 or answer.status in _AGAIN:
        return _later(process, message, said)
    if message.tries > 1 and _arrived_before(process):
        return _settle(message, Message.Standing.DELIVERED, "")
    return _refused(process, message, said)


def _send(process: Process, message: Message) -> Answer:
    path = message.path.format(pid=process.their_pid)
    return _call(process, "POST", path, message.body, {"Idempotency-Key": str(message.key)})


def _call(
    process: Process, method: str, path: str, body: dict[str, Any] | None, headers: dict[str, str]
) -> Answer:
    proof = get(Identity).present(process.participant.identifier)
    return get(Caller).call(method, f"{process.callback.rstrip('/')}/{path}", body, proof | headers)


def _arrived_before(process: Any) -> bool:
    """Ask where the other side stands: a message sent again is refused by who knows no idempotency keys."""
    if not process.their_pid:
        return False
    try:
        answer = _call(process, "GET", f"{moving.PATHS[type(process)]}/{process.their_pid}", None, {})
    except (Unreachable, AddressRefused):
        return False
    return answer.status == 200 and answer.body.get("state") == process.state.upper()


def _delivered(process: Any, message: Message, answer: Answer) -> bool:
    if not process.their_pid:
        named = answer.body.get("providerPid")
        if not isinstance(named, str) or not 0 < len(named) <= LONGEST_ID or not named.isprintable():
            return _refused(process, message, "The answer names no providerPid.")
        with transaction.atomic():
            type(process)._base_manager.filter(pk=process.pk, their_pid="").update(their_pid=named)  # noqa: SLF001
            return _settle(message, Message.Standing.DELIVERED, "")
    return _settle(message, Message.Standing.DELIVERED, "")


def _settle(message: Message, standing: Message.Standing, trouble: str) -> bool:
    kept.settle(message, standing, trouble)
    return True


def _later(process: Process, message: Message, trouble: str) -> bool:
    if clock.now() - message.at > GIVE_UP:
        return _refused(process, message, trouble)
    pause = timedelta(seconds=min(2**message.tries, LONGEST_PAUSE_S))
    Message.objects.filter(pk=message.pk).update(
        trouble=trouble[:300], due_at=clock.now() + pause, claimed_until=None
    )
    return False


def _refused(process: Any, message: Message, trouble: str) -> bool:
    """The other side says no for good: the process is over, and it hears so where it can be told."""
    reason = _("The other side refused our message: %(said)s") % {"said": trouble}
    with transaction.atomic():
        _settle(message, Message.Standing.REFUSED, trouble)
        process = type(process)._base_manager.select_for_update().get(pk=process.pk)  # noqa: SLF001
        if process.over:
            return True
        if process.their_pid:
            moving.terminate(process, by=DATASPACE, code="refused", reason=reason)
        else:
            fire(process, "terminate", by=DATASPACE, reason=reason[:500])
    return True
