"""The factory as provider: what the conformance kit does not ask for, over the factory's own agreements."""

from datetime import timedelta
from typing import Any

import pytest

from aifactory.audit.models import Event
from aifactory.datasets import actions as datasets
from aifactory.datasets.dataspace import actions, agreed, messages, outbox
from aifactory.datasets.dataspace.models import Message, Negotiation, Transfer
from aifactory.datasets.models import Agreement, Offer
from aifactory.kit import clock
from aifactory.people.models import Role, User
from tests.datasets import factories as data
from tests.datasets.dataspace.conftest import THEM, US, Peer
from tests.datasets.dataspace.schemas import Schemas
from tests.people.factories import organisation, person


def concluded(peer: Peer, offer: Offer) -> Negotiation:
    """Walk from a request to an agreement in force."""
    pid = peer.request(offer).json()["providerPid"]
    outbox.carry_on(pid)
    peer.send(
        f"negotiations/{pid}/agreement/verification", peer.say("ContractAgreementVerificationMessage", pid)
    )
    outbox.carry_on(pid)
    return Negotiation.objects.get(pk=pid)


def transferred(peer: Peer, negotiation: Negotiation, pid: str = "urn:uuid:1") -> Transfer:
    """Ask for the data, and have the transfer started."""
    body = messages.write(
        "TransferRequestMessage",
        consumerPid=pid,
        agreementId=negotiation.agreement_pid,
        format=messages.PULL,
        callbackAddress=peer.server.address,
    )
    answer = peer.send("transfers/request", body)
    assert answer.status_code == 201, answer.content
    outbox.carry_on(answer.json()["providerPid"])
    return Transfer.objects.get(pk=answer.json()["providerPid"])


def token_of(peer: Peer) -> tuple[str, str]:
    """Return the path and the token of the last transfer that was started."""
    _path, body = peer.server.next("urn:uuid:1")
    while body["@type"] != "TransferStartMessage":
        _path, body = peer.server.next("urn:uuid:1")
    address = body["dataAddress"]
    return address["endpoint"].partition("/dsp/2025-1/")[2], address["endpointProperties"][0]["value"]


def refused(answer: Any) -> tuple[int, str, str]:
    """Return status, type and code of a refusal; every one says why."""
    assert answer.json()["reason"][0].endswith(".")
    return answer.status_code, answer.json()["@type"], answer.json()["code"]


def test_an_agreement_over_the_protocol_is_one_of_the_factorys_own(peer: Peer, offer: Offer) -> None:
    negotiation = concluded(peer, offer)
    agreement = negotiation.agreed
    assert agreement is not None
    assert (negotiation.state, agreement.state) == ("finalized", "in_force")
    assert (agreement.organisation.name, agreement.purpose) == ("Factory There", data.PURPOSE)
    _path, sent = peer.server.next("urn:uuid:1")
    policy = sent["agreement"]
    assert (policy["@id"], policy["target"]) == (agreement.pk, offer.dataset_id)
    assert (policy["assigner"], policy["assignee"]) == (US, THEM)
    path, last = peer.server.next("urn:uuid:1")
    assert (path, last["eventType"]) == ("/negotiations/urn:uuid:1/events", "FINALIZED")
    walked = Event.objects.filter(name__startswith="negotiation:").order_by("id").values_list("name", "actor")
    them = f"system:{peer.participant.pk}"
    assert list(walked) == [
        ("negotiation:open", them),
        ("negotiation:agree", "system:dataspace"),
        ("negotiation:verify", them),
        ("negotiation:finalize", "system:dataspace"),
    ]


def test_every_message_that_we_send_fits_the_schemas(peer: Peer, offer: Offer, shared: Any) -> None:
    schemas = Schemas(shared)
    negotiation = concluded(peer, offer)
    transferred(peer, negotiation)
    bodies = [message.body for message in Message.objects.exclude(standing="received")]
    assert {body["@type"] for body in bodies} == {
        "ContractAgreementMessage", "ContractNegotiationEventMessage", "TransferStartMessage",
    }  # fmt: skip
    assert {body["@type"]: found for body in bodies if (found := schemas.problems(body))} == {}
    answers = [
        peer.get(f"negotiations/{negotiation.pk}"),
        peer.get("negotiations/ngt_unknown"),
        peer.get(f"catalog/datasets/{offer.dataset_id}"),
        peer.get("catalog/datasets/unknown"),
        peer.get("transfers/unknown"),
        peer.send("catalog/request", messages.write("CatalogRequestMessage")),
    ]
    kinds = [
        "ContractNegotiation",
        "ContractNegotiationError",
        "Dataset",
        "CatalogError",
        "TransferError",
        "Catalog",
    ]
    assert [answer.json()["@type"] for answer in answers] == kinds
    assert [schemas.problems(answer.json()) for answer in answers] == [[]] * 6


