"""The factory as consumer: it asks, checks what it is told, brings the data in, and lets a project use it."""

from contextlib import nullcontext
from datetime import timedelta
from typing import Any

import pytest

from aifactory.audit.actions import NotPossibleNow
from aifactory.datasets.agreeing import PurposeDiffers
from aifactory.datasets.dataspace import actions, catalogue, messages, outbox, policies, pulling, queries
from aifactory.datasets.dataspace.conduct import House
from aifactory.datasets.dataspace.models import Message, Negotiation, Transfer
from aifactory.datasets.manifest import entry, group_size, manifest, tree
from aifactory.datasets.models import Agreement, Dataset, DatasetVersion
from aifactory.datasets.queries import agreement_in_force
from aifactory.datasets.terms import read
from aifactory.kit import clock
from aifactory.kit.canonical import digest
from aifactory.kit.errors import Invalid, NotAllowed
from aifactory.people.models import Role
from aifactory.people.rules import visible
from aifactory.ports.dataspace import Answer, Caller, Credentials
from aifactory.ports.registry import get, provide
from tests.awards import factories as awards
from tests.datasets.dataspace.conftest import THEM, US, Peer
from tests.datasets.factories import CSV, PURPOSE, TERMS
from tests.people.factories import person

TERMS_THERE = read({"schema": "aifactory/terms/1", **TERMS})
OFFER = policies.write(TERMS_THERE, "off_there", target="dst_there")


@pytest.fixture
def asked(peer: Peer) -> Negotiation:
    """A negotiation that a member of a project has begun; the request has gone out."""
    project = awards.project(purpose=PURPOSE)
    found = actions.begin(
        peer.participant,
        by=project.leader,
        policy=OFFER,
        dataset="dst_there",
        title="Cells",
        project=project,
        purpose=PURPOSE,
    )
    outbox.carry_on(found.pk)
    found.refresh_from_db()
    return found


def say(kind: str, process: Any, **fields: Any) -> dict[str, Any]:
    return messages.write(kind, consumerPid=process.pk, providerPid=f"{process.pk}-theirs", **fields)


def agreement_on(asked: Negotiation, **change: Any) -> dict[str, Any]:
    """What the provider sends for what was asked, or something else."""
    return (
        asked.offer
        | {
            "@id": "agr_there",
            "@type": "Agreement",
            "assigner": THEM,
            "assignee": US,
            "timestamp": "2026-11-23T01:00:00Z",
        }
        | change
    )


def walk(peer: Peer, asked: Negotiation) -> Transfer:
    """Let the provider agree and finalise; the transfer is asked for by itself."""
    said = say("ContractAgreementMessage", asked, agreement=agreement_on(asked))
    assert peer.send(f"negotiations/{asked.pk}/agreement", said).status_code == 200
    outbox.carry_on(asked.pk)
    final = say("ContractNegotiationEventMessage", asked, eventType="FINALIZED")
    assert peer.send(f"negotiations/{asked.pk}/events", final).status_code == 200
    outbox.carry_on(asked.pk)
    transfer = Transfer.objects.get()
    outbox.carry_on(transfer.pk)
    return Transfer.objects.get()


def listed_as(name: str) -> dict[str, Any]:
    """Return the lines of the same file under a name, as a manifest has them."""
    found = tree([CSV], group_size(len(CSV)))
    return entry(name, len(CSV), digest(CSV), found.blake3, "".join(found.groups))


class Giver:
    """Stands in for the provider's data plane: one file, and what it says of it."""

    def __init__(self, peer: Peer, transfer: Transfer) -> None:
        self.endpoint = f"{peer.server.address}/data/1"
        listed = manifest([listed_as("cells.csv")])
        self.listed: dict[str, Any] = listed | {
            "digest": digest(listed),
            "number": 3,
            "dataset": {
                "title": "Cells",
                "theme": "health",
                "licence": "agreement",
                "contains_personal_data": False,
            },
            "addresses": {"cells.csv": f"{self.endpoint}/f1"},
            "media_types": {"cells.csv": "text/csv"},
        }
        self.bytes, self.status = CSV, 200
        self.asked: list[tuple[str, str]] = []

    def call(self, _method: str, address: str, _body: Any, headers: Any) -> Answer:
        self.asked.append((address, headers["Authorization"]))
        return Answer(self.status, self.listed)

    def stream(self, address: str, headers: Any) -> Any:
        self.asked.append((address, headers["Authorization"]))
        return nullcontext((200, iter([self.bytes])))


