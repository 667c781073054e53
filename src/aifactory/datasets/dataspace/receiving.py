"""What other participants send us: each message is bound to its process and its sender, and walks one step.

A message that came before (same idempotency key) gets the same answer and changes nothing.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from aifactory.audit.actions import NotPossibleNow, enter, fire
from aifactory.datasets.dataspace import courier, kept, turns
from aifactory.datasets.dataspace.conduct import conduct
from aifactory.datasets.dataspace.messages import CONSUMER, PROVIDER
from aifactory.datasets.dataspace.messages import Message as Read
from aifactory.datasets.dataspace.models import Message, Negotiation, Participant, Process, Transfer
from aifactory.datasets.dataspace.permissions import Permission
from aifactory.datasets.dataspace.proposals import leave_room
from aifactory.datasets.dataspace.questions import Question
from aifactory.datasets.dataspace.rules import counterparty
from aifactory.kit import clock
from aifactory.kit.errors import NotFound, Refused

P = TypeVar("P", Negotiation, Transfer)


_OPENED: dict[type[Process], tuple[str, str]] = {
    Negotiation: ("negotiation:open", Permission.NEGOTIATE),
    Transfer: ("transfer:open", Permission.TRANSFER),
}


def _asked(rows: Any) -> Question[Any]:
    return Question(lambda pid, sender: rows.filter(pk=pid, participant=sender))


#: a process with a participant by our own name of it; held to the end of the transaction, or not
_HELD = {kind: _asked(kind._base_manager.select_for_update()) for kind in _OPENED}  # noqa: SLF001 - Django's own name
_KNOWN = {kind: _asked(kind._base_manager.all()) for kind in _OPENED}  # noqa: SLF001


@dataclass(frozen=True)
class Taken:
    """Where a message led, by both names of its process: what the answer says, whatever we did next."""

    consumer_pid: str
    provider_pid: str
    state: str

    @classmethod
    def by(cls, process: Negotiation | Transfer, state: str) -> "Taken":
        return cls(process.consumer_pid, process.provider_pid, state)


class NoSuchProcess(NotFound):
    """There is no such process with this participant: absent, somebody else's, and of our other role alike."""


class OtherProcess(Refused):
    """The identifiers in the message are not those of this process."""

    status = 400


class KnownAlready(Refused):
    """The sender opened a process under this identifier before, with another message."""


class KeyUsedBefore(Refused):
    """One idempotency key came with two messages."""

    status = 422


class NotYourTurn(Refused):
    """This step is the other party's."""


def request_negotiation(message: Read, participant: Participant, key: str | None) -> Taken:
    """A consumer asks for a contract. Raises `OfferIsUnknown`, `AddressNotAllowed`, `KnownAlready`."""
    conduct().check_callback(participant, message["callbackAddress"])
    facts = conduct().facts(message)
    negotiation = Negotiation(
        role=PROVIDER, their_pid=message["consumerPid"], offer=message["offer"], **facts
    )
    return _open(negotiation, message, participant, key)


def offer_negotiation(message: Read, participant: Participant, key: str | None) -> Taken:
    """A provider makes us an offer that nobody asked for; people decide whether to take it up.

    Raises `TooManyOffers`, `AddressNotAllowed`, `KnownAlready`.
    """
    conduct().check_callback(participant, message["callbackAddress"])
    negotiation = Negotiation(
        role=CONSUMER,
        state="offered",
        their_pid=message["providerPid"],
        offer=message["offer"],
        dataset=message["offer"]["target"],
    )
    with transaction.atomic():
        leave_room(participant, negotiation.their_pid, conduct().most_offers)
        return _open(negotiation, message, participant, key, "negotiation:propose")


def request_transfer(message: Read, participant: Participant, key: str | None) -> Taken:
    """A consumer asks for data under an agreement. Raises `CannotTransfer`, `AddressNotAllowed`."""
    conduct().check_callback(participant, message["callbackAddress"])
    transfer = Transfer(
        role=PROVIDER,
        their_pid=message["consumerPid"],
        agreement_pid=message["agreementId"],
        format=message["format"],
        negotiation=conduct().agreement_of(participant, message),
    )
    return _open(transfer, message, participant, key)


def _open(process: P, message: Read, participant: Participant, key: str | None, event: str = "") -> Taken:
    """Enter a process that the other party opens; the same message again finds the same process."""
    usual, permission = _OPENED[type(process)]
    process.participant, process.callback = participant, message["callbackAddress"]
    process.attend, process.attend_at = _waits(), _soon()
    try:
        with transaction.atomic():
            enter(
                process,
                event or usual,
                by=counterparty(participant),
                permission=permission,
                keep=("participant",),
            )
            kept.receive(process, message.type, message.body, message.digest, _received(key))
            taken = Taken.by(process, process.state)
            _our_turn(process)
    except IntegrityError:  # it came before
        known = _known(process, message, participant)
        if known is None:
            raise
        return Taken.by(known, process.state)
    return taken


