"""The provider's side of an agreement: concluded with another participant, kept among the factory's own."""

import secrets
from datetime import UTC, datetime, time, timedelta
from hashlib import sha256

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from aifactory.audit.actions import enter, fire
from aifactory.datasets import contracts
from aifactory.datasets.dataspace import moving, policies
from aifactory.datasets.dataspace.models import Message, Negotiation, Transfer
from aifactory.datasets.dataspace.questions import Question
from aifactory.datasets.dataspace.rules import DATASPACE
from aifactory.datasets.models import Agreement, DatasetVersion, Offer
from aifactory.datasets.permissions import Permission
from aifactory.datasets.terms import Terms
from aifactory.kit import clock
from aifactory.kit.errors import Refused
from aifactory.ports.dataspace import Identity
from aifactory.ports.identity import Actor
from aifactory.ports.registry import get

TOKEN_LIFETIME = timedelta(hours=1)
YEAR = timedelta(days=365)
HTTP = "https://w3id.org/idsa/v4.1/HTTP"
#: what a contract is about
_AROUND = ("offer", "version", "organisation")
NEWEST = Question(
    lambda dataset: (
        DatasetVersion.objects.filter(dataset=dataset, state="published").order_by("-number").defer("report")
    )
)
CONCLUDED = Question(
    lambda pk: (
        Agreement.objects.select_related("offer__dataset", "version", "organisation")
        .defer("version__report")
        .filter(pk=pk)
    )
)


class OnePurpose(Refused):
    """An agreement is for one purpose; the request leaves several open."""


class NothingToGive(Refused):
    """The dataset has no published version."""


def asked(negotiation: Negotiation) -> Terms | None:
    """Return the terms that we, the consumer, asked for last."""
    sent = Message.objects.filter(process=negotiation.pk, kind="ContractRequestMessage").order_by("id").last()
    return policies.read(sent.body["offer"]) if sent else None


def agree(negotiation: Negotiation, offer: Offer, *, by: Actor, person: str) -> None:
    """Agree as the holder: the agreement is made, signed for `person` (an id), and sent.

    Raises `OnePurpose`, `NothingToGive`, `TermsDoNotAllow`, `NoValidAgreement` for data that stays here.
    """
    agreement = _drafted(negotiation, offer)
    contracts.may_leave(agreement)
    with transaction.atomic(savepoint=False):
        enter(agreement, "agreement:request", by=DATASPACE, permission=Permission.REQUEST, keep=_AROUND)
        agreement.valid_from = clock.now()
        changes = {
            "valid_from": agreement.valid_from,
            "digest": agreement.contract_digest(),
            "holder_signature": contracts.signature(agreement, party="holder", person=person),
        }
        data = {"contract": changes["digest"]}
        fire(agreement, "agree", by=DATASPACE, data=data, keep=_AROUND, **changes)  # it asks the terms
        policy = policies.write(
            policies.read(negotiation.offer),
            agreement.pk,
            "Agreement",
            target=offer.dataset_id,
            assigner=get(Identity).participant,
            assignee=negotiation.participant.identifier,
            timestamp=clock.stamp(agreement.valid_from),
        )
        moving.move(
            negotiation,
            "agree",
            by=by,
            said={"agreement": policy},
            agreement=policy,
            agreement_pid=agreement.pk,
            agreed=agreement,
        )


def _drafted(negotiation: Negotiation, offer: Offer) -> Agreement:
    terms = policies.read(negotiation.offer)
    if len(terms.purposes) != 1:
        raise OnePurpose(
            _("An agreement is for one purpose."),
            field="purpose",
            next_step=_("Ask again for one of: %(purposes)s.") % {"purposes": ", ".join(terms.purposes)},
        )
    version = NEWEST.first(offer.dataset_id)
    if version is None:
        raise NothingToGive(_("There is no published version of this dataset now."))
    return Agreement(
        offer=offer,
        version=version,
        organisation=negotiation.participant.organisation,
        project=negotiation.pk,
        requested_by_id=negotiation.participant.contact_id,
        purpose=terms.purposes[0],
        terms=terms.document(),
        valid_until=last_moment(terms),
    )


def last_moment(terms: Terms) -> datetime:
    """Return the end of the last day (UTC) of the terms, or a year from now, whichever comes first."""
    year = clock.now() + YEAR
    if terms.until is None:
        return year
    return min(year, datetime.combine(terms.until, time.min, UTC) + timedelta(days=1))


