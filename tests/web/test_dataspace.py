"""The dataspace's pages, API and commands: who is on the list, whose turn it is, and every message."""

import json
from typing import Any

import pytest
from django.test import Client

from aifactory.adapters.dataspace.http import HttpCaller
from aifactory.adapters.dataspace.key_sets import KeySets
from aifactory.adapters.dataspace.tokens import SignedTokens
from aifactory.datasets.dataspace import outbox
from aifactory.datasets.dataspace.models import Negotiation, Participant, Transfer
from aifactory.people.models import Role, User
from aifactory.ports.dataspace import Answer, Credentials, Identity
from aifactory.ports.registry import get, provide
from tests.awards import factories as awards
from tests.datasets import factories as data
from tests.datasets.dataspace.conftest import THEM, US, Peer, peer
from tests.datasets.dataspace.test_consuming import OFFER, propose
from tests.datasets.dataspace.test_providing import concluded, transferred
from tests.people.factories import organisation, person
from tests.web.test_mandates import run

__all__ = ["peer"]
pytestmark = pytest.mark.django_db


@pytest.fixture
def waiting(peer: Peer) -> Negotiation:
    """A request that waits for the holder's steward."""
    offer = data.offer(data.published())
    pid = peer.request(offer).json()["providerPid"]
    outbox.carry_on(pid)
    return Negotiation.objects.get(pk=pid)


def signed_in(role: Role) -> Client:
    client = Client()
    client.force_login(person(role))
    return client


def test_the_office_keeps_the_list(client: Client, store: Any, told: Any) -> None:
    place = organisation(name="Factory South")
    office = signed_in(Role.OFFICE)
    form = {
        "organisation": place.pk,
        "identifier": "urn:south",
        "address": "https://south.example/dsp/2025-1",
    }
    page = office.post("/dataspace/participants/new/", form | {"key": '{"kty": "OKP", "d": "private"}'})
    assert "public keys only" in told(page)
    made = office.post(
        "/dataspace/participants/new/",
        form | {"key": '{"kty": "OKP", "crv": "Ed25519", "x": "AA", "kid": "k1"}'},
    )
    participant = Participant.objects.get()
    assert made.url == f"/dataspace/participants/{participant.pk}/"
    assert "Factory South Admitted Identifier urn:south" in told(office.get(made.url))
    office.post(made.url)
    assert "Blocked" in told(office.get("/dataspace/participants/"))
    assert "urn:aifactory:here" in told(office.get("/dataspace/participants/"))
    form |= {"identifier": "urn:north", "key": "", "keys_address": "ftp://north.example/keys"}
    assert "Give the address of the keys" in told(office.post("/dataspace/participants/new/", form))
    published = "https://north.example/.well-known/jwks.json"
    north = office.post("/dataspace/participants/new/", form | {"keys_address": published}).url
    assert f"Where its keys are published {published} Keys –" in told(office.get(north))
    anyone = signed_in(Role.APPLICANT)
    assert anyone.get("/dataspace/participants/new/").status_code == 403
    assert anyone.post(made.url).status_code == 403
    participant.refresh_from_db()
    assert participant.state == "blocked"


def test_who_reads_the_keys_that_we_publish_knows_our_messages(live_server: Any, peer: Peer) -> None:
    """Our own address of keys, as another factory would put it on its list; and theirs, on ours."""
    caller = HttpCaller(["127.0.0.0/8"])
    published = f"{live_server.url}/.well-known/jwks.json"
    header = get(Identity).present(THEM)["Authorization"]
    there = SignedTokens(THEM, peer.tokens._path, KeySets(lambda: caller))
    assert there.identify(header, {US: Credentials(US, US, (), published)}.get) == US
    key = SignedTokens(THEM, peer.tokens._path).public_key()
    assert peer.get("negotiations/none").status_code == 404  # heard, by the key on record
    Participant.objects.update(keys=[], keys_address="https://there.example/jwks")

    class Published:
        """Stands in for the network: what stands at the one address on record."""

        def call(self, method: str, address: str, _body: Any, headers: Any) -> Answer:
            assert (method, address, headers) == ("GET", "https://there.example/jwks", {})
            return Answer(200, {"keys": [key]})

    assert peer.get("negotiations/none").status_code == 401
    provide(Identity, SignedTokens(US, get(Identity)._path, KeySets(Published)))
    assert peer.get("negotiations/none").status_code == 404


def test_the_steward_decides_on_the_page_and_sees_every_message(waiting: Negotiation, told: Any) -> None:
    steward = Client()
    steward.force_login(User.objects.get(pk=_dataset(waiting).steward_id))
    page = f"/dataspace/negotiations/{waiting.pk}/"
    words = told(steward.get(page))
    assert "Negotiation about Breast cells under the microscope Requested" in words
    assert "The holder decides on the request." in words
    assert "ContractRequestMessage Received" in words
    steward.post(f"/dataspace/processes/{waiting.pk}/agree/")
    outbox.carry_on(waiting.pk)
    words = told(steward.get(page))
    assert "ContractAgreementMessage Delivered" in words
    assert "We wait for a message from the other side." in words
    assert steward.post(f"/dataspace/processes/{waiting.pk}/agree/").status_code == 409
    office, auditor = signed_in(Role.OFFICE), signed_in(Role.AUDITOR)
    reason = {"reason": "Nobody answers."}
    assert office.post(f"/dataspace/processes/{waiting.pk}/agree/").status_code == 403
    assert auditor.post(f"/dataspace/processes/{waiting.pk}/end/", reason).status_code == 403
    office.post(f"/dataspace/processes/{waiting.pk}/end/", reason)
    waiting.refresh_from_db()
    assert (waiting.state, waiting.reason) == ("terminated", "Nobody answers.")


