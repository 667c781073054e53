"""Nothing that a job in the secure environment wrote, printed or named leaves by any way before it was released."""

import io
import json
import logging
import zipfile
from collections.abc import Iterator

import pytest
from django.core.cache import cache
from django.test import Client

from aifactory.api import api
from aifactory.audit.export import write
from aifactory.audit.sealing import seal_all
from aifactory.people.models import Role
from aifactory.supercomputer import actions
from aifactory.supercomputer.models import Attempt
from aifactory.supercomputer.secure import actions as secure
from aifactory.supercomputer.secure.models import Release
from tests.people.factories import person
from tests.rules.world import World, pages
from tests.supercomputer.secure_factories import inside

SECRET = b"zqsecret"
WRITTEN = {
    "zqsecret.csv": b"zqsecret,people\nyoung,120\n",
    "metrics.json": b'{"zqsecret": 0.9}',
    "model_facts.json": b'{"zqsecret": "limits"}',
    "roc.json": b'{"curves": [{"family": "zqsecret", "points": [[0, 0], [1, 1]]}]}',
    "progress.jsonl": b'{"done": 0.5, "text": "zqsecret"}\n',
    "checkpoint/zqsecret.bin": b"zqsecret",
}


class AskedFor(World):
    """The same world, asked about one secure run wherever a job, a run or a result can be named."""

    def __init__(self, plant, attempt: Attempt, asked: Release, name: str) -> None:
        super().__init__(plant)
        self.mine = {
            "job_id": attempt.job_id,
            "attempt_id": attempt.pk,
            "agreement_id": attempt.job.secure[0],
            "release_id": asked.pk,
            "output_id": asked.files.get().pk,
            "path": name,
        }

    def value(self, name: str, route: str) -> str:
        return self.mine[name] if name in self.mine else super().value(name, route)


def addresses(world: AskedFor) -> Iterator[tuple[str, bool]]:
    """Yield every page and every readable route of the API, and whether it names the run or what came of it."""
    for route, address, _owner in pages(world):
        if not route.startswith("accounts/"):
            yield address, any(name in route for name in world.mine)
    for path, operations in api.get_openapi_schema()["paths"].items():
        if "get" in operations and "/agent/" not in path:
            address = path
            for name in (part.strip("{}") for part in path.split("/") if part.startswith("{")):
                address = address.replace("{" + name + "}", world.value(name, path))
            yield address, any(name in path for name in world.mine)


def told(answer) -> bytes:
    """Return all that an answer says: headers, body, and what is packed in it."""
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    if body.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            body = b"".join(name.encode() + archive.read(name) for name in archive.namelist())
    return body + str(answer.headers).encode()


def export() -> bytes:
    """Return the public export of the whole log."""
    seal_all("log.example")
    stream = io.BytesIO()
    write(stream, origin="log.example")
    return stream.getvalue()


@pytest.mark.thorough
def test_no_way_out_tells_a_byte_of_it(house, caplog):
    caplog.set_level(logging.CRITICAL)
    here = inside(house)
    house.behaviour |= {"prints": b"zqsecret was printed\n", "outputs": WRITTEN}
    ended = here.run(title="Ended")
    house.behaviour |= {"seconds": 500.0}
    running = here.run(title="Running")
    kept = ended.withheld
    assert (ended.state, running.state) == ("completed", "running")
    assert {file["path"] for file in kept.files} == {*WRITTEN, "log.txt"}
    asked = secure.ask_release(kept, ["roc.json"], by=house.user, reason="To see whether it leaks.")

    every = dict(addresses(AskedFor(house, ended, asked, "zqsecret.csv")))
    near = {address for address, is_near in every.items() if is_near}
    near |= {address.replace("zqsecret.csv", "log.txt") for address in near}
    for mine, other in ((ended.job_id, running.job_id), (ended.pk, running.pk)):
        near |= {address.replace(mine, other) for address in near}
    assert (len(every) > 350, len(near) > 40) == (True, True)
    for user, ways in ((house.user, near | set(every)), (person(Role.AUDITOR), near)):
        client = Client(raise_request_exception=False)
        client.force_login(user)
        for address in sorted(ways):
            cache.clear()
            said = told(client.get(address)).replace(
                address.encode(), b""
            )  # a refusal repeats what was asked for
            assert SECRET not in said.replace(b"outputs/zqsecret.csv", b""), (user.roles, address)
    assert SECRET not in export()

    client = Client()
    client.force_login(house.user)
    model = {"attempt": kept.attempt_id, "name": "M", "intended_use": "Research"}
    answer = client.post("/api/v1/models", json.dumps(model), content_type="application/json")
    assert (answer.status_code, answer.json()["type"].rsplit(":")[-1]) == (409, "NothingToRegister")
    job = {"recipe": "batch-inference", "parameters": {}}
    derived = house.submit(**job, inputs={"model": ended.pk, "table": house.agreement.version_id})
    actions.start(derived, by=house.user)
    assert derived.secure == ended.job.secure
    assert SECRET not in told(client.get(f"/api/v1/jobs/{derived.pk}"))

    again = secure.ask_release(kept, ["zqsecret.csv"], by=house.user, reason="Only large groups.")
    secure.decide_file(again.files.get(), "release", by=here.steward, reason="Only large groups.")
    answer = client.get(f"/api/v1/attempts/{ended.pk}/outputs/zqsecret.csv")
    assert told(answer).startswith(WRITTEN["zqsecret.csv"])
    assert SECRET in told(client.get(f"/api/v1/projects/{house.project.pk}/export"))
