"""Real Jupyter servers in real jobs on this machine: opened through the proxy, worked in, closed or stopped."""

import asyncio
import json
import sys
import time
import uuid
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from aiohttp import ClientSession, CookieJar, TCPConnector, WSMsgType, WSServerHandshakeError, web
from aiohttp.abc import AbstractResolver
from django.db import connection

from aifactory.adapters.engine.local import LocalEngine
from aifactory.adapters.notebook.proxy import AiohttpProxy
from aifactory.agent.grants import SignedGrants
from aifactory.agent.loop import Agent
from aifactory.datasets.actions import suspend_agreement
from aifactory.ports.keys import Signer
from aifactory.ports.object_store import ObjectStore
from aifactory.ports.registry import get
from aifactory.supercomputer import actions, recipes
from aifactory.supercomputer.desk import PortalDesk, stop_without_agreement
from aifactory.supercomputer.models import Job, Usage
from aifactory.supercomputer.notebooks.door import PortalDoor
from aifactory.supercomputer.notebooks.queries import notebook
from tests.adapters.test_notebook_proxy import free_port
from tests.datasets.factories import store  # noqa: F401 - a fixture
from tests.services import loop
from tests.supercomputer.factories import factory
from tests.supercomputer.secure_factories import Inside, inside

IDLE_MINUTES = 0.15
CODE = """
import socket, sys
rows = len(open("/inputs/data/cells.csv").readlines()) - 1
try:
    socket.create_connection(("1.1.1.1", 53), 1)
except OSError:
    print("rows", rows, "and no network")
"""


class OurOwn:
    """The tests' own environment has JupyterLab too: building and compiling the recipe's takes half a minute more."""

    def ready(self, recipe: Path) -> Path:
        return Path(sys.prefix)


class Loopback(AbstractResolver):
    """As a browser does: every name below localhost is this machine."""

    async def resolve(self, host, port=0, family=0):
        return [{"hostname": host, "host": "127.0.0.1", "port": port, "family": 2, "proto": 0, "flags": 0}]

    async def close(self):
        pass


@pytest.fixture
def plant(transactional_db, store, tmp_path, settings):  # noqa: F811
    """A factory whose jobs run here, with its proxy."""
    made = factory(tmp_path)
    made.engine = LocalEngine(tmp_path / "engine", cores=2)
    if not made.engine.isolated:
        pytest.skip("bubblewrap does not work on this machine")
    made.agent = Agent(
        PortalDesk(), made.engine, get(ObjectStore), OurOwn(), recipes_root=recipes.ROOT,
        verify_grant=SignedGrants(get(Signer).public_keys()), root=tmp_path / "agent",
    )  # fmt: skip
    made.port = free_port()
    settings.NOTEBOOK_ADDRESS = f"http://*.localhost:{made.port}"
    return made


@pytest.mark.thorough
def test_people_work_in_notebooks_through_the_proxy(plant, settings, client):
    """One under usual terms, until it closes by itself; one on data that stays inside, until its holder stops it."""
    here = inside(plant, "tinker")
    job, looked = (
        plant.submit(
            recipe="notebook", inputs={"data": agreement.version_id}, engine="local", parameters={"idle_minutes": idle},
        )
        for agreement, idle in ((plant.agreement, IDLE_MINUTES), (here.agreement, 30.0))
    )  # fmt: skip
    actions.start_due()
    until(plant, looked, "ready")
    until(plant, job, "ready")
    client.force_login(plant.user)
    address = client.post(f"/jobs/{job.pk}/notebook/").url

    refused, made, said, statuses = loop.run(visit(plant, settings.NOTEBOOK_ADDRESS, address, work))

    assert refused == (401, 401)
    assert (made, said) == (201, "rows 300 and no network\n")
    # Its terms allow no copies: the notebook opens, and no file comes out, whichever way it is asked for.
    assert statuses == {"notebook": 200, "table": 400, "file": 403, "page": 200, "export": 403}
    begun = time.monotonic()
    until(plant, job, "ended")
    assert time.monotonic() - begun < IDLE_MINUTES * 60 + 10
    job.refresh_from_db()
    attempt = job.attempts.get()
    assert (job.state, attempt.state) == ("succeeded", "completed"), attempt.log
    assert {"work.ipynb", "table.csv"} <= {file["path"] for file in attempt.outputs}
    assert 0 < attempt.usage.core_seconds < job.wall_seconds

    address = client.post(f"/jobs/{looked.pk}/notebook/").url
    shown, thrown_out = loop.run(visit(plant, settings.NOTEBOOK_ADDRESS, address, partial(look, here)))

    assert (shown, thrown_out) == ("rows 300 and no network\n", (1008, 401))
    assert {"work.ipynb", "table.csv", "log.txt"} <= stopped(plant, looked)
    plant.line.refresh_from_db()
    assert (plant.line.held, plant.line.drawn) == (0, sum(used.core_seconds for used in Usage.objects.all()))


def stopped(plant, job: Job) -> set[str]:
    """Let the job be stopped, as its agreement is; see that all of it stays inside, and return the names of that."""
    assert [one.pk for one in stop_without_agreement()] == [job.pk]
    until(plant, job, "ended")
    attempt = job.attempts.get()
    assert (attempt.outputs, attempt.log, attempt.progress) == ([], "", {"ready": True})
    assert "A leak is looked into" in job.reason
    return {file["path"] for file in attempt.withheld.files}