def started(peer: Peer, transfer: Transfer, endpoint: str) -> Any:
    """The provider starts the transfer, with a token."""
    address = {
        "@type": "DataAddress",
        "endpointType": "https://w3id.org/idsa/v4.1/HTTP",
        "endpoint": endpoint,
        "endpointProperties": [{"@type": "EndpointProperty", "name": "authorization", "value": "tok"}],
    }
    return peer.send(
        f"transfers/{transfer.pk}/start", say("TransferStartMessage", transfer, dataAddress=address)
    )


def test_the_request_is_for_one_purpose_and_names_where_to_answer(peer: Peer, asked: Negotiation) -> None:
    path, body = peer.server.next("dst_there")
    assert path == "/negotiations/request"
    assert policies.read(body["offer"]).purposes == (PURPOSE,)
    assert policies.within(policies.read(body["offer"]), TERMS_THERE)
    assert (body["consumerPid"], body["callbackAddress"]) == (asked.pk, "http://127.0.0.1:8000/dsp/2025-1")
    assert (asked.state, asked.their_pid) == ("requested", f"{asked.pk}-theirs")
    token = peer.server.headers[-1]["Authorization"]
    key = queries.our_identity()["key"]
    assert peer.tokens.identify(token, {US: Credentials(US, US, (key,))}.get) == US


def test_the_data_becomes_usable_for_the_project_and_for_nobody_else(peer: Peer, asked: Negotiation) -> None:
    transfer = walk(peer, asked)
    giver = Giver(peer, transfer)
    assert started(peer, transfer, giver.endpoint).status_code == 200
    provide(Caller, giver)  # type: ignore[arg-type]
    assert [pulling.turn(), pulling.turn()] == [1, 0]
    assert giver.asked == [(giver.endpoint, "Bearer tok"), (f"{giver.endpoint}/f1", "Bearer tok")]
    asked.refresh_from_db()
    transfer.refresh_from_db()
    agreement = asked.agreed
    assert agreement is not None
    found = agreement_in_force(project=asked.project, version=agreement.version_id, purpose=PURPOSE)
    assert (found.pk, found.version.digest) == (agreement.pk, giver.listed["digest"])
    assert (agreement.organisation_id, agreement.offer.dataset.holder.name) == (
        awards.Project.objects.get(pk=asked.project).organisation_id,
        "Factory There",
    )
    dataset = agreement.offer.dataset
    assert (dataset.access, dataset.contains_personal_data, agreement.offer.state) == (
        "nonpublic",
        False,
        "closed",
    )
    assert (catalogue.page([])[0], visible(Dataset, None).filter(pk=dataset.pk).count()) == ([], 0)
    assert (transfer.version_id, transfer.data_address) == (agreement.version_id, None)


def test_an_agreement_follows_its_transfer(peer: Peer, asked: Negotiation) -> None:
    transfer = walk(peer, asked)
    giver = Giver(peer, transfer)
    started(peer, transfer, giver.endpoint)
    provide(Caller, giver)  # type: ignore[arg-type]
    pulling.turn()
    states = []
    for kind, step, more in (
        ("TransferSuspensionMessage", "suspension", {"code": "c", "reason": ["Consent was withdrawn."]}),
        ("TransferStartMessage", "start", {}),
        ("TransferTerminationMessage", "termination", {"code": "c", "reason": ["It is over."]}),
    ):
        assert peer.send(f"transfers/{transfer.pk}/{step}", say(kind, transfer, **more)).status_code == 200
        assert [pulling.follow(), pulling.follow()] == [1, 0]
        agreement = Agreement.objects.get()
        states.append((agreement.state, agreement.reason))
    assert states == [("suspended", "Consent was withdrawn."), ("in_force", ""), ("ended", "It is over.")]


def test_a_pull_that_was_broken_off_goes_on_and_doubles_nothing(peer: Peer, asked: Negotiation) -> None:
    transfer = walk(peer, asked)
    giver = Giver(peer, transfer)
    started(peer, transfer, giver.endpoint)
    both = manifest([*giver.listed["files"], listed_as("more.csv")])
    giver.listed |= both | {"digest": digest(both)}
    giver.listed["addresses"]["more.csv"] = "https://elsewhere.example/f2"
    giver.listed["media_types"]["more.csv"] = "text/csv"
    provide(Caller, giver)  # type: ignore[arg-type]
    assert pulling.turn() == 0
    transfer.refresh_from_db()
    assert transfer.trouble == "A file is said to be at another address."
    giver.listed["addresses"]["more.csv"] = f"{giver.endpoint}/f2"
    Transfer.objects.update(pull_at=transfer.created_at)
    assert pulling.turn() == 1
    assert DatasetVersion.objects.get().files.count() == 2
    assert [address for address, _ in giver.asked].count(f"{giver.endpoint}/f1") == 1