def test_an_offer_that_nobody_asked_for_waits_on_the_page_by_api_and_by_command(
    peer: Peer, told: Any, live_remote: Any
) -> None:
    first, second = (propose(peer, OFFER, pid).json()["consumerPid"] for pid in ("urn:1", "urn:2"))
    project = awards.project(purpose=data.PURPOSE)
    member, page = Client(), f"/dataspace/negotiations/{first}/"
    member.force_login(project.leader)
    assert (
        told(member.get("/dataspace/")).count("Factory There We use Offered Whoever has a project for it")
        == 2
    )
    words = told(member.get(page))
    assert "The other side offers data that nobody asked for." in words
    assert "Take it up for a project" in words
    assert "End this negotiation" not in words
    assert "End this negotiation" in told(signed_in(Role.OFFICE).get(page))
    assert signed_in(Role.APPLICANT).get(page).status_code == 404
    shown = run_as(live_remote, project.leader, "dataspace", "show", second, "--json")
    wish = ("--project", project.pk, "--purpose", data.PURPOSE, "--seen", shown["seen"])
    taken = run("dataspace", "take-up", second, *wish, "--json")
    assert (taken["state"], taken["turn"], taken["project"]) == ("requested", "them", project.pk)
    form = {"project": project.pk, "purpose": data.PURPOSE, "seen": "sha256:0"}
    words = told(member.post(page + "take-up/", form))
    assert "The other side changed its offer a moment ago." in words
    form["seen"] = shown["seen"]
    assert form["seen"] in member.get(page + "take-up/").content.decode()
    assert member.post(page + "take-up/", form).url == page
    assert "We wait for a message from the other side." in told(member.get(page))
    assert member.get(page + "take-up/").url == page  # taken is taken


def run_as(live_remote: Any, user: User, *words: str) -> Any:
    live_remote(user)
    return run(*words)


def _dataset(negotiation: Negotiation) -> Any:
    from aifactory.datasets.models import Dataset

    return Dataset.objects.get(pk=negotiation.dataset)


def test_lists_cost_the_same_however_long(peer: Peer, told: Any, django_assert_max_num_queries: Any) -> None:
    offer = data.offer(data.published(), self_service=True)
    for n in range(3):
        peer.request(offer, f"urn:uuid:{n}")
    office = signed_in(Role.OFFICE)
    with django_assert_max_num_queries(6):
        assert told(office.get("/dataspace/")).count("Breast cells under the microscope") == 3
    transferred(peer, concluded(peer, offer))
    with django_assert_max_num_queries(6):
        assert "Breast cells under the microscope Factory There We provide Started –" in told(
            office.get("/dataspace/transfers/")
        )
    transfer = Transfer.objects.get()
    words = told(office.get(f"/dataspace/transfers/{transfer.pk}/"))
    assert "TransferStartMessage Delivered" in words
    with django_assert_max_num_queries(6):
        facts = office.get("/api/v1/dataspace/negotiations").json()["items"]
    assert sorted(one["state"] for one in facts) == ["agreed", "agreed", "finalized"]


def test_the_token_of_a_transfer_is_shown_to_nobody(peer: Peer) -> None:
    offer = data.offer(data.published(), self_service=True)
    transfer = transferred(peer, concluded(peer, offer))
    body = signed_in(Role.OFFICE).get(f"/api/v1/dataspace/transfers/{transfer.pk}").json()
    (start,) = [m["body"] for m in body["messages"] if m["kind"] == "TransferStartMessage"]
    assert sorted(start["dataAddress"]) == ["@type", "endpoint", "endpointType"]
    assert "endpointProperties" not in json.dumps(body)


def test_a_member_asks_on_the_page_by_api_and_by_command(
    peer: Peer, told: Any, live_remote: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from aifactory.datasets.dataspace import queries

    entry = queries._entry({"@id": "dst_there", "dct:title": "Their cells", "hasPolicy": [OFFER]})
    monkeypatch.setattr(queries, "their_dataset", lambda _participant, _pk: entry)
    monkeypatch.setattr("aifactory.datasets.dataspace.actions.their_dataset", lambda _participant, _pk: entry)
    monkeypatch.setattr(
        queries, "their_catalogue", lambda _participant, **_wish: {"items": [entry], "next": ""}
    )
    project = awards.project(purpose=data.PURPOSE)
    member, there = Client(), peer.participant.pk
    member.force_login(project.leader)
    assert "What Factory There offers" in told(member.get(f"/dataspace/participants/{there}/catalogue/"))
    page = f"/dataspace/participants/{there}/ask/?dataset=dst_there"
    assert "Ask for Their cells" in told(member.get(page))
    form = {"offer": "off_there", "project": project.pk, "purpose": "scientific-research"}
    assert "granted for another purpose" in told(member.post(page, form))
    assert member.post(page, form | {"purpose": data.PURPOSE}).status_code == 302
    found = Negotiation.objects.get()
    assert (found.title, found.project, found.state) == ("Their cells", project.pk, "requested")
    live_remote(project.leader)
    listed = run("dataspace", "negotiations", "--json")
    assert [one["id"] for one in listed["items"]] == [found.pk]
    assert run("dataspace", "show", found.pk, "--json")["messages"][0]["kind"] == "ContractRequestMessage"
    ended = run("dataspace", "act", found.pk, "end", "--reason", "Not needed.", "--json")
    assert (ended["state"], ended["turn"], ended["reason"]) == ("terminated", "nobody", "Not needed.")
    assert run("dataspace", "catalogue", there, "--json")["items"][0]["title"] == "Their cells"
    assert run("dataspace", "identity", "--json")["identifier"] == "urn:aifactory:here"