def test_a_request_waits_for_the_steward_unless_the_offer_needs_no_decision(peer: Peer) -> None:
    offer = data.offer(data.published())
    pid = peer.request(offer).json()["providerPid"]
    outbox.carry_on(pid)
    found = Negotiation.objects.get(pk=pid)
    assert (found.state, Agreement.objects.count()) == ("requested", 0)
    steward = User.objects.get(pk=offer.offered_by_id)
    actions.decide(found, by=steward, agree=True)
    outbox.carry_on(pid)
    assert peer.server.next("urn:uuid:1")[1]["@type"] == "ContractAgreementMessage"
    assert Agreement.objects.get().state == "agreed"


def test_asking_for_more_than_is_offered_brings_our_offer_and_in_the_end_a_no(
    peer: Peer, offer: Offer
) -> None:
    pid = peer.request(offer, actions=["analyse", "download"]).json()["providerPid"]
    outbox.carry_on(pid)
    wide = peer.server.next("urn:uuid:1")[1]
    assert wide["@type"] == "ContractOfferMessage"
    body = Message.objects.get(process=pid, standing="received").body
    again = peer.say("ContractRequestMessage", pid, offer=body["offer"])
    for _ in range(3):
        assert peer.send(f"negotiations/{pid}/request", again).status_code == 200
        outbox.carry_on(pid)
    found = Negotiation.objects.get(pk=pid)
    assert (found.state, "again and again" in found.reason) == ("terminated", True)


def test_nobody_else_learns_of_a_process_or_touches_it(peer: Peer, offer: Offer, tmp_path: Any) -> None:
    from aifactory.adapters.dataspace.tokens import SignedTokens

    pid = peer.request(offer).json()["providerPid"]
    other = SignedTokens("urn:other", tmp_path / "other.pem")
    stranger = Peer(other, peer.server, peer.participant)
    assert refused(stranger.get(f"negotiations/{pid}")) == (
        401,
        "ContractNegotiationError",
        "unauthenticated",
    )
    facts = {"identifier": "urn:other", "address": peer.server.address, "keys": [other.public_key()]}
    actions.admit(organisation(), by=person(Role.OFFICE), **facts)
    assert refused(stranger.get(f"negotiations/{pid}")) == (404, "ContractNegotiationError", "NoSuchProcess")
    no = peer.say("ContractNegotiationTerminationMessage", pid)
    assert refused(stranger.send(f"negotiations/{pid}/termination", no))[0] == 404
    assert refused(stranger.get("negotiations/ngt_unknown"))[2] == "NoSuchProcess"
    assert Negotiation.objects.get(pk=pid).state == "agreed"  # as it stood before


def test_a_blocked_participant_is_not_answered_and_gets_nothing(peer: Peer, offer: Offer) -> None:
    transferred(peer, concluded(peer, offer))
    path, token = token_of(peer)
    actions.block(peer.participant, by=peer.participant.contact)
    assert refused(peer.request(offer, "urn:uuid:2"))[0] == 401
    assert (
        peer.client.get(f"/dsp/2025-1/{path}", headers={"Authorization": f"Bearer {token}"}).status_code
        == 403
    )


def test_a_message_that_comes_twice_counts_once(peer: Peer, offer: Offer) -> None:
    first, second = (peer.request(offer).json() for _ in range(2))
    assert first == second
    assert Negotiation.objects.count() == 1
    outbox.carry_on(first["providerPid"])
    path = f"negotiations/{first['providerPid']}/agreement/verification"
    body = peer.say("ContractAgreementVerificationMessage", first["providerPid"])
    answers = [peer.send(path, body, key="k1") for _ in range(2)]
    assert [(a.status_code, a.json()["state"]) for a in answers] == [(200, "VERIFIED")] * 2
    assert refused(peer.send(path, body))[0] == 409  # without its key it is a step that is not possible now
    assert Event.objects.filter(name="negotiation:verify").count() == 1
    other = peer.request(offer, spatial="EU")
    assert refused(other) == (409, "ContractNegotiationError", "KnownAlready")


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"{", 400),
        (b"[]", 400),
        (b"\xff", 400),
        (b'{"a": NaN}', 400),
        (b"[" * 5_000, 400),
        (b'{"@context": ["https://w3id.org/dspace/2025/1/context.jsonld"], "@type": 1}', 400),
        (messages.write("ContractRequestMessage", consumerPid="x"), 400),
        (messages.write("ContractRequestMessage") | {"@context": ["https://evil.example/"]}, 400),
        (
            messages.write("ContractRequestMessage", consumerPid="x", offer={"@id": "o", "@type": "Offer"}),
            400,
        ),
        ({"@context": messages.CONTEXT, "@type": "ContractRequestMessage"}, 400),
        (b" " * 300_000, 400),
    ],
)
def test_what_is_no_message_is_told_so(peer: Peer, body: Any, status: int) -> None:
    answer = peer.send("negotiations/request", body)
    assert refused(answer) == (status, "ContractNegotiationError", "malformed")
    assert Negotiation.objects.count() == 0


