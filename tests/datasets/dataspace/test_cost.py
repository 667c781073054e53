"""What a negotiation costs: the questions to the database of each step, of which there are never more with the data."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection

from aifactory.datasets.dataspace import actions, outbox
from aifactory.datasets.dataspace.models import Negotiation
from aifactory.datasets.models import Offer
from tests.awards import factories as awards
from tests.datasets.dataspace.conftest import Peer
from tests.datasets.dataspace.test_consuming import OFFER, agreement_on, say
from tests.datasets.factories import PURPOSE

pytestmark = pytest.mark.django_db


def expected(**cost: tuple[int, int]) -> dict[str, int]:
    """Return what each step costs on PostgreSQL, or else: there an event, its place and a salt are one statement."""
    return {name: both[connection.vendor != "postgresql"] for name, both in cost.items()}


@contextmanager
def asked() -> Iterator[list[str]]:
    """Collect what the database is asked in this block, but for where to go back to."""
    seen: list[str] = []

    def listen(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        if not sql.startswith(("SAVEPOINT", "RELEASE SAVEPOINT")):
            seen.append(sql)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(listen):
        yield seen


def steps(*named: tuple[str, Callable[[], Any]]) -> dict[str, int]:
    """Take steps one after the other; return what each cost."""
    cost = {}
    for name, take in named:
        with asked() as seen:
            take()
        cost[name] = len(seen)
    return cost


def test_a_whole_negotiation_takes_so_many_questions_of_the_provider(peer: Peer, offer: Offer) -> None:
    pids: list[str] = []
    verified = ("negotiations/{}/agreement/verification", "ContractAgreementVerificationMessage")
    cost = steps(
        ("request", lambda: pids.append(peer.request(offer).json()["providerPid"])),
        ("agree", lambda: outbox.carry_on(pids[0])),
        ("verified", lambda: peer.send(verified[0].format(pids[0]), peer.say(verified[1], pids[0]))),
        ("finalize", lambda: outbox.carry_on(pids[0])),
    )
    assert Negotiation.objects.get().state == "finalized"
    assert cost == expected(request=(5, 7), agree=(14, 18), verified=(5, 6), finalize=(11, 13))


def test_a_whole_negotiation_takes_so_many_questions_of_the_consumer(peer: Peer) -> None:
    project = awards.project(purpose=PURPOSE)
    facts: dict[str, Any] = {"policy": OFFER, "dataset": "dst_there", "title": "Cells"}
    begun: list[Negotiation] = []
    by = project.leader

    def begin() -> None:
        begun.append(actions.begin(peer.participant, by=by, project=project, purpose=PURPOSE, **facts))

    def tell(path: str, kind: str, **fields: Any) -> None:
        peer.send(f"negotiations/{begun[0].pk}/{path}", say(kind, begun[0], **fields), key=path)

    cost = steps(
        ("begin", begin),
        ("send", lambda: outbox.carry_on(begun[0].pk)),
        ("agreed", lambda: tell("agreement", "ContractAgreementMessage", agreement=agreement_on(begun[0]))),
        ("verify", lambda: outbox.carry_on(begun[0].pk)),
        ("finalized", lambda: tell("events", "ContractNegotiationEventMessage", eventType="FINALIZED")),
    )
    assert Negotiation.objects.get().state == "finalized"
    assert cost == expected(begin=(5, 7), send=(7, 7), agreed=(6, 7), verify=(7, 8), finalized=(7, 8))
