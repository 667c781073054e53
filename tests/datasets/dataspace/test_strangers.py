"""What a participant may say or do that it should not: it harms nobody, and people here keep the last word."""

from typing import Any

import pytest

from aifactory.datasets.agreeing import suspend_agreement
from aifactory.datasets.dataspace import outbox, pulling
from aifactory.datasets.dataspace.models import Negotiation
from aifactory.datasets.models import Agreement, Offer
from aifactory.people.models import Role
from aifactory.ports.dataspace import Caller
from aifactory.ports.registry import provide
from tests.datasets.dataspace.conftest import Peer
from tests.datasets.dataspace.test_consuming import Giver, asked, started, walk
from tests.people.factories import person

__all__ = ["asked"]


def test_what_the_office_suspended_does_not_go_on_because_the_provider_still_gives(
    peer: Peer, asked: Negotiation
) -> None:
    transfer = walk(peer, asked)
    giver = Giver(peer, transfer)
    started(peer, transfer, giver.endpoint)
    provide(Caller, giver)  # type: ignore[arg-type]
    pulling.turn()
    agreement = Agreement.objects.get()
    suspend_agreement(agreement, by=person(Role.OFFICE), reason="The purpose is being looked into.")
    assert pulling.follow() == 0
    agreement.refresh_from_db()
    assert (agreement.state, agreement.reason) == ("suspended", "The purpose is being looked into.")


STRANGE = {
    "a name that is a list": lambda said: said["files"][0].update(path=[]),
    "half a character": lambda said: said["dataset"].update(title="\ud83d"),
    "a character that no database takes": lambda said: said.update(digest="\x00"),
    "a number of files": lambda said: said.update(files=[7]),
}


@pytest.mark.parametrize("change", STRANGE.values(), ids=STRANGE.keys())
def test_a_strange_list_of_files_is_written_down_and_holds_up_nobody(
    peer: Peer, asked: Negotiation, change: Any
) -> None:
    transfer = walk(peer, asked)
    giver = Giver(peer, transfer)
    change(giver.listed)
    started(peer, transfer, giver.endpoint)
    provide(Caller, giver)  # type: ignore[arg-type]
    assert pulling.turn() == 0
    transfer.refresh_from_db()
    assert transfer.trouble
    assert transfer.pull_at is not None
    assert Agreement.objects.count() == 0


def test_a_key_that_came_before_does_not_make_another_message_done(peer: Peer, offer: Offer) -> None:
    pid = peer.request(offer).json()["providerPid"]
    outbox.carry_on(pid)
    said = peer.say("ContractAgreementVerificationMessage", pid)
    path = f"negotiations/{pid}"
    assert peer.send(f"{path}/agreement/verification", said, key="k1").status_code == 200
    end = peer.say("ContractNegotiationTerminationMessage", pid, code="c", reason=["No."])
    answer = peer.send(f"{path}/termination", end, key="k1")
    assert (answer.status_code, answer.json()["code"]) == (422, "KeyUsedBefore")
    assert Negotiation.objects.get().state != "terminated"
    assert peer.send(f"{path}/termination", end, key="k2").status_code in {200, 409}
