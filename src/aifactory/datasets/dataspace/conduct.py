"""How the factory behaves in a process: which offers it knows, and what it does when it is its turn.

It decides nothing that people have not decided: an offer without a decision per request is agreed to at once,
any other waits for the holder's steward; as consumer it accepts what was asked for, and nothing else.
"""

from typing import Any, Protocol
from urllib.parse import urlsplit

from django.utils.translation import gettext as _

from aifactory.datasets.dataspace import agreed, asking, catalogue, moving, policies
from aifactory.datasets.dataspace.messages import PULL
from aifactory.datasets.dataspace.messages import Message as Read
from aifactory.datasets.dataspace.models import Message as Kept
from aifactory.datasets.dataspace.models import Negotiation, Participant, Transfer
from aifactory.datasets.dataspace.questions import Question
from aifactory.datasets.dataspace.rules import DATASPACE
from aifactory.datasets.models import Offer
from aifactory.kit.errors import NotFound, Refused
from aifactory.ports.dataspace import Identity
from aifactory.ports.registry import get

#: So often may a consumer ask for something else than is offered; then we end it.
MOST_COUNTERS = 3


OPEN = Question(
    lambda pk: Offer.objects.select_related("dataset").filter(pk=pk, state="open", dataset__state="published")
)


class OfferIsUnknown(NotFound):
    """The message names an offer or a dataset that is not in our catalogue."""

    status = 400


class AddressNotAllowed(Refused):
    """A callback that is not at the participant's own address."""

    status = 400


class CannotTransfer(Refused):
    """There is no agreement in force for this, or not in this form."""

    status = 400


class NotWhatWasAsked(Refused):
    """The agreement differs from what we asked for and accepted."""


class AskedTooOften(Refused):
    """The consumer keeps asking for more than is offered."""


class Conduct(Protocol):
    """`delay_s`: seconds to wait before every move of ours. `pulls`: whether data is got when it can be.

    `most_offers`: how many offers that nobody asked for may wait here, from one participant.
    """

    delay_s: float
    pulls: bool
    most_offers: int

    def check_callback(self, participant: Participant, address: str) -> None:
        """Raise `AddressNotAllowed`."""

    def facts(self, message: Read) -> dict[str, str]:
        """Return `dataset` and `title` of the offer that a request names. Raises `OfferIsUnknown`."""

    def check_target(self, negotiation: Negotiation, policy: dict[str, Any]) -> None:
        """Raise `OfferIsUnknown` for a policy that is about other data than the negotiation."""

    def page(self, filters: list[Any], after: str, limit: int) -> tuple[list[dict[str, Any]], str]:
        """Return entries of the catalogue, and the id to go on from."""

    def dataset(self, dataset_id: str) -> dict[str, Any] | None:
        """Return one entry of the catalogue."""

    def agreement_of(self, participant: Participant, message: Read) -> Negotiation | None:
        """Return the negotiation under whose agreement data is asked for. Raises `CannotTransfer`."""

    def proceed(self, process: Any) -> bool:
        """Make our next move, if there is one; say whether to look again. A `Refused` ends the process."""


