"""What the consumer opens: a negotiation about an offer, and the transfer of what was agreed."""

from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from aifactory.audit.actions import NotPossibleNow
from aifactory.awards.models import Project
from aifactory.datasets import vocabulary as v
from aifactory.datasets.agreeing import PurposeDiffers
from aifactory.datasets.dataspace import moving, policies
from aifactory.datasets.dataspace.messages import PULL, write
from aifactory.datasets.dataspace.models import Negotiation, Participant, Transfer
from aifactory.datasets.dataspace.permissions import Permission
from aifactory.datasets.terms import Terms
from aifactory.kit import clock
from aifactory.kit.errors import FieldError, Invalid
from aifactory.people.models import User
from aifactory.ports.identity import Actor


def begin(
    participant: Participant,
    *,
    by: User,
    policy: dict[str, Any],
    dataset: str,
    title: str,
    project: Project,
    purpose: str,
) -> Negotiation:
    """Open a negotiation about an offer, narrowed to one purpose. Raises `Invalid`, `PurposeDiffers`."""
    offer = narrowed(policy, dataset, project=project, purpose=purpose)
    negotiation = Negotiation(
        role="consumer",
        participant=participant,
        callback=participant.address,
        dataset=dataset,
        title=title[:200],
        offer=offer,
        project=project.pk,
        purpose=purpose,
        requested_by=by,
        attend_at=clock.now(),
    )
    body = write(
        "ContractRequestMessage",
        consumerPid=negotiation.pk,
        offer=offer,
        callbackAddress=str(settings.DATASPACE_ADDRESS),
    )
    moving.begin(
        negotiation,
        "negotiation:start",
        by=by,
        body=body,
        path="negotiations/request",
        permission=Permission.NEGOTIATE,
    )
    return negotiation


def narrowed(policy: dict[str, Any], dataset: str, *, project: Project, purpose: str) -> dict[str, Any]:
    """Return an offer as it can be used for a project: for one purpose. Raises `Invalid`, `PurposeDiffers`."""
    terms = understood(policy)
    if purpose not in v.PURPOSES or purpose not in terms.purposes:
        raise Invalid([FieldError("purpose", _("Choose a purpose of the offer."), "purpose")])
    if project.state != "active":
        raise Invalid([FieldError("project", _("Choose a project that runs."), "active")])
    if project.purpose and project.purpose != purpose:
        raise PurposeDiffers(
            _("The project was granted for another purpose: %(purpose)s.") % {"purpose": project.purpose},
            field="purpose",
            rule="purpose limitation (GDPR article 5(1)(b))",
        )
    return policies.write(policies.narrowed(terms, purpose=purpose), policy["@id"], target=dataset)


def understood(policy: dict[str, Any]) -> Terms:
    """Return the terms of an offer. Raises `Invalid` for words that we don't know: they are never agreed to."""
    terms = policies.read(policy)
    if terms.unknown:
        said = _("Its terms use words that this factory does not know.")
        raise Invalid([FieldError("offer", said, "closed vocabulary")])
    return terms


def gives(policy: dict[str, Any], purpose: str) -> bool:
    """Say whether an offer is for this one purpose: then it can be accepted as it is."""
    return understood(policy).purposes == (purpose,)


def get_data(negotiation: Negotiation, *, by: Actor) -> Transfer:
    """Ask for the data of a concluded agreement; it comes in by itself, and the project can use it then."""
    if negotiation.role != "consumer" or negotiation.state != "finalized":
        raise NotPossibleNow(_("There is no agreement to get data under yet."), next_step=_("Wait for it."))
    if negotiation.transfers.exclude(state__in=("terminated", "completed")).exists():
        raise NotPossibleNow(_("The data is on its way, or here."), next_step=_("Look at the transfer."))
    if negotiation.agreed is not None and negotiation.agreed.state == "ended":
        raise NotPossibleNow(_("The agreement has ended."), next_step=_("Ask for the data anew."))
    transfer = Transfer(
        role="consumer",
        participant=negotiation.participant,
        callback=negotiation.participant.address,
        negotiation=negotiation,
        agreement_pid=negotiation.agreement_pid,
        format=PULL,
        attend_at=clock.now(),
    )
    body = write(
        "TransferRequestMessage",
        consumerPid=transfer.pk,
        agreementId=negotiation.agreement_pid,
        format=PULL,
        callbackAddress=str(settings.DATASPACE_ADDRESS),
    )
    moving.begin(
        transfer, "transfer:ask", by=by, body=body, path="transfers/request", permission=Permission.TRANSFER
    )
    return transfer
