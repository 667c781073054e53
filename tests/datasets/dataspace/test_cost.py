"""What a negotiation costs: the questions to the database of each step, of which there are never more with the data."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from queue import SimpleQueue
from typing import Any

import pytest
from django.db import connection

from aifactory.datasets.dataspace import actions, courier, outbox
from aifactory.datasets.dataspace.models import Message, Negotiation, Process
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


def steps(committed: Any, *named: tuple[str, Callable[[], Any]]) -> dict[str, int]:
    """Take steps one after the other; return what each cost."""
    cost = {}
    for name, take in named:
        with asked() as seen, committed(execute=True):
            take()
        cost[name] = len(seen)
    return cost


@pytest.fixture
def deliver() -> Iterator[Callable[[], None]]:
    """Let messages be claimed as in a web server; what its threads would deliver by themselves, deliver when called."""
    given: SimpleQueue[tuple[Process, Message]] = SimpleQueue()
    courier.start(lambda _pid: None, lambda process, message: given.put((process, message)))
    yield lambda: outbox.deliver(*given.get(timeout=10))
    assert given.empty()
    courier.stop()


def test_a_whole_negotiation_takes_so_many_questions_of_the_provider(
    peer: Peer, offer: Offer, deliver: Callable[[], None], django_capture_on_commit_callbacks: Any
) -> None:
    pids: list[str] = []
    verified = ("negotiations/{}/agreement/verification", "ContractAgreementVerificationMessage")
    cost = steps(
        django_capture_on_commit_callbacks,
        ("request", lambda: pids.append(peer.request(offer).json()["providerPid"])),
        ("agree", deliver),
        ("verified", lambda: peer.send(verified[0].format(pids[0]), peer.say(verified[1], pids[0]))),
        ("finalize", deliver),
    )
    assert Negotiation.objects.get().state == "finalized"
    assert cost == expected(request=(14, 20), agree=(2, 2), verified=(12, 15), finalize=(2, 2))


def test_a_whole_negotiation_takes_so_many_questions_of_the_consumer(
    peer: Peer, deliver: Callable[[], None], django_capture_on_commit_callbacks: Any
) -> None:
    project = awards.project(purpose=PURPOSE)
    facts: dict[str, Any] = {"policy": OFFER, "dataset": "dst_there", "title": "Cells"}
    begun: list[Negotiation] = []
    by = project.leader

    def begin() -> None:
        begun.append(actions.begin(peer.participant, by=by, project=project, purpose=PURPOSE, **facts))

    def tell(path: str, kind: str, **fields: Any) -> None:
        peer.send(f"negotiations/{begun[0].pk}/{path}", say(kind, begun[0], **fields), key=path)

    cost = steps(
        django_capture_on_commit_callbacks,
        ("begin", begin),
        ("send", deliver),
        ("agreed", lambda: tell("agreement", "ContractAgreementMessage", agreement=agreement_on(begun[0]))),
        ("verify", deliver),
        ("finalized", lambda: tell("events", "ContractNegotiationEventMessage", eventType="FINALIZED")),
        ("transfer", deliver),
    )
    assert Negotiation.objects.get().state == "finalized"
    assert cost == expected(
        begin=(4, 6), send=(3, 3), agreed=(8, 10), verify=(2, 2), finalized=(10, 13), transfer=(3, 3)
    )