def test_a_token_that_grew_old_is_followed_by_a_new_transfer(peer: Peer, asked: Negotiation) -> None:
    first = walk(peer, asked)
    giver = Giver(peer, first)
    started(peer, first, giver.endpoint)
    caller = get(Caller)
    giver.status = 403
    provide(Caller, giver)  # type: ignore[arg-type]
    assert pulling.turn() == 0
    assert Transfer.objects.get().state == "started"  # it is young: perhaps the provider is not ready yet
    with clock.frozen(first.created_at + timedelta(hours=1, seconds=1)):
        assert pulling.turn() == 0
    first.refresh_from_db()
    second = Transfer.objects.exclude(pk=first.pk).get()
    assert (first.state, second.state, second.agreement_pid) == (
        "terminated",
        "requested",
        first.agreement_pid,
    )
    provide(Caller, caller)
    outbox.carry_on(second.pk)
    assert started(peer, second, giver.endpoint).status_code == 200
    giver.status = 200
    provide(Caller, giver)  # type: ignore[arg-type]
    assert [pulling.turn(), pulling.follow(), Agreement.objects.get().state] == [1, 0, "in_force"]
    assert Dataset.objects.count() == 1


def test_files_that_are_not_what_was_promised_are_not_used(peer: Peer, asked: Negotiation) -> None:
    transfer = walk(peer, asked)
    giver = Giver(peer, transfer)
    giver.bytes = CSV + b"1.5,2,1\n"
    started(peer, transfer, giver.endpoint)
    provide(Caller, giver)  # type: ignore[arg-type]
    assert pulling.turn() == 0
    assert (Transfer.objects.get().trouble, Agreement.objects.count()) == (
        "The files are not the ones that were promised.",
        0,
    )
    Transfer.objects.update(
        data_address={"endpoint": "http://127.0.0.1:1/inside"}, pull_at=transfer.created_at
    )
    assert pulling.turn() == 0
    assert "not at the address that is on record" in Transfer.objects.get().trouble


@pytest.mark.parametrize(
    "change",
    [
        {"target": "dst_other"},
        {"assignee": "urn:other"},
        {"assigner": "urn:other"},
        {"obligation": []},
        {"permission": OFFER["permission"]},
        {"extra": "more"},
    ],
)
def test_an_agreement_that_differs_from_what_was_asked_is_not_verified(
    peer: Peer, asked: Negotiation, change: dict[str, Any]
) -> None:
    said = say("ContractAgreementMessage", asked, agreement=agreement_on(asked, **change))
    assert peer.send(f"negotiations/{asked.pk}/agreement", said).status_code == 200
    outbox.carry_on(asked.pk)
    asked.refresh_from_db()
    assert (asked.state, asked.reason) == ("terminated", "The agreement is not what we asked for.")
    _path, last = peer.server.next(f"{asked.pk}-theirs")
    assert (last["@type"], last["code"]) == ("ContractNegotiationTerminationMessage", "NotWhatWasAsked")


def test_other_terms_wait_for_the_people_who_asked(peer: Peer, asked: Negotiation) -> None:
    for offer, state in ((asked.offer, "accepted"), (OFFER, "offered")):
        Negotiation.objects.filter(pk=asked.pk).update(state="requested")
        said = say("ContractOfferMessage", asked, offer=offer)
        assert peer.send(f"negotiations/{asked.pk}/offers", said).status_code == 200
        outbox.carry_on(asked.pk)
        asked.refresh_from_db()
        assert asked.state == state
    assert queries.turn_of(asked) == "requester"
    with pytest.raises(NotAllowed):
        actions.accept(asked, by=person())
    actions.accept(asked, by=asked.requested_by)  # it leaves the purpose open: asked for again, for ours
    assert asked.state == "requested"
    assert policies.read(asked.offer).purposes == (PURPOSE,)