def until(plant, job: Job, state: str) -> None:
    end = time.monotonic() + 120
    while True:
        plant.turn()
        job.refresh_from_db()
        last = job.attempts.get()
        if notebook(job, last).state == state:
            return
        assert time.monotonic() < end, (job.state, last.log)
        assert job.state in {"queued", "running"}, (job.reason, last.log)
        time.sleep(0.2)


async def visit(plant, pattern: str, ticket: str, do: Callable):
    """Come in with a ticket, and do something there."""
    runner = web.AppRunner(AiohttpProxy(pattern).application(PortalDoor(plant.engine)))
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", plant.port).start()
    home = ticket.partition("/.aifactory")[0]
    try:
        async with ClientSession(
            connector=TCPConnector(resolver=Loopback()),
            cookie_jar=CookieJar(unsafe=True),
            headers={"Origin": home},
        ) as browser:
            refused = await without_ticket(browser, home)
            async with browser.get(ticket) as page:
                assert (page.status, str(page.url)) == (200, f"{home}/lab"), await page.text()
                assert "jupyter-config-data" in await page.text()
            return await do(browser, home, refused)
    finally:
        await runner.cleanup()


async def work(browser: ClientSession, home: str, refused: tuple[int, int]):
    """Run a cell, save a notebook, and try to take a file out."""
    status, channels = await kernel(browser, home)
    return refused, status, await run(browser, channels, CODE), await take_out(browser, home)


async def look(here: Inside, browser: ClientSession, home: str, _refused: tuple[int, int]):
    """Look at the data and save something, until the holder stops it; return what was seen, and how it ended."""
    _status, channels = await kernel(browser, home)
    seen = await run(browser, channels, CODE)
    await take_out(browser, home)
    async with browser.ws_connect(f"{home}/api/events/subscribe") as talk:
        await asyncio.get_running_loop().run_in_executor(None, suspend, here)
        while (await talk.receive(timeout=20)).type not in {WSMsgType.CLOSE, WSMsgType.CLOSED}:
            pass
        code = talk.close_code
    async with browser.get(f"{home}/lab") as page:
        return seen, (code, page.status)


def suspend(here: Inside) -> None:
    """Say no, from another thread than that of the browser."""
    suspend_agreement(here.agreement, by=here.steward, reason="A leak is looked into")
    connection.close()


async def kernel(browser: ClientSession, home: str) -> tuple[int, str]:
    """Start a notebook's kernel; return the answer's status, and where to speak with it."""
    started = {"name": "", "path": "work.ipynb", "type": "notebook", "kernel": {"name": "python3"}}
    async with browser.post(f"{home}/api/sessions", json=started) as answer:
        found = (await answer.json())["kernel"]["id"]
        return answer.status, f"{home}/api/kernels/{found}/channels"


async def without_ticket(browser: ClientSession, home: str) -> tuple[int, int]:
    async with browser.get(f"{home}/lab") as page:
        status = page.status
    with pytest.raises(WSServerHandshakeError) as problem:
        await browser.ws_connect(f"{home}/api/events/subscribe")
    return status, problem.value.status


async def run(browser: ClientSession, channels: str, code: str) -> str:
    """Run a cell as JupyterLab does, and return what it prints."""
    head = {
        "msg_id": uuid.uuid4().hex,
        "msg_type": "execute_request",
        "username": "",
        "session": "s",
        "version": "5.3",
    }
    asked = {
        "header": head, "parent_header": {}, "metadata": {}, "channel": "shell",
        "content": {"code": code, "silent": False, "store_history": True, "allow_stdin": False},
    }  # fmt: skip
    printed = ""
    async with browser.ws_connect(channels) as talk:
        await talk.send_str(json.dumps(asked))
        while True:
            told = json.loads((await talk.receive(timeout=60)).data)
            if told["parent_header"].get("msg_id") != head["msg_id"]:
                continue
            if told["msg_type"] == "stream":
                printed += told["content"]["text"]
            elif told["msg_type"] == "error":
                printed += "\n".join(told["content"]["traceback"])
            elif told["msg_type"] == "status" and told["content"]["execution_state"] == "idle":
                return printed


async def take_out(browser: ClientSession, home: str) -> dict[str, int]:
    contents = f"{home}/api/contents"
    empty = {"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    for path, body in (
        ("work.ipynb", {"type": "notebook", "content": empty}),
        ("table.csv", {"type": "file", "format": "text", "content": "a,b\n"}),
    ):
        async with browser.put(f"{contents}/{path}", json=body) as answer:
            assert answer.status in {200, 201}, await answer.text()
    found = {}
    for name, address in {
        "notebook": f"{contents}/work.ipynb?content=1",
        "table": f"{contents}/table.csv?content=1&type=file&format=text",
        "file": f"{home}/files/table.csv",
        "page": f"{home}/lab/tree/work.ipynb",
        "export": f"{home}/nbconvert/html/work.ipynb",
    }.items():
        async with browser.get(address) as answer:
            found[name] = answer.status
    return found