def test_unknown_offers_and_addresses_elsewhere_are_refused(peer: Peer, offer: Offer) -> None:
    datasets.close_offer(offer, by=User.objects.get(pk=offer.offered_by_id))
    assert refused(peer.request(offer))[2] == "OfferIsUnknown"
    other = data.offer(data.published(), self_service=True)
    body = messages.write(
        "ContractRequestMessage",
        consumerPid="x",
        offer={
            "@id": other.pk,
            "@type": "Offer",
            "target": offer.dataset_id,
            "permission": [{"action": "use"}],
        },
        callbackAddress=peer.server.address,
    )
    assert refused(peer.send("negotiations/request", body))[2] == "OfferIsUnknown"
    inside = body | {"callbackAddress": "http://169.254.169.254/latest"}
    assert refused(peer.send("negotiations/request", inside))[2] == "AddressNotAllowed"


def test_the_data_goes_out_for_its_token_only_while_everything_holds(peer: Peer, offer: Offer) -> None:
    negotiation = concluded(peer, offer)
    transfer = transferred(peer, negotiation)
    path, token = token_of(peer)

    def given(with_token: str = token, tail: str = "") -> Any:
        return peer.client.get(f"/dsp/2025-1/{path}{tail}", headers={"Authorization": f"Bearer {with_token}"})

    listed = given().json()
    assert [f["path"] for f in listed["files"]] == ["cells.csv"]
    assert negotiation.agreed is not None
    assert listed["digest"] == negotiation.agreed.version.digest
    file = listed["addresses"]["cells.csv"].rpartition("/")[2]
    assert b"".join(given(tail=f"/{file}").streaming_content) == data.CSV
    assert Event.objects.get(name="transfer:give").data == {
        "transfer": transfer.pk, "agreement": negotiation.agreement_pid, "file": file,
    }  # fmt: skip
    assert [given("wrong").status_code, given("").status_code] == [403, 403]
    other = data.version(data.dataset()).files.get()
    assert given(tail=f"/{other.pk}").status_code == 404
    with clock.frozen(clock.now() + timedelta(hours=2)):
        assert given().status_code == 403
    datasets.suspend_agreement(negotiation.agreed, by=person(Role.OFFICE), reason="Consent withdrawn.")
    assert refused(given()) == (403, "TransferError", "NoValidAgreement")


def test_the_end_of_an_agreement_reaches_the_consumer(peer: Peer, offer: Offer) -> None:
    negotiation = concluded(peer, offer)
    transfer = transferred(peer, negotiation)
    agreement, office = negotiation.agreed, person(Role.OFFICE)
    assert agreement is not None
    datasets.suspend_agreement(agreement, by=office, reason="Consent withdrawn.")
    assert [agreed.watch(), agreed.watch()] == [1, 0]
    outbox.carry_on(transfer.pk)
    transfer.refresh_from_db()
    assert (transfer.state, transfer.suspended_by) == ("suspended", "us")
    start = peer.say("TransferStartMessage", transfer.pk)
    assert refused(peer.send(f"transfers/{transfer.pk}/start", start))[2] == "NotYourTurn"
    datasets.resume_agreement(agreement, by=office)
    assert [agreed.watch(), agreed.watch()] == [1, 0]
    datasets.end_agreement(agreement, by=office, reason="It is over.")
    assert [agreed.watch(), agreed.watch()] == [1, 0]
    transfer.refresh_from_db()
    assert transfer.state == "terminated"
    outbox.carry_on(transfer.pk)
    sent = [peer.server.next("urn:uuid:1")[1]["@type"] for _ in range(6)]
    assert sent[2:] == [
        "TransferStartMessage", "TransferSuspensionMessage", "TransferStartMessage", "TransferTerminationMessage",
    ]  # fmt: skip


def test_3000_offers_come_a_page_at_a_time(peer: Peer, django_assert_num_queries: Any) -> None:
    first = data.offer(data.published(title="First of all"), self_service=True)
    version = first.dataset.versions.get()
    many = [type(first.dataset)(**_same(first.dataset), title=f"Number {n}") for n in range(2_999)]
    type(first.dataset).objects.bulk_create(many)
    type(version).objects.bulk_create(
        [type(version)(dataset=d, number=1, digest="sha256:0", state="published") for d in many]
    )
    Offer.objects.bulk_create(
        [Offer(dataset=d, terms=first.terms, digest=first.digest, offered_by=first.offered_by) for d in many]
    )
    seen, path, ask = [], "catalog/request", messages.write("CatalogRequestMessage")
    while path:
        with django_assert_num_queries(4):  # who speaks, datasets with holders, offers, versions
            answer = peer.send(path, ask)
        seen += [entry["@id"] for entry in answer.json()["dataset"]]
        path = answer.headers.get("Link", "").partition("/dsp/2025-1/")[2].partition(">")[0]
    assert (len(seen), len(set(seen))) == (3_000, 3_000)
    narrow = ask | {"filter": [{"text": "first all"}]}
    assert [e["@id"] for e in peer.send("catalog/request", narrow).json()["dataset"]] == [first.dataset_id]
    assert refused(peer.send("catalog/request", ask | {"filter": [{"colour": "red"}]}))[2] == "malformed"


def _same(dataset: Any) -> dict[str, Any]:
    names = ("description", "holder", "steward", "theme", "access", "licence", "state")
    return {name: getattr(dataset, name) for name in names}
