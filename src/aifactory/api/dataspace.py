"""Routes of the dataspace for the factory's own people; other participants speak `api.dsp`."""

from typing import Any, Literal

from django.http import HttpRequest
from ninja import Query, Router, Schema, Status

from aifactory.api.authentication import caller
from aifactory.api.paging import Paging, page
from aifactory.awards.models import Project
from aifactory.datasets.dataspace import actions, queries
from aifactory.datasets.dataspace.models import Negotiation, Participant, Transfer
from aifactory.people.models import Organisation
from aifactory.people.rules import find, visible

router = Router(tags=["dataspace"])


class ParticipantIn(Schema):
    """Who is put on the list; `keys` are public keys (JWK), of itself or of its `issuer`.

    `keys_address` is where they are published (a JWK Set), so that a new one is found by itself.
    """

    organisation: str
    identifier: str
    address: str
    keys: list[dict[str, Any]] = []
    issuer: str = ""
    keys_address: str = ""


class ParticipantFacts(Schema):
    """A participant on our list; `keys` are the names of its keys."""

    id: str
    identifier: str
    organisation: str
    address: str
    issuer: str
    keys: list[str]
    keys_address: str
    state: str


class ParticipantPage(Schema):
    """A page of participants."""

    items: list[ParticipantFacts]
    next: str | None


class IdentityFacts(Schema):
    """What others need to put us on their list."""

    identifier: str
    address: str
    key: dict[str, str] | None


class Wish(Schema):
    """Which part of another participant's catalogue; `after` is the `next` of the page before."""

    text: str = ""
    after: str = ""


class TheirOffer(Schema):
    """An offer of another participant, in words too."""

    id: str
    policy: dict[str, Any]
    words: list[str]


class TheirDataset(Schema):
    """A dataset in another participant's catalogue."""

    id: str
    title: str
    offers: list[TheirOffer]


class TheirCatalogue(Schema):
    """A page of another participant's catalogue."""

    items: list[TheirDataset]
    next: str


class AskIn(Schema):
    """Which data, under which offer, for which project and purpose."""

    participant: str
    dataset: str
    offer: str
    project: str
    purpose: str


class ProcessFacts(Schema):
    """What negotiations and transfers share; `turn`: us, them, steward, requester, anyone or nobody."""

    id: str
    role: str
    participant: str
    organisation: str
    their_pid: str
    state: str
    turn: str
    reason: str
    since: str


class NegotiationFacts(ProcessFacts):
    """A negotiation; `agreement` is the factory's own, `their_agreement` its name between the parties.

    `seen` is the digest of the offer on the table: whoever agrees to it sends it along.
    """

    dataset: str
    title: str
    project: str
    purpose: str
    agreement: str | None
    their_agreement: str
    seen: str
    terms: list[str]


class TransferFacts(ProcessFacts):
    """A transfer; `trouble` is why the data is not here yet."""

    negotiation: str | None
    agreement: str
    version: str | None
    trouble: str


class MessageFacts(Schema):
    """One message of a process."""

    kind: str
    event: str
    standing: str
    at: str
    tries: int
    trouble: str
    digest: str
    body: dict[str, Any]


class NegotiationDetail(NegotiationFacts):
    """A negotiation with its messages."""

    messages: list[MessageFacts]


class TransferDetail(TransferFacts):
    """A transfer with its messages."""

    messages: list[MessageFacts]


class NegotiationPage(Schema):
    """A page of negotiations."""

    items: list[NegotiationFacts]
    next: str | None


class TransferPage(Schema):
    """A page of transfers."""

    items: list[TransferFacts]
    next: str | None


class Reason(Schema):
    """Why; to accept an offer, `seen` is the digest of the one that was read."""

    reason: str = ""
    seen: str = ""


class TakeUpIn(Schema):
    """For which project and purpose an offer is taken up; `seen` is the digest of the offer that was read."""

    project: str
    purpose: str
    seen: str


@router.get("/dataspace/identity", response=IdentityFacts)
def identity(request: HttpRequest) -> dict[str, Any]:  # noqa: ARG001
    """Show what another participant needs to put us on its list."""
    return queries.our_identity()


@router.get("/dataspace/participants", response=ParticipantPage)
def participants(request: HttpRequest, paging: Query[Paging]) -> dict[str, Any]:
    """List who is answered, newest first."""
    rows = visible(Participant, caller(request)).select_related("organisation")
    return page(rows, paging, queries.participant_facts)


@router.post("/dataspace/participants", response={201: ParticipantFacts})
def admit(request: HttpRequest, body: ParticipantIn) -> Status[dict[str, Any]]:
    """Put another party on the list."""
    facts = body.dict()
    organisation = find(Organisation, facts.pop("organisation"), caller(request))
    made = actions.admit(organisation, by=caller(request), **facts)
    return Status(201, queries.participant_facts(made))