class House:
    """The factory's own conduct. Implements `Conduct`."""

    delay_s = 0.0
    pulls = True
    most_offers = 20

    def check_callback(self, participant: Participant, address: str) -> None:
        """A callback must be at the host and port that are on record for the participant."""
        mine, theirs = urlsplit(participant.address), urlsplit(address)
        if (mine.scheme, mine.netloc) != (theirs.scheme, theirs.netloc):
            raise AddressNotAllowed(
                _("The callback address is not at the address that is on record for you."),
                rule="callback",
                next_step=_("Use an address under %(address)s.") % {"address": participant.address},
            )

    def facts(self, message: Read) -> dict[str, str]:
        """The offer must be open, of a published dataset, and about the dataset that the message names."""
        policy = message["offer"]
        offer = self._offer(policy)
        if policy.get("target", offer.dataset_id) != offer.dataset_id:
            raise OfferIsUnknown(_("This offer is about another dataset."), rule="target")
        return {"dataset": offer.dataset_id, "title": offer.dataset.title}

    def check_target(self, negotiation: Negotiation, policy: dict[str, Any]) -> None:
        """What lies on the table stays about the same dataset."""
        if policy.get("target", negotiation.dataset) != negotiation.dataset:
            raise OfferIsUnknown(_("The offer is about another dataset."), rule="target")

    def page(self, filters: list[Any], after: str, limit: int) -> tuple[list[dict[str, Any]], str]:
        """What is offered here."""
        return catalogue.page(filters, after=after, limit=limit)

    def dataset(self, dataset_id: str) -> dict[str, Any] | None:
        """One of what is offered here."""
        return catalogue.one(dataset_id)

    def _offer(self, policy: dict[str, Any]) -> Offer:
        offer = OPEN.first(policy["@id"])
        if offer is None:
            raise OfferIsUnknown(
                _("There is no such offer."), rule="offer", next_step=_("Look in the catalogue again.")
            )
        return offer

    def agreement_of(self, participant: Participant, message: Read) -> Negotiation | None:
        """The agreement must be one with this participant, concluded here, and in force."""
        if message["format"] != PULL:
            raise CannotTransfer(_("We transfer as %(format)s only.") % {"format": PULL}, rule="format")
        rows = Negotiation.objects.select_related("agreed__version__dataset", "agreed__offer__dataset")
        found = rows.filter(
            participant=participant,
            role="provider",
            state="finalized",
            agreement_pid=message["agreementId"],
        ).first()
        if found is None:
            raise CannotTransfer(_("There is no such agreement with you."), rule="agreement")
        return found

    def proceed(self, process: Any) -> bool:
        """Look what the state asks of our role."""
        match process:
            case Negotiation(role="provider", state="requested"):
                self._answer(process)
            case Negotiation(role="provider", state="accepted"):
                self._agree(process)
            case Negotiation(role="provider", state="verified"):
                agreed.conclude(process)
            case Negotiation(role="consumer", state="offered"):
                self._consider(process)
            case Negotiation(role="consumer", state="agreed"):
                _check_agreement(process)
                moving.move(process, "verify", by=DATASPACE)
            case Negotiation(role="consumer", state="finalized"):
                asking.get_data(process, by=DATASPACE)
            case Transfer(role="provider", state="requested"):
                agreed.start(process)
        return False

    def _answer(self, negotiation: Negotiation) -> None:
        """Agree, wait for the steward, or say what we do offer."""
        offer = self._offer(negotiation.offer)
        asked, offered = policies.read(negotiation.offer), policies.read_terms(offer.terms)
        if policies.within(asked, offered):
            if offer.self_service:
                agreed.agree(negotiation, offer, by=DATASPACE, person=offer.offered_by_id)
            return
        earlier = Kept.objects.filter(process=negotiation.pk, kind="ContractOfferMessage").count()
        if earlier >= MOST_COUNTERS:
            raise AskedTooOften(_("What is asked for is not what is offered, again and again."))
        policy = policies.write(offered, offer.pk, target=offer.dataset_id)
        moving.move(negotiation, "offer", by=DATASPACE, said={"offer": policy}, offer=policy)

    def _agree(self, negotiation: Negotiation) -> None:
        offer = self._offer(negotiation.offer)
        agreed.agree(negotiation, offer, by=DATASPACE, person=offer.offered_by_id)

    def _consider(self, negotiation: Negotiation) -> None:
        """Accept an offer that gives what we asked for; anything else is for the people who asked."""
        asked = agreed.asked(negotiation)
        given = policies.read(negotiation.offer)
        if asked and not given.unknown and given == asked:
            moving.move(negotiation, "accept", by=DATASPACE)


def _check_agreement(negotiation: Negotiation) -> None:
    """Raise `NotWhatWasAsked` unless the agreement says what lay on the table when we last said yes."""
    policy = negotiation.agreement or {}
    same = (
        policy.get("target") == negotiation.dataset
        and policy.get("assignee") == get(Identity).participant
        and policy.get("assigner") == negotiation.participant.identifier
        and not policies.read(policy).unknown
        and policies.read(policy) == policies.read(negotiation.offer)
    )
    if not same:
        raise NotWhatWasAsked(_("The agreement is not what we asked for."), rule="agreement")


_current: list[Conduct] = [House()]


def conduct() -> Conduct:
    """Return how this factory behaves."""
    return _current[0]


def use(other: Conduct) -> None:
    """Behave in another way: for the conformance kit."""
    _current[0] = other
