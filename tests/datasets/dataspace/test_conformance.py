"""The conformance kit's sequences, replayed against the real server in the mode that is made for the kit."""

import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from aifactory.datasets.dataspace import messages
from tests.datasets.dataspace.counterpart import Counterpart, counterpart
from tests.datasets.dataspace.schemas import Schemas, cases
from tests.services.postgres import free_port

ROOT = Path(__file__).parents[3]
RULES = [
    {"action": "use", "constraint": [{"leftOperand": "spatial", "operator": "eq", "rightOperand": "_:EU"}]}
]
#: what a message is called in the sequences → its type and event
NAMES = {
    "ContractVerificationMessage": ("ContractAgreementVerificationMessage", ""),
    "ContractNegotiationEventMessage:accepted": ("ContractNegotiationEventMessage", "ACCEPTED"),
    "ContractNegotiationEventMessage:finalized": ("ContractNegotiationEventMessage", "FINALIZED"),
}
#: type and event → the state it leads to
STATES = {
    ("ContractRequestMessage", ""): "REQUESTED",
    ("ContractOfferMessage", ""): "OFFERED",
    ("ContractNegotiationEventMessage", "ACCEPTED"): "ACCEPTED",
    ("ContractAgreementMessage", ""): "AGREED",
    ("ContractAgreementVerificationMessage", ""): "VERIFIED",
    ("ContractNegotiationEventMessage", "FINALIZED"): "FINALIZED",
    ("ContractNegotiationTerminationMessage", ""): "TERMINATED",
    ("TransferRequestMessage", ""): "REQUESTED",
    ("TransferStartMessage", ""): "STARTED",
    ("TransferSuspensionMessage", ""): "SUSPENDED",
    ("TransferCompletionMessage", ""): "COMPLETED",
    ("TransferTerminationMessage", ""): "TERMINATED",
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    port = free_port()
    command = [
        str(Path(sys.executable).parent / "aifactory"),
        "dataspace",
        "serve",
        "--tck",
        "--port",
        str(port),
    ]
    said = tmp_path_factory.mktemp("tck") / "log"
    with said.open("wb") as log:
        process = subprocess.Popen(
            command, cwd=ROOT, env=os.environ | {"DATABASE_URL": ""}, stdout=log, stderr=log
        )
    address, begun = f"http://127.0.0.1:{port}", time.monotonic()
    try:
        while True:
            try:
                if httpx.get(f"{address}/.well-known/dspace-version", timeout=5).status_code == 200:
                    break
            except httpx.TransportError:
                pass
            assert process.poll() is None, said.read_text()
            assert time.monotonic() - begun < 240, said.read_text()
            time.sleep(0.1)
        yield address
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(20)


class Kit:
    """Plays the kit's part of one sequence."""

    def __init__(self, server: str, other: Counterpart, schemas: Schemas, case: str) -> None:
        self.root, self.other, self.schemas = server, other, schemas
        area, number = case.split(":")
        self.name = "A" + area.replace("_", "") + number.replace("-", "")
        self.area = "negotiations" if area.startswith("CN") else "transfers"
        self.consumes = area.endswith("_C")  # whether the connector under test does
        self.pids = {"consumerPid": "" if self.consumes else f"urn:uuid:{uuid.uuid4()}", "providerPid": ""}
        self.client = httpx.Client(base_url=f"{server}/dsp/2025-1", timeout=10)

    @property
    def theirs(self) -> str:
        return self.pids["consumerPid" if self.consumes else "providerPid"]

    @property
    def ours(self) -> str:
        return self.pids["providerPid" if self.consumes else "consumerPid"]

    def play(self, steps: list[dict[str, str]]) -> None:
        finished = False
        for n, step in enumerate(steps):
            if step["kind"] == "response" or finished:
                continue
            refused = n + 1 < len(steps) and steps[n + 1]["message"] == "4xx ERROR"
            if step["message"].startswith("Signal"):
                self.signal()
            elif step["from"] == "TCK":
                self.send(*NAMES.get(step["message"], (step["message"], "")), refused=refused)
            else:
                self.expect(*NAMES.get(step["message"], (step["message"], "")))
                following = [s["from"] for s in steps[n + 1 :] if s["kind"] == "request"]
                if following[:1] != ["CUT"]:  # else its script goes on at once
                    assert self.state() == STATES[NAMES.get(step["message"], (step["message"], ""))]
            # One sequence draws a termination after the end; its state is final, and the kit sends none.
            finished = step["message"] == "ContractNegotiationEventMessage:finalized" and not refused

    def signal(self) -> None:
        facts = {"providerId": "TCK_PARTICIPANT", "connectorAddress": self.other.address}
        facts |= {"datasetId": self.name, "offerId": "o1", "agreementId": self.name, "format": messages.PULL}
        assert httpx.post(f"{self.root}/tck/{self.area}/requests", json=facts, timeout=10).status_code == 201

    def expect(self, kind: str, event: str) -> None:
        opening = kind in {"ContractRequestMessage", "TransferRequestMessage"} and not self.ours
        path, body = self.other.next(self.name if opening else self.ours)
        assert (body["@type"], body.get("eventType", "")) == (kind, event)
        assert self.schemas.problems(body) == []
        if opening:
            self.pids = {"consumerPid": body["consumerPid"], "providerPid": f"{body['consumerPid']}-theirs"}
        else:
            table = messages.NEGOTIATION_MESSAGES | messages.TRANSFER_MESSAGES
            tails = {(k, e): tail for k, e, tail in table.values()}
            tails |= {("ContractNegotiationTerminationMessage", ""): "termination"}
            assert path.endswith(f"/{self.ours}/{tails[(kind, event)]}")

    def send(self, kind: str, event: str, *, refused: bool) -> None:
        opening = kind in {"ContractRequestMessage", "TransferRequestMessage"} and not self.theirs
        body = self.body(kind, event, opening=opening)
        assert self.schemas.problems(body) == []
        table = messages.NEGOTIATION_MESSAGES if self.area == "negotiations" else messages.TRANSFER_MESSAGES
        tails = {(k, e): tail for k, e, tail in table.values()}
        path = f"{self.area}/request" if opening else f"{self.area}/{self.theirs}/{tails[(kind, event)]}"
        before = None if opening else self.state()
        answer = self.client.post(path, json=body)
        if refused:
            assert 400 <= answer.status_code < 500
            assert answer.json()["@type"] in {"ContractNegotiationError", "TransferError"}
            assert answer.json()["reason"]
            assert self.schemas.problems(answer.json()) == []
            assert self.state() == before
            return
        assert answer.status_code == (201 if opening else 200), answer.text
        assert self.schemas.problems(answer.json()) == []
        if opening:
            self.pids["providerPid"] = answer.json()["providerPid"]
        assert answer.json()["state"] == STATES[(kind, event)]

    def body(self, kind: str, event: str, *, opening: bool) -> dict[str, Any]:
        facts: dict[str, Any] = dict(self.pids)
        policy = {"@id": f"CD123:{self.name}:456", "target": self.name, "permission": RULES}
        match kind:
            case "ContractRequestMessage":
                facts["offer"] = policy | {"@type": "Offer"}
            case "ContractOfferMessage":
                facts["offer"] = policy | {"@type": "Offer"}
            case "ContractAgreementMessage":
                parties = {
                    "assigner": "TCK_PARTICIPANT",
                    "assignee": "urn:cut",
                    "timestamp": "2026-11-23T01:00:00Z",
                }
                facts["agreement"] = policy | parties | {"@type": "Agreement"}
            case "ContractNegotiationEventMessage":
                facts["eventType"] = event
            case "TransferRequestMessage":
                facts |= {"agreementId": self.name, "format": messages.PULL}
        if opening:
            facts["callbackAddress"] = self.other.address
        return messages.write(kind, **facts)

    def state(self) -> str:
        answer = self.client.get(f"{self.area}/{self.theirs}")
        assert self.schemas.problems(answer.json()) == []
        return str(answer.json()["state"])


def catalogue(server: str, schemas: Schemas, case: str) -> None:
    client = httpx.Client(base_url=f"{server}/dsp/2025-1", timeout=10)
    match case:
        case "MET:01-01":
            assert schemas.problems(httpx.get(f"{server}/.well-known/dspace-version").json(), "Version") == []
        case "CAT:01-01":
            body = client.post("catalog/request", json=messages.write("CatalogRequestMessage")).json()
            assert schemas.problems(body) == []
            assert "ACN0101" in {entry["@id"] for entry in body["dataset"]}
        case "CAT:01-02":
            body = client.get("catalog/datasets/ACN0101").json()
            assert (schemas.problems(body), body["@id"]) == ([], "ACN0101")
        case _:
            answer = client.get("catalog/datasets/unknown")
            assert (answer.status_code, answer.json()["@type"]) == (404, "CatalogError")
            assert schemas.problems(answer.json()) == []


@pytest.mark.thorough
def test_all_67_sequences(server: str, shared: Path) -> None:
    """Also the two that the kit itself leaves out."""
    schemas, sequences = Schemas(shared), cases(shared)

    def run(case: str) -> str:
        try:
            if case.startswith(("CAT", "MET")):
                catalogue(server, schemas, case)
            else:
                Kit(server, other, schemas, case).play(sequences[case])
        except Exception as problem:  # noqa: BLE001 - every case is told of
            return repr(problem)
        return ""

    with counterpart() as other, ThreadPoolExecutor(4) as pool:
        results = dict(zip(sequences, pool.map(run, sequences), strict=True))
    assert {case: said for case, said in results.items() if said} == {}
    assert len(results) == 67
