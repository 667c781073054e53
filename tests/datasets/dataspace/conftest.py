"""A factory and another participant: one in this process, the other a bare server with a key of its own."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from aifactory.adapters.dataspace.http import HttpCaller
from aifactory.adapters.dataspace.tokens import SignedTokens
from aifactory.datasets.dataspace import actions, messages, policies
from aifactory.datasets.dataspace.models import Participant
from aifactory.datasets.models import Offer
from aifactory.people.models import Role
from aifactory.ports.dataspace import Caller
from aifactory.ports.registry import provide
from tests.datasets import factories as data
from tests.datasets.dataspace.counterpart import Counterpart, counterpart
from tests.people.factories import organisation, person

US, THEM = "urn:aifactory:here", "urn:aifactory:there"


@dataclass
class Peer:
    """The other participant: signs its messages, and speaks to the factory through Django's test client."""

    tokens: SignedTokens
    server: Counterpart
    participant: Participant
    client: Client = field(default_factory=Client)

    def send(self, path: str, body: Any, *, key: str = "", **headers: str) -> Any:
        """Post a message (or whatever stands in for one) and return the answer."""
        sent = self.tokens.present(US) | ({"Idempotency-Key": key} if key else {}) | headers
        content = body if isinstance(body, bytes | str) else messages.canonical(body)
        return self.client.post(
            f"/dsp/2025-1/{path}", data=content, content_type="application/json", headers=sent
        )

    def get(self, path: str, **headers: str) -> Any:
        return self.client.get(f"/dsp/2025-1/{path}", headers=self.tokens.present(US) | headers)

    def request(self, offer: Offer, pid: str = "urn:uuid:1", **terms: Any) -> Any:
        """Ask for a contract under an offer, for one purpose."""
        wanted = policies.read_terms(offer.terms | {"purposes": [data.PURPOSE]} | terms)
        policy = policies.write(wanted, offer.pk, target=offer.dataset_id)
        body = messages.write(
            "ContractRequestMessage", consumerPid=pid, offer=policy, callbackAddress=self.server.address
        )
        return self.send("negotiations/request", body)

    def say(self, kind: str, pid: str, **fields: Any) -> dict[str, Any]:
        """Write a message of the negotiation or transfer `urn:uuid:1` of ours with their `pid`."""
        return messages.write(kind, consumerPid="urn:uuid:1", providerPid=pid, **fields)


@pytest.fixture
def peer(store: object, tmp_path: Path, db: None) -> Iterator[Peer]:
    """Put another participant on the factory's list."""
    provide(Caller, HttpCaller(["127.0.0.0/8"]))
    tokens = SignedTokens(THEM, tmp_path / "theirs" / "key.pem")
    with counterpart() as server:
        admitted = actions.admit(
            organisation(name="Factory There", kind="research"),
            by=person(Role.OFFICE),
            identifier=THEM,
            address=server.address,
            keys=[tokens.public_key()],
        )
        yield Peer(tokens, server, admitted)


@pytest.fixture
def offer(peer: Peer) -> Offer:
    """An offer that needs no decision per request."""
    return data.offer(data.published(), self_service=True)


Ask = Callable[..., Any]