def conclude(negotiation: Negotiation) -> None:
    """The consumer has verified: its signature is set under the agreement, which is now in force."""
    agreement = CONCLUDED.first(negotiation.agreed_id or "")
    if agreement is None:
        raise NothingToGive(_("There is no agreement to conclude."))
    with transaction.atomic(savepoint=False):
        contracts.signed_by(agreement, "holder")
        envelope = contracts.signature(agreement, party="user", person=negotiation.participant.identifier)
        fire(
            agreement,
            "conclude",
            by=DATASPACE,
            data={"contract": agreement.digest},
            user_signature=envelope,
        )
        moving.move(negotiation, "finalize", by=DATASPACE)


def start(transfer: Transfer, *, by: Actor = DATASPACE) -> None:
    """Open the data for the consumer: an address, and a token for it that is good for an hour.

    Raises `NoValidAgreement` where the agreement does not hold now.
    """
    agreement = agreement_behind(transfer)
    token = secrets.token_urlsafe(32)
    until = min(clock.now() + TOKEN_LIFETIME, agreement.valid_until)
    address = {
        "@type": "DataAddress",
        "endpointType": HTTP,
        "endpoint": f"{settings.DATASPACE_ADDRESS}/data/{transfer.pk}",
        "endpointProperties": [
            {"@type": "EndpointProperty", "name": "authorization", "value": token},
            {"@type": "EndpointProperty", "name": "authType", "value": "bearer"},
        ],
    }
    with transaction.atomic():
        moving.move(
            transfer,
            "start",
            by=by,
            said={"dataAddress": address},
            version=agreement.version,
            suspended_by="",
        )
        Transfer.objects.filter(pk=transfer.pk).update(token_digest=digest_of(token), token_until=until)


def digest_of(token: str) -> str:
    """Return what is kept of a token."""
    return "sha256:" + sha256(token.encode()).hexdigest()


def agreement_behind(transfer: Transfer) -> Agreement:
    """Return the agreement that a transfer of ours rests on, asked anew. Raises `NoValidAgreement`."""
    negotiation = transfer.negotiation
    agreement = negotiation.agreed if negotiation else None
    if agreement is None:
        raise contracts.never_concluded()
    fresh = Agreement.objects.select_related("version__dataset", "offer__dataset", "organisation").get(
        pk=agreement.pk
    )
    contracts.check(fresh, version=fresh.version, project=fresh.project, purpose=fresh.purpose)
    contracts.may_leave(fresh)
    return fresh


def watch() -> int:
    """Carry the state of our agreements to the consumers: suspended, in force again, or ended.

    Called by the worker; looks at states only, so that nothing is lost. Returns how many transfers moved.
    """
    rows = Transfer.objects.filter(role="provider", state__in=("started", "suspended")).select_related(
        "negotiation__agreed__version__dataset", "participant"
    )
    moved = 0
    for transfer in rows.filter(_out_of_step()):
        moved += _follow(transfer)
    return moved


def _out_of_step() -> Q:
    now = clock.now()
    broken = (
        ~Q(negotiation__agreed__state="in_force")
        | Q(negotiation__agreed__valid_until__lte=now)
        | ~Q(negotiation__agreed__version__state="published")
        | ~Q(negotiation__agreed__version__dataset__state="published")
    )
    mended = Q(state="suspended", suspended_by="us", negotiation__agreed__state="in_force")
    return (
        mended
        | (Q(state="started") & broken)
        | (Q(state="suspended") & broken & ~Q(negotiation__agreed__state="suspended"))
    )


def _follow(transfer: Transfer) -> int:
    agreement = transfer.negotiation.agreed if transfer.negotiation else None
    try:
        agreement_behind(transfer)
    except contracts.NoValidAgreement as refusal:
        if agreement is not None and agreement.state == "suspended" and not agreement.expired:
            said = {"code": "suspended", "reason": [refusal.message]}
            moving.move(
                transfer, "suspend", by=DATASPACE, said=said, reason=refusal.message[:500], suspended_by="us"
            )
        else:
            moving.terminate(transfer, by=DATASPACE, code="ended", reason=refusal.message)
        return 1
    if transfer.state == "suspended":
        start(transfer)
        return 1
    return 0
