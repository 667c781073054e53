"""Full contract negotiations a second and their latency, beside a bare pair of stubs in the same run.

Two whole factories, each with its own PostgreSQL database, web server, keys and log, agree over HTTP: request,
agreement, verification, finalisation, each message signed, checked, written to an outbox and to the log. The
peer is the floor: two HTTP servers that keep states in memory, without checks, records or proof of who speaks.
The transfer of the data follows by itself; a negotiation begins when that of the one before is open. Processor time
is told apart, of both factories and both databases, transfer included: it stays the same on a busy machine.
`python -m benchmarks.negotiate [NEGOTIATIONS]`.
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from pathlib import Path
from statistics import median, quantiles

from tests.services import postgres

from benchmarks import ratio, table
from benchmarks.portal.site import cpu_seconds

GOAL_MS = 40.0
MANY = 60
STEPS = ("agreement", "verification", "finalisation")


def stub_pair(many: int) -> list[float]:
    """Return the seconds that each of `many` negotiations takes between two bare servers."""
    done = threading.Event()
    ports: dict[str, int] = {}

    def told(role: str, step: str) -> None:
        """Take one step and tell the other side of the next."""
        if step == STEPS[-1]:
            done.set()
            return
        other = "consumer" if role == "provider" else "provider"
        following = "agreement" if step == "request" else STEPS[STEPS.index(step) + 1]
        threading.Thread(target=post, args=(ports[other], other, following)).start()

    def post(port: int, role: str, step: str) -> None:
        connection = HTTPConnection("127.0.0.1", port)
        connection.request("POST", f"/{role}/{step}", json.dumps({"@type": step, "pid": "1"}))
        connection.getresponse().read()
        connection.close()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.end_headers()
            _empty, role, step = self.path.split("/")
            told(role, step)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    servers = {role: ThreadingHTTPServer(("127.0.0.1", 0), Handler) for role in ("provider", "consumer")}
    for role, server in servers.items():
        ports[role] = server.server_address[1]
        threading.Thread(target=server.serve_forever, daemon=True).start()
    taken = []
    for _ in range(many):
        begun = time.perf_counter()
        done.clear()
        post(ports["provider"], "provider", "request")
        done.wait()
        taken.append(time.perf_counter() - begun)
    for server in servers.values():
        server.shutdown()
    return taken


@contextmanager
def factory(
    role: str, database: str, folder: Path, port: int, their_port: int
) -> Iterator[tuple[dict[str, str], int]]:
    """Prepare and serve one factory; give what its own process needs to know, and its web server's id."""
    environment = os.environ | {
        "AIFACTORY_HOME": str(folder / role),
        "DATABASE_URL": database,
        "AIFACTORY_ORIGIN": f"{role}.example/register",
        "AIFACTORY_DATASPACE_ADDRESS": f"http://127.0.0.1:{port}/dsp/2025-1",
        "AIFACTORY_DATASPACE_NETWORKS": '["127.0.0.0/8"]',
        "DJANGO_SETTINGS_MODULE": "aifactory.config.settings",
        "NEGOTIATE_FOLDER": str(folder),
        "NEGOTIATE_THEIR_PORT": str(their_port),
    }
    subprocess.run(
        [sys.executable, "-m", "benchmarks.negotiate", "prepare", role], env=environment, check=True
    )
    granian = Path(sys.executable).parent / "granian"
    command = [str(granian), "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port), "--workers", "1",
               "--backpressure", "8", "--no-ws", "--log-level", "error",
               "aifactory.config.wsgi:application"]  # fmt: skip
    web = subprocess.Popen(command, env=environment, start_new_session=True)
    try:
        _wait_for(port)
        yield environment, web.pid
    finally:
        os.killpg(web.pid, signal.SIGKILL)  # its worker process too
        web.wait()


def _wait_for(port: int) -> None:
    while True:
        try:
            connection = HTTPConnection("127.0.0.1", port, timeout=5)
            connection.request("GET", "/.well-known/dspace-version")
            if connection.getresponse().status == 200:
                return
        except OSError:
            time.sleep(0.2)


def prepare(role: str) -> None:
    """Make the tables and what is negotiated about; leave our identity in the folder."""
    import django

    django.setup()
    from django.core.management import call_command
    from tests.datasets import factories as data

    from aifactory.datasets.dataspace import queries

    call_command("migrate", verbosity=0, interactive=False)
    facts = queries.our_identity()
    if role == "provider":
        facts["offer"] = data.offer(data.published(), self_service=True).pk
    Path(os.environ["NEGOTIATE_FOLDER"], f"{role}.json").write_text(json.dumps(facts))


def admit(role: str) -> None:
    """Put the other factory on the list."""
    import django

    django.setup()
    _admitted(role)