@router.post("/dataspace/participants/{participant_id}/block", response=ParticipantFacts)
def block(request: HttpRequest, participant_id: str) -> dict[str, Any]:
    """Answer a participant no more."""
    found = find(Participant, participant_id, caller(request), related="organisation")
    return queries.participant_facts(actions.block(found, by=caller(request)))


@router.post("/dataspace/participants/{participant_id}/admit-again", response=ParticipantFacts)
def admit_again(request: HttpRequest, participant_id: str) -> dict[str, Any]:
    """Answer a participant again."""
    found = find(Participant, participant_id, caller(request), related="organisation")
    return queries.participant_facts(actions.admit_again(found, by=caller(request)))


@router.get("/dataspace/participants/{participant_id}/catalogue", response=TheirCatalogue)
def catalogue(request: HttpRequest, participant_id: str, wish: Query[Wish]) -> dict[str, Any]:
    """Show what another participant offers, asked for now."""
    found = find(Participant, participant_id, caller(request))
    return queries.their_catalogue(found, text=wish.text, after=wish.after)


@router.get("/dataspace/negotiations", response=NegotiationPage)
def negotiations(request: HttpRequest, paging: Query[Paging]) -> dict[str, Any]:
    """List the negotiations that you may see, newest first."""
    rows = queries.with_names(visible(Negotiation, caller(request)))
    return page(rows, paging, queries.negotiation_facts)


@router.post("/dataspace/negotiations", response={201: NegotiationFacts})
def ask(request: HttpRequest, body: AskIn) -> Status[dict[str, Any]]:
    """Ask another participant for data for your project."""
    user = caller(request)
    made = actions.ask(
        find(Participant, body.participant, user, related="organisation"),
        by=user,
        dataset=body.dataset,
        offer=body.offer,
        project=find(Project, body.project, user),
        purpose=body.purpose,
    )
    return Status(201, queries.negotiation_facts(made))


@router.get("/dataspace/negotiations/{negotiation_id}", response=NegotiationDetail)
def negotiation(request: HttpRequest, negotiation_id: str) -> dict[str, Any]:
    """Show one negotiation with its messages."""
    found = find(Negotiation, negotiation_id, caller(request), related="participant__organisation")
    return queries.negotiation_facts(found) | {"messages": queries.messages_of(found)}


@router.post("/dataspace/negotiations/{negotiation_id}/take-up", response=NegotiationFacts)
def take_up(request: HttpRequest, negotiation_id: str, body: TakeUpIn) -> dict[str, Any]:
    """Take up an offer that nobody asked for, for your project: accept it, or ask for it for one of its purposes."""
    user = caller(request)
    found = find(Negotiation, negotiation_id, user, related="participant__organisation")
    project = find(Project, body.project, user)
    taken = actions.take_up(found, by=user, project=project, purpose=body.purpose, seen=body.seen)
    return queries.negotiation_facts(taken)


@router.post("/dataspace/negotiations/{negotiation_id}/{step}", response=NegotiationFacts)
def act(
    request: HttpRequest,
    negotiation_id: str,
    step: Literal["agree", "refuse", "accept", "end"],
    body: Reason,
) -> dict[str, Any]:
    """Agree or refuse as the holder's steward, accept as who asked, or end; a no needs a reason."""
    user = caller(request)
    found = find(Negotiation, negotiation_id, user, related="participant__organisation")
    actions.step(found, step, by=user, reason=body.reason, seen=body.seen)
    return queries.negotiation_facts(found)


@router.get("/dataspace/transfers", response=TransferPage)
def transfers(request: HttpRequest, paging: Query[Paging]) -> dict[str, Any]:
    """List the transfers that you may see, newest first."""
    rows = queries.with_names(visible(Transfer, caller(request)))
    return page(rows, paging, queries.transfer_facts)


@router.get("/dataspace/transfers/{transfer_id}", response=TransferDetail)
def transfer(request: HttpRequest, transfer_id: str) -> dict[str, Any]:
    """Show one transfer with its messages."""
    found = find(Transfer, transfer_id, caller(request), related="participant__organisation")
    return queries.transfer_facts(found) | {"messages": queries.messages_of(found)}


@router.post("/dataspace/transfers/{transfer_id}/{step}", response=TransferFacts)
def act_on_transfer(
    request: HttpRequest, transfer_id: str, step: Literal["complete", "end"], body: Reason
) -> dict[str, Any]:
    """Say that the data is not needed any more, or end the transfer with a reason."""
    user = caller(request)
    found = find(Transfer, transfer_id, user, related="participant__organisation")
    actions.step(found, step, by=user, reason=body.reason)
    return queries.transfer_facts(found)