def propose(peer: Peer, offer: dict[str, Any], pid: str = "urn:p") -> Any:
    """The provider opens a negotiation with an offer."""
    callback = {"callbackAddress": peer.server.address}
    return peer.send(
        "negotiations/offers",
        messages.write("ContractOfferMessage", providerPid=pid, offer=offer, **callback),
    )


def proposed(peer: Peer, offer: dict[str, Any] = OFFER) -> Negotiation:
    answer = propose(peer, offer)
    assert (answer.status_code, answer.json()["state"]) == (201, "OFFERED")
    outbox.carry_on(answer.json()["consumerPid"])
    found = Negotiation.objects.get()
    assert (found.state, queries.turn_of(found), found.project) == ("offered", "anyone", "")
    return found


ONE_PURPOSE = policies.write(policies.narrowed(TERMS_THERE, purpose=PURPOSE), "off_there", target="dst_there")


@pytest.mark.parametrize(("offer", "state", "kind"), [
    (ONE_PURPOSE, "accepted", "ContractNegotiationEventMessage"), (OFFER, "requested", "ContractRequestMessage"),
])  # fmt: skip
def test_an_offer_that_nobody_asked_for_is_taken_up_for_a_project(
    peer: Peer, offer: dict[str, Any], state: str, kind: str
) -> None:
    found, project = proposed(peer, offer), awards.project(purpose=PURPOSE)
    seen = digest(found.offer)
    taken = actions.take_up(found, by=project.leader, project=project, purpose=PURPOSE, seen=seen)
    assert (taken.state, taken.project, taken.purpose, taken.requested_by) == (
        state, project.pk, PURPOSE, project.leader,
    )  # fmt: skip
    outbox.carry_on(found.pk)
    path, body = peer.server.next("urn:p")
    assert (body["@type"], body["consumerPid"], body["providerPid"]) == (kind, found.pk, "urn:p")
    if state == "requested":  # for the one purpose; the provider agrees to that, and so do we by ourselves
        assert (path, body["offer"]) == ("/negotiations/urn:p/request", ONE_PURPOSE)
        said = messages.write(
            "ContractOfferMessage", consumerPid=found.pk, providerPid="urn:p", offer=ONE_PURPOSE
        )
        assert peer.send(f"negotiations/{found.pk}/offers", said).status_code == 200
        outbox.carry_on(found.pk)
        taken.refresh_from_db()
    assert taken.state == "accepted"
    agreement = agreement_on(taken) | {"@id": "agr_there"}
    said = messages.write(
        "ContractAgreementMessage", consumerPid=found.pk, providerPid="urn:p", agreement=agreement
    )
    assert peer.send(f"negotiations/{found.pk}/agreement", said).status_code == 200
    outbox.carry_on(found.pk)
    taken.refresh_from_db()
    assert taken.state == "verified"
    with pytest.raises(NotPossibleNow):  # taken is taken
        actions.take_up(taken, by=project.leader, project=project, purpose=PURPOSE, seen=digest(taken.offer))


def test_who_takes_up_an_offer_works_in_a_running_project_and_has_read_what_lies_there(peer: Peer) -> None:
    found, project = proposed(peer), awards.project(purpose=PURPOSE)
    stranger, office, seen = person(), person(Role.OFFICE), digest(found.offer)
    told = {"project": project, "purpose": PURPOSE, "seen": seen}
    visible_to = {who: found in visible(Negotiation, who) for who in (project.leader, office, stranger, None)}
    assert visible_to == {project.leader: True, office: True, stranger: False, None: False}
    for who in (stranger, office):
        with pytest.raises(NotAllowed):
            actions.take_up(found, by=who, **told)
    with pytest.raises(NotAllowed):  # to say no for the whole factory is the office's
        actions.stop(found, by=project.leader, reason="Not for us.")
    with pytest.raises(Invalid):
        actions.take_up(found, by=project.leader, **told | {"purpose": "education"})
    assert peer.send(f"negotiations/{found.pk}/offers", messages.write(
        "ContractOfferMessage", consumerPid=found.pk, providerPid="urn:p", offer=ONE_PURPOSE,
    )).status_code == 200  # fmt: skip
    with pytest.raises(NotPossibleNow, match="changed its offer"):
        actions.take_up(found, by=project.leader, **told)
    awards.Project.objects.filter(pk=project.pk).update(state="suspended")
    project.refresh_from_db()
    assert found not in visible(Negotiation, project.leader)
    found.refresh_from_db()
    with pytest.raises(Invalid):
        actions.take_up(found, by=project.leader, **told | {"seen": digest(found.offer)})
    actions.stop(found, by=office, reason="Nobody here needs it.")
    outbox.carry_on(found.pk)
    assert (found.state, peer.server.next("urn:p")[1]["reason"]) == ("terminated", ["Nobody here needs it."])


