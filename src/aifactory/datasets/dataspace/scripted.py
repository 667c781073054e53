"""How the factory behaves for the protocol's conformance kit (TCK): by script, as the kit requires.

The kit drives a connector over HTTP and expects certain steps in certain states, chosen by the name of the
dataset (negotiations) or agreement (transfers). Before each step there is a pause: the kit looks at a state
for a moment before it expects the next message.
"""

import secrets
import uuid
from typing import Any
from urllib.parse import urlsplit

from aifactory.datasets.dataspace import moving
from aifactory.datasets.dataspace.actions import admit
from aifactory.datasets.dataspace.conduct import AddressNotAllowed
from aifactory.datasets.dataspace.messages import PULL
from aifactory.datasets.dataspace.messages import Message as Read
from aifactory.datasets.dataspace.models import Message, Negotiation, Participant
from aifactory.datasets.dataspace.rules import DATASPACE
from aifactory.kit import clock
from aifactory.people.actions import grant_role, register_organisation, register_person
from aifactory.people.actors import INSTALLER
from aifactory.people.models import Role
from aifactory.ports.dataspace import Identity
from aifactory.ports.registry import get

#: name of the dataset or agreement → our steps, each with the state in which it is due
SCRIPTS: dict[str, str] = {
    # negotiations in which we provide
    "ACN0101": "requested offer",
    "ACN0102": "requested offer, requested terminate",
    "ACN0103": "requested offer, accepted agree, verified finalize",
    "ACN0104": "requested agree, verified finalize",
    "ACN0201": "requested terminate",
    "ACN0202": "",
    "ACN0203": "requested agree",
    "ACN0204": "requested offer",
    "ACN0205": "requested offer, offered terminate",
    "ACN0206": "requested offer, accepted terminate",
    "ACN0207": "requested agree, verified terminate",
    "ACN0301": "requested agree, verified finalize",
    "ACN0302": "requested offer",
    "ACN0303": "requested offer",
    "ACN0304": "requested offer",
    # negotiations in which we consume
    "ACNC0101": "offered accept, agreed verify",
    "ACNC0102": "offered request",
    "ACNC0103": "offered terminate",
    "ACNC0104": "agreed verify",
    "ACNC0201": "",
    "ACNC0202": "requested terminate",
    "ACNC0203": "agreed terminate",
    "ACNC0204": "",
    "ACNC0205": "offered accept",
    "ACNC0206": "agreed verify",
    "ACNC0301": "",
    "ACNC0302": "",
    "ACNC0303": "",
    "ACNC0304": "offered accept",
    "ACNC0305": "offered accept",
    "ACNC0306": "offered accept",
    # transfers in which we provide
    "ATP0101": "requested start, started terminate",
    "ATP0102": "requested start, started complete",
    "ATP0103": "requested start, started suspend, suspended terminate",
    "ATP0104": "requested start, started suspend, suspended start, started complete",
    "ATP0105": "requested terminate",
    "ATP0201": "requested start",
    "ATP0202": "requested start",
    "ATP0203": "requested start",
    "ATP0204": "requested start",
    "ATP0205": "",
    "ATP0301": "",
    "ATP0302": "",
    "ATP0303": "requested start",
    "ATP0304": "requested start",
    "ATP0305": "requested start",
    "ATP0306": "requested start",
    # transfers in which we consume; in the others we only listen
    "ATPC0201": "started terminate",
    "ATPC0202": "started complete",
    "ATPC0203": "started suspend, suspended terminate",
    "ATPC0204": "started suspend, suspended start, started complete",
    "ATPC0205": "requested terminate",
}
VISITOR = "TCK_PARTICIPANT"
_RULES = [{"action": "use"}]
_ADDRESS = {"@type": "DataAddress", "endpointType": "https://w3id.org/idsa/v4.1/HTTP"}