def _admitted(role: str) -> object:
    from tests.people import factories as people

    from aifactory.datasets.dataspace import actions
    from aifactory.people.models import Role

    # The process before this one has taken the first addresses.
    people._number = count(10_000)  # noqa: SLF001
    other = "consumer" if role == "provider" else "provider"
    facts = json.loads(Path(os.environ["NEGOTIATE_FOLDER"], f"{other}.json").read_text())
    return actions.admit(
        people.organisation(kind="research"),
        by=people.person(Role.OFFICE),
        identifier=facts["identifier"],
        address=facts["address"],
        keys=[facts["key"]],
    )


def negotiate(many: int) -> None:
    """Negotiate `many` times as the consumer, one after the other; print the seconds of each as JSON."""
    import django

    django.setup()
    from tests.awards import factories as awards
    from tests.datasets.factories import PURPOSE

    from aifactory.datasets.dataspace import actions, outbox, queries
    from aifactory.datasets.dataspace.models import Participant

    there = _admitted("consumer")
    assert isinstance(there, Participant)
    project = awards.project(purpose=PURPOSE)
    (entry,) = queries.their_catalogue(there)["items"]
    facts = {"policy": entry["offers"][0]["policy"], "dataset": entry["id"], "title": entry["title"]}
    taken, whole = [], []
    for _ in range(many):
        begun = time.perf_counter()
        asked = actions.begin(there, by=project.leader, project=project, purpose=PURPOSE, **facts)
        outbox.carry_on(asked.pk)
        _until("SELECT state = 'finalized' FROM datasets_negotiation WHERE id = %s", asked.pk)
        taken.append(time.perf_counter() - begun)
        _until("SELECT state = 'started' FROM datasets_transfer WHERE negotiation_id = %s", asked.pk)
        whole.append(time.perf_counter() - begun)
    print(json.dumps({"taken": taken, "whole": whole}))


def _until(question: str, pk: str) -> None:
    """Wait until the database says so; asking takes next to nothing of the machine that both factories run on."""
    from django.db import connection

    begun = time.perf_counter()
    with connection.cursor() as cursor:
        while True:
            cursor.execute(question, [pk])
            if cursor.fetchone() == (True,):
                return
            assert time.perf_counter() - begun < 60, "A negotiation does not come to an end."
            time.sleep(0.002)


def figures(name: str, taken: list[float]) -> list[object]:
    """Return a row of the table: milliseconds, and negotiations a second one after the other."""
    p95 = quantiles(taken, n=20)[-1]
    return [
        name,
        len(taken),
        *(f"{1000 * s:.1f}" for s in (median(taken), p95)),
        f"{len(taken) / sum(taken):.1f}",
    ]


def main(many: int) -> None:
    """Run both pairs, and print the table and the ratios."""
    floor = stub_pair(many)
    with tempfile.TemporaryDirectory() as name, postgres.server() as server, ExitStack() as stack:
        folder, ports = Path(name), [postgres.free_port(), postgres.free_port()]
        databases = [server.create("provider"), server.create("consumer")]
        provider, one = stack.enter_context(factory("provider", databases[0], folder, *ports))
        consumer, other = stack.enter_context(factory("consumer", databases[1], folder, *reversed(ports)))
        run = [sys.executable, "-m", "benchmarks.negotiate"]
        subprocess.run([*run, "admit", "provider"], env=provider, check=True)
        before = cpu_seconds(one) + cpu_seconds(other), cpu_seconds(server.pid)
        said = subprocess.run(
            [*run, "negotiate", str(many)], env=consumer, check=True, stdout=subprocess.PIPE
        )
        used = cpu_seconds(one) + cpu_seconds(other) - before[0], cpu_seconds(server.pid) - before[1]
    told = json.loads(said.stdout.splitlines()[-1])
    ours, whole = told["taken"][5:], told["whole"][5:]  # the first ones open the connections
    table(
        ["negotiations", "n", "median ms", "p95 ms", "per s"],
        [
            figures("two factories", ours),
            figures("and the transfer open", whole),
            figures("stub pair, in memory", floor[5:]),
        ],
    )
    each = [f"{1000 * seconds / many:.1f}" for seconds in used]
    print(f"processor time each, with the transfer: web servers {each[0]} ms, PostgreSQL {each[1]} ms")
    ratio("negotiate_median_ms", 1000 * median(ours), GOAL_MS)
    ratio("negotiate_over_stub", median(ours) / median(floor[5:]), GOAL_MS / 6.3)


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["prepare", role]:
            prepare(role)
        case ["admit", role]:
            admit(role)
        case ["negotiate", many]:
            negotiate(int(many))
        case [many]:
            main(int(many))
        case _:
            main(MANY)