def test_one_participant_fills_only_the_place_that_there_is_for_its_offers(
    peer: Peer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(House, "most_offers", 2)
    assert [propose(peer, OFFER, f"urn:{n}").status_code for n in (1, 2, 1, 2)] == [201] * 4
    answer = propose(peer, OFFER, "urn:3")
    assert (answer.status_code, answer.json()["code"], answer.json()["providerPid"]) == (
        429, "TooManyOffers", "urn:3",
    )  # fmt: skip
    assert Negotiation.objects.count() == 2
    unknown = OFFER | {"profile": "urn:other"}
    first = Negotiation.objects.get(their_pid="urn:1")
    actions.stop(first, by=person(Role.OFFICE), reason="No, thank you.")
    assert [propose(peer, unknown, "urn:3").status_code, propose(peer, OFFER, "urn:1").status_code] == [
        201,
        201,
    ]
    strange, project = Negotiation.objects.get(their_pid="urn:3"), awards.project(purpose=PURPOSE)
    told = {"project": project, "purpose": PURPOSE, "seen": digest(strange.offer)}
    with pytest.raises(Invalid, match="words that this factory does not know"):
        actions.take_up(strange, by=project.leader, **told)


def test_what_the_other_side_refuses_for_good_ends_the_process(peer: Peer, asked: Negotiation) -> None:
    peer.server.status = 400
    said = say("ContractAgreementMessage", asked, agreement=agreement_on(asked))
    peer.send(f"negotiations/{asked.pk}/agreement", said)
    outbox.carry_on(asked.pk)
    asked.refresh_from_db()
    assert (asked.state, "refused our message: 400" in asked.reason) == ("terminated", True)
    standings = Message.objects.filter(process=asked.pk).order_by("id").values_list("kind", "standing")
    assert list(standings)[-2:] == [
        ("ContractAgreementVerificationMessage", "refused"),
        ("ContractNegotiationTerminationMessage", "refused"),
    ]


def test_what_the_other_side_can_not_take_now_is_sent_again_with_the_same_key(
    peer: Peer, asked: Negotiation
) -> None:
    peer.server.status = 503
    said = say("ContractAgreementMessage", asked, agreement=agreement_on(asked))
    peer.send(f"negotiations/{asked.pk}/agreement", said)
    outbox.carry_on(asked.pk)
    waiting = Message.objects.get(process=asked.pk, standing="waiting")
    assert (waiting.tries, waiting.trouble[:3]) == (1, "503")
    peer.server.status = 200
    outbox.carry_on(asked.pk)  # not yet: it is not due
    Message.objects.update(due_at=waiting.at)
    outbox.carry_on(asked.pk)
    waiting.refresh_from_db()
    assert (waiting.standing, waiting.tries) == ("delivered", 2)
    assert [h.get("Idempotency-Key") for h in peer.server.headers][-2:] == [waiting.key] * 2


def test_only_members_ask_and_only_for_the_purpose_of_their_project(peer: Peer) -> None:
    project = awards.project(purpose=PURPOSE)
    facts = {"policy": OFFER, "dataset": "d", "title": "t", "project": project}
    with pytest.raises(NotAllowed):
        actions.begin(peer.participant, by=person(), purpose=PURPOSE, **facts)
    with pytest.raises(PurposeDiffers):
        actions.begin(peer.participant, by=project.leader, purpose="scientific-research", **facts)
    with pytest.raises(Invalid):
        actions.begin(peer.participant, by=project.leader, purpose="education", **facts)
    strange = facts | {"policy": OFFER | {"profile": "urn:other"}}
    with pytest.raises(Invalid):
        actions.begin(peer.participant, by=project.leader, purpose=PURPOSE, **strange)
    assert Negotiation.objects.count() == 0


def test_data_is_asked_for_once(peer: Peer, asked: Negotiation) -> None:
    with pytest.raises(NotPossibleNow):
        actions.get_data(asked, by=asked.requested_by)
    walk(peer, asked)
    asked.refresh_from_db()
    with pytest.raises(NotPossibleNow):
        actions.get_data(asked, by=asked.requested_by)