class Script:
    """Implements `Conduct` for the kit. No data is given or got, and no agreement of the factory is made."""

    delay_s = 0.03
    pulls = False
    most_offers = 10_000

    def check_callback(self, participant: Participant, address: str) -> None:  # noqa: ARG002 - part of Conduct
        """Anywhere on this machine."""
        if urlsplit(address).hostname not in {"127.0.0.1", "localhost", "::1"}:
            raise AddressNotAllowed(
                "In the conformance mode callbacks stay on this machine.", rule="callback"
            )

    def facts(self, message: Read) -> dict[str, str]:
        """Whatever the kit names exists."""
        return {"dataset": str(message["offer"].get("target", "")), "title": ""}

    def check_target(self, negotiation: Negotiation, policy: dict[str, Any]) -> None:
        """The kit may name what it wants."""

    def page(self, filters: list[Any], after: str, limit: int) -> tuple[list[dict[str, Any]], str]:  # noqa: ARG002
        """One dataset for every script of a negotiation in which we provide."""
        return [entry for name in SCRIPTS if (entry := self.dataset(name))], ""

    def dataset(self, dataset_id: str) -> dict[str, Any] | None:
        """One of these."""
        if dataset_id not in SCRIPTS or not dataset_id.startswith("ACN0"):
            return None
        return {
            "@id": dataset_id,
            "@type": "Dataset",
            "hasPolicy": [{"@id": f"offer-{dataset_id}", "@type": "Offer", "permission": _RULES}],
            "distribution": [{"@type": "Distribution", "format": PULL, "accessService": "urn:service:data"}],
        }

    def agreement_of(self, participant: Participant, message: Read) -> Negotiation | None:  # noqa: ARG002
        """The kit's agreements were never negotiated."""
        return None

    def proceed(self, process: Any) -> bool:
        """Make the next step of the script if its state has come; look again where another one is due."""
        name = process.dataset if isinstance(process, Negotiation) else process.agreement_pid
        steps = [step.split() for step in SCRIPTS.get(name, "").split(", ") if step]
        sent = Message.objects.filter(process=process.pk, key__startswith=process.pk).count()
        at = sent - (process.role == "consumer")  # our first message opened it
        if at >= len(steps) or steps[at][0] != process.state:
            return False
        if not process.their_pid:
            return True
        self._step(process, steps[at][1])
        return bool(at + 1 < len(steps) and steps[at + 1][0] == process.state)

    def _step(self, process: Any, step: str) -> None:
        policy = {**process.offer, "target": process.dataset} if isinstance(process, Negotiation) else {}
        match step:
            case "terminate":
                moving.terminate(process, by=DATASPACE, code="scripted", reason="The script says so.")
            case "offer":
                offer = policy | {"@id": f"urn:uuid:{uuid.uuid4()}"}
                moving.move(process, step, by=DATASPACE, said={"offer": offer}, offer=offer)
            case "request":
                moving.move(process, step, by=DATASPACE, said={"offer": policy})
            case "agree":
                agreement = policy | {
                    "@id": f"urn:uuid:{uuid.uuid4()}",
                    "@type": "Agreement",
                    "assigner": get(Identity).participant,
                    "assignee": process.participant.identifier,
                    "timestamp": clock.stamp(clock.now()),
                }
                moving.move(process, step, by=DATASPACE, said={"agreement": agreement}, agreement=agreement)
            case "start" if process.role == "provider":
                moving.move(process, step, by=DATASPACE, said={"dataAddress": _ADDRESS}, suspended_by="")
            case "suspend":
                said = {"code": "scripted", "reason": ["The script says so."]}
                moving.move(process, step, by=DATASPACE, said=said, suspended_by="us")
            case _:
                moving.move(process, step, by=DATASPACE)


def welcome() -> Participant:
    """Put the kit on the list of a factory that is served for it alone."""
    person = register_person(
        email="tck@factory.example", name="Conformance kit", password=secrets.token_hex()
    )
    grant_role(person, Role.OFFICE, by=INSTALLER)
    kit = register_organisation(by=person, name="Conformance kit", country="NL", kind="other")
    return admit(kit, by=person, identifier=VISITOR, address="http://127.0.0.1", keys=[])