def _known(process: P, message: Read, participant: Participant) -> P | None:
    rows: Any = type(process)._base_manager.filter(participant=participant, role=process.role)  # noqa: SLF001
    found: P | None = rows.filter(their_pid=process.their_pid).first()
    if found is None:
        return None
    first = Message.objects.filter(process=found.pk).order_by("id").first()
    if first is None or first.digest != message.digest:
        raise KnownAlready(
            _("You have opened a process under this identifier before."),
            next_step=_("Use a new identifier for a new process."),
        )
    return found


def receive(kind: type[P], pid: str, message: Read, participant: Participant, key: str | None) -> Taken:
    """Walk the step that a message asks for in a process with its sender.

    Raises `NoSuchProcess`, `OtherProcess`, `KeyUsedBefore`, `NotYourTurn`, `NotPossibleNow`, `Malformed`.
    """
    with transaction.atomic():
        process = find(kind, pid, participant, lock=True)
        name = message.transition(process.role)
        led_to = process.LIFECYCLE.transition(name).target
        if not kept.receive(process, message.type, message.body, message.digest, _received(key)):
            _is_the_same(process, message, key)
            return Taken.by(process, led_to)
        learned = _check_names(process, message)
        changes = learned | _changes(process, name, message) | _secrets(process, name, message)
        changes |= {"attend": _waits(), "attend_at": _soon()}
        fire(process, name, by=counterparty(participant), keep=("participant",), **changes)
        if process.over:  # what we had still to say is overtaken
            Message.objects.filter(process=process.pk, standing=Message.Standing.WAITING).update(
                standing=Message.Standing.DROPPED, due_at=None
            )
        taken = Taken.by(process, led_to)
        _our_turn(process)
    return taken


def _is_the_same(process: Process, message: Read, key: str | None) -> None:
    """Raise `KeyUsedBefore` where a key that came before came with another message."""
    earlier = Message.objects.filter(process=process.pk, key=_received(key)).values_list("digest", flat=True)
    if earlier.first() != message.digest:
        raise KeyUsedBefore(
            _("This idempotency key came with another message before, so nothing was done."),
            rule="idempotency-key",
            next_step=_("Send it again under a new key."),
        )


def _our_turn(process: Process) -> None:
    """Make our move in the same transaction, where it need not wait: nobody has to look at the process again."""
    if process.attend:
        courier.wake(process)
    else:
        turns.take(process)


def find(kind: type[P], pid: str, participant: Participant, *, lock: bool = False) -> P:
    """Return a process with this participant by our own identifier. Raises `NoSuchProcess`."""
    asked = _HELD if lock else _KNOWN
    found: Any = asked[kind].first(pid, participant.pk) if pid.isprintable() else None
    if found is None:
        raise NoSuchProcess(_("There is no such process with you."))
    found.participant = participant
    return found  # type: ignore[no-any-return]


def _check_names(process: Process, message: Read) -> dict[str, str]:
    """The message must name the process as both parties know it; return the other's name where we learn it here."""
    ours, theirs = ("providerPid", "consumerPid")
    if process.role == CONSUMER:
        ours, theirs = theirs, ours
    known = process.their_pid or message[theirs]
    if message[ours] != process.pk or message[theirs] != known:
        raise OtherProcess(_("The message names another process."), rule="pid")
    return {} if process.their_pid else {"their_pid": known}


def _changes(process: Any, name: str, message: Read) -> dict[str, Any]:
    """Return the fields that the message sets; a message that is not the sender's to send is refused."""
    if isinstance(process, Transfer):
        return _transfer_changes(process, name, message)
    match name:
        case "request":
            conduct().facts(message)
            conduct().check_target(process, message["offer"])
            return {"offer": message["offer"]}
        case "offer":
            conduct().check_target(process, message["offer"])
            return {"offer": message["offer"]}
        case "agree":
            return {"agreement": message["agreement"], "agreement_pid": message["agreement"]["@id"]}
        case "terminate":
            return {"reason": message.reason}
    return {}


def _transfer_changes(transfer: Transfer, name: str, message: Read) -> dict[str, Any]:
    if name == "start":
        first = transfer.state == "requested" and transfer.role == PROVIDER
        if first or (transfer.state == "suspended" and transfer.suspended_by != "them"):
            raise NotYourTurn(_("Only who provides the data or who suspended its transfer starts it."))
        return {"suspended_by": "", "reason": ""}
    if name == "suspend":
        return {"suspended_by": "them", "reason": message.reason}
    return {"reason": message.reason} if name == "terminate" else {}


def _secrets(process: Any, name: str, message: Read) -> dict[str, Any]:
    """Keep what opens the data, where a provider starts a transfer to us."""
    if not isinstance(process, Transfer) or name != "start" or process.role != CONSUMER:
        return {}
    address = message["dataAddress"] or process.data_address
    return {"data_address": address, "pull_at": clock.now(), "trouble": ""}


def _received(key: str | None) -> str | None:
    return f"in:{key[:70]}" if key else None


def _waits() -> bool:
    """Whether a move of ours has to wait for a moment."""
    return conduct().delay_s > 0


def _soon() -> datetime:
    return clock.now() + timedelta(seconds=conduct().delay_s)


__all__ = [
    "KnownAlready", "NoSuchProcess", "NotPossibleNow", "NotYourTurn", "OtherProcess", "find",
    "offer_negotiation", "receive", "request_negotiation", "request_transfer",
]  # fmt: skip
