"""What people do in the dataspace: keep the list, ask for data, decide, and stop."""

from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from aifactory.audit.actions import NotPossibleNow, enter, fire
from aifactory.awards.models import Project
from aifactory.datasets.dataspace import agreed, moving, policies
from aifactory.datasets.dataspace.asking import begin, get_data, understood
from aifactory.datasets.dataspace.models import Negotiation, Participant, Process, Transfer
from aifactory.datasets.dataspace.permissions import Permission
from aifactory.datasets.dataspace.proposals import as_seen, take_up
from aifactory.datasets.dataspace.queries import their_dataset
from aifactory.datasets.models import Offer
from aifactory.kit.errors import FieldError, Invalid, NotAllowed, NotFound
from aifactory.people.models import Organisation, User
from aifactory.ports.identity import Actor

__all__ = [
    "accept", "admit", "admit_again", "ask", "begin", "block", "complete", "decide", "get_data", "step", "stop",
    "take_up",
]  # fmt: skip
_PUBLIC_KEY = {"kty", "crv", "x", "y", "n", "e", "kid", "alg", "use"}


def admit(
    organisation: Organisation,
    *,
    by: User,
    identifier: str,
    address: str,
    keys: list[dict[str, Any]],
    issuer: str = "",
    keys_address: str = "",
) -> Participant:
    """Put another party on the list: from now on it is answered. Raises `Invalid`, `NotAllowed`.

    `keys` are its public keys (JWK), or those of the OpenID provider that `issuer` names; `keys_address` is where they
    are published (a JWK Set), so that a new one is found by itself.
    """
    identifier, address, keys_address = identifier.strip(), address.strip().rstrip("/"), keys_address.strip()
    errors = []
    if not identifier or len(identifier) > 200 or not identifier.isprintable():
        errors.append(FieldError("identifier", _("Give its identifier in the dataspace."), "required"))
    if not address.startswith(("https://", "http://")) or len(address) > 190:
        errors.append(
            FieldError("address", _("Give the address of its endpoints, with https://."), "address")
        )
    if keys_address and (not keys_address.startswith(("https://", "http://")) or len(keys_address) > 200):
        errors.append(
            FieldError("keys_address", _("Give the address of the keys, with https://."), "address")
        )
    if any(not isinstance(key, dict) or "kty" not in key or set(key) - _PUBLIC_KEY for key in keys):
        errors.append(FieldError("keys", _("Give public keys only, each as a JWK."), "public JWK"))
    if errors:
        raise Invalid(errors)
    participant = Participant(
        organisation=organisation,
        contact=by,
        identifier=identifier,
        address=address,
        issuer=issuer.strip() or identifier,
        keys=keys,
        keys_address=keys_address,
    )
    try:
        with transaction.atomic():
            return enter(participant, "participant:admit", by=by, permission=Permission.ADMIT)
    except IntegrityError as problem:
        raise Invalid([FieldError("identifier", _("This party is on the list."), "unique")]) from problem


def block(participant: Participant, *, by: Actor) -> Participant:
    """Answer this party no more, and give it nothing more, from this moment on."""
    return fire(participant, "block", by=by)


def admit_again(participant: Participant, *, by: Actor) -> Participant:
    """Answer it again."""
    return fire(participant, "admit_again", by=by)


def ask(
    participant: Participant, *, by: User, dataset: str, offer: str, project: Project, purpose: str
) -> Negotiation:
    """Ask another participant for data for a project, under one of its offers, for one purpose.

    Raises `NoCatalogue`, `Invalid`, `NotAllowed`, `NotFound`, `PurposeDiffers`.
    """
    entry = their_dataset(participant, dataset)
    policy = next((o["policy"] for o in entry["offers"] if o["id"] == offer), None)
    if policy is None:
        raise NotFound(_("There is no such offer now."), next_step=_("Look in the catalogue again."))
    return begin(
        participant,
        by=by,
        policy=policy,
        dataset=dataset,
        title=entry["title"],
        project=project,
        purpose=purpose,
    )


def decide(negotiation: Negotiation, *, by: User, agree: bool, reason: str = "") -> Negotiation:
    """The holder's steward says yes or no to a request; a no needs a reason. Raises `NotPossibleNow`, `Invalid`."""
    if not by.may(Permission.NEGOTIATE, negotiation):
        raise NotAllowed(_("Only the holder's steward decides."), rule=Permission.NEGOTIATE)
    if negotiation.role != "provider" or negotiation.state != "requested":
        raise NotPossibleNow(_("There is nothing to decide now."), next_step=_("Reload the page."))
    if not agree:
        stop(negotiation, by=by, reason=reason)
        return negotiation
    offer = Offer.objects.select_related("dataset").get(pk=negotiation.offer["@id"])
    with transaction.atomic():
        agreed.agree(negotiation, offer, by=by, person=by.pk)
    return negotiation


def accept(negotiation: Negotiation, *, by: User, seen: str = "") -> Negotiation:
    """The people who asked take the provider's other offer; `seen` is the digest of the one that they read.

    Raises `Invalid` where it can't be used, `NotPossibleNow` where it is another one by now.
    """
    with transaction.atomic():
        return _accepted(as_seen(negotiation, seen) if seen else negotiation, by)


def _accepted(negotiation: Negotiation, by: User) -> Negotiation:
    terms = understood(negotiation.offer)
    if negotiation.purpose not in terms.purposes:
        raise Invalid([FieldError("purpose", _("The offer is not for your purpose."), "purpose")])
    narrow = policies.write(
        policies.narrowed(terms, purpose=negotiation.purpose),
        negotiation.offer["@id"],
        target=negotiation.dataset,
    )
    if terms.purposes == (negotiation.purpose,):
        moving.move(negotiation, "accept", by=by)
    else:  # the offer leaves the purpose open: ask for it again, for ours
        moving.move(negotiation, "request", by=by, said={"offer": narrow}, offer=narrow)
    return negotiation


def stop(process: Process, *, by: Actor, reason: str) -> None:
    """End a negotiation or a transfer, with a reason that the other side hears."""
    if not by.may(Permission.STOP, process):
        raise NotAllowed(_("You may not end this."), rule=Permission.STOP)
    if not 3 <= len(reason.strip()) <= 500:
        raise Invalid([FieldError("reason", _("Give a reason of at most 500 characters."), "required")])
    moving.terminate(process, by=by, code="stopped", reason=reason.strip())


def complete(transfer: Transfer, *, by: Actor) -> Transfer:
    """Say that the data is not needed any more; our agreement ends with it."""
    moving.move(transfer, "complete", by=by, reason=_("The project is done with the data."))
    return transfer


def step(process: Process, name: str, *, by: User, reason: str = "", seen: str = "") -> None:
    """Take the step of that name: agree, refuse, accept, complete or end. Raises `Invalid` for any other."""
    match (process, name):
        case (Negotiation() as negotiation, "agree" | "refuse"):
            decide(negotiation, by=by, agree=name == "agree", reason=reason)
        case (Negotiation() as negotiation, "accept"):
            accept(negotiation, by=by, seen=seen)
            negotiation.refresh_from_db()
        case (Transfer(role="consumer") as transfer, "complete"):
            complete(transfer, by=by)
        case (_, "end"):
            stop(process, by=by, reason=reason)
        case _:
            raise Invalid([FieldError("step", _("There is no such step."), "closed list")])
