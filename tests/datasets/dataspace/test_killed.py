"""Killed between two moves, at any moment: nothing is lost, nothing is done twice."""

import sys
import time
from collections import Counter, defaultdict
from typing import Any

import pytest

from aifactory.audit.models import Event
from aifactory.datasets.dataspace.models import Message, Negotiation
from aifactory.datasets.models import Agreement, Offer
from tests.datasets.dataspace.conftest import Peer
from tests.faults.conftest import Processes, altered, processes, until

__all__ = ["processes"]
MANY = 25


@pytest.mark.thorough
@pytest.mark.django_db(transaction=True)
def test_killed_at_any_moment_every_message_goes_out_and_counts_once(
    peer: Peer, offer: Offer, processes: Processes, tmp_path: Any
) -> None:
    pids = [peer.request(offer, f"urn:uuid:{n}").json()["providerPid"] for n in range(MANY)]
    taken: dict[str, Any] = defaultdict(list)
    answer = peer.server.took

    def slow(path: str, body: dict[str, Any], headers: dict[str, str]) -> tuple[int, dict[str, Any]]:
        taken[body["providerPid"]].append((headers["Idempotency-Key"], body["@type"], body))
        time.sleep(0.03)  # so that some are killed between the sending and the answer
        return answer(path, body, headers)

    peer.server.took = slow  # type: ignore[method-assign]
    command = [sys.executable, "-m", "tests.datasets.dataspace.process"]
    for patience in (0.1, 0.3):
        process, heard = processes.run("carrier", command), sum(map(len, taken.values()))
        until(lambda heard=heard: sum(map(len, taken.values())) > heard, seconds=60)
        time.sleep(patience)
        processes.kill(process)
    processes.run("carrier", command)
    until(lambda: not Message.objects.filter(standing="waiting").exists() and len(taken) == MANY, seconds=60)
    assert Counter(n.state for n in Negotiation.objects.all()) == {"agreed": MANY}
    assert Agreement.objects.filter(state="agreed").count() == MANY
    assert Event.objects.filter(name="negotiation:agree").count() == MANY
    for pid in pids:  # what came more than once came with the same key and the same words
        key, kind, body = taken[pid][0]
        assert (key, kind) == (f"{pid}-2", "ContractAgreementMessage")
        assert all(again == (key, kind, body) for again in taken[pid])
    assert altered(tmp_path) == []
