"""The two factories: each prepared and served by processes of its own, and the consumer that asks."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from http.client import HTTPConnection
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from aifactory.datasets.dataspace.models import Participant

TOGETHER = 8


@contextmanager
def factory(role: str, database: str, folder: Path, port: int) -> Iterator[tuple[dict[str, str], int]]:
    """Prepare and serve one factory; give what its own processes need to know, and its web server's id."""
    environment = os.environ | {
        "AIFACTORY_HOME": str(folder / role),
        "DATABASE_URL": database,
        "AIFACTORY_ORIGIN": f"{role}.example/register",
        "AIFACTORY_DATASPACE_ADDRESS": f"http://127.0.0.1:{port}/dsp/2025-1",
        "AIFACTORY_DATASPACE_NETWORKS": '["127.0.0.0/8"]',
        "DJANGO_SETTINGS_MODULE": "aifactory.config.settings",
        "NEGOTIATE_FOLDER": str(folder),
    }
    run(environment, "prepare", role)
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


def run(environment: dict[str, str], *arguments: str) -> dict[str, list[float]]:
    """Do one of `DONE` in a process of a factory; return what it says in its last line."""
    command = [sys.executable, "-m", "benchmarks.negotiate.sides", *arguments]
    said = subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE)
    found: dict[str, list[float]] = json.loads((said.stdout.splitlines() or [b"{}"])[-1])
    return found


def prepare(role: str) -> None:
    """Make the tables and what is negotiated about; leave our identity in the folder."""
    from django.core.management import call_command
    from tests.datasets import factories as data

    from aifactory.datasets.dataspace import queries

    call_command("migrate", verbosity=0, interactive=False)
    facts = queries.our_identity()
    if role == "provider":
        facts["offer"] = data.offer(data.published(), self_service=True).pk
    Path(os.environ["NEGOTIATE_FOLDER"], f"{role}.json").write_text(json.dumps(facts))


def admit(role: str) -> "Participant":
    """Put the other factory on the list."""
    from tests.people import factories as people

    from aifactory.datasets.dataspace import actions
    from aifactory.people.models import Role

    other = "consumer" if role == "provider" else "provider"
    facts = json.loads(Path(os.environ["NEGOTIATE_FOLDER"], f"{other}.json").read_text())
    return actions.admit(
        people.organisation(kind="research"),
        by=people.person(Role.OFFICE),
        identifier=facts["identifier"],
        address=facts["address"],
        keys=[facts["key"]],
    )


def crowd(role: str, many: str) -> None:
    """Let so many offers stand: in the provider's catalogue, and at the consumer such as nobody asked for."""
    from aifactory.datasets.dataspace.models import Negotiation, Participant
    from aifactory.datasets.models import Dataset, Offer

    if role == "provider":
        first = Offer.objects.select_related("dataset").get()
        datasets = [_again(first.dataset, title=f"Cells {n}") for n in range(int(many))]
        Dataset.objects.bulk_create(datasets)
        Offer.objects.bulk_create(_again(first, dataset=one) for one in datasets)
        return
    there = Participant.objects.get()
    asked = Negotiation.objects.order_by("pk")[0]
    Negotiation.objects.bulk_create(
        _again(asked, participant=there, state="offered", project="", their_pid=f"urn:standing:{n}")
        for n in range(int(many))
    )


def _again(record: Any, **changes: Any) -> Any:
    facts = {field.name: getattr(record, field.name) for field in record._meta.concrete_fields}  # noqa: SLF001 - Django's own name
    return type(record)(**{name: value for name, value in facts.items() if name != "id"} | changes)


def negotiate(many: str, at_once: str) -> None:
    """Negotiate `many` times as the consumer, so many `at_once`; print the seconds of each and of all as JSON.

    The messages go out as from a web server: this process has a courier of its own.
    """
    from tests.awards import factories as awards
    from tests.datasets.factories import PURPOSE

    from aifactory.datasets.dataspace import courier, outbox, queries
    from aifactory.datasets.dataspace.models import Participant

    courier.start(outbox.carry_on, outbox.deliver)
    there = Participant.objects.first() or admit("consumer")
    facts = json.loads(Path(os.environ["NEGOTIATE_FOLDER"], "provider.json").read_text())
    found = queries.their_catalogue(there)["items"]
    (entry, policy) = next(
        (one, offer["policy"]) for one in found for offer in one["offers"] if offer["id"] == facts["offer"]
    )
    asked = {"policy": policy, "dataset": entry["id"], "title": entry["title"]}
    project = awards.project(purpose=PURPOSE)
    one = partial(_negotiated, there, asked | {"by": project.leader, "project": project, "purpose": PURPOSE})
    begun = time.perf_counter()
    with ThreadPoolExecutor(int(at_once)) as pool:
        taken = list(pool.map(lambda _: one(), range(int(many))))
    told = {"taken": [t for t, _ in taken], "whole": [w for _, w in taken]}
    print(json.dumps(told | {"all": [time.perf_counter() - begun]}))
    courier.stop()


def _negotiated(there: "Participant", asked: dict[str, Any]) -> tuple[float, float]:
    """Return the seconds until the contract is concluded, and until the transfer of the data is open."""
    from aifactory.datasets.dataspace import actions

    begun = time.perf_counter()
    pk = actions.begin(there, **asked).pk
    _until("SELECT state = 'finalized' FROM datasets_negotiation WHERE id = %s", pk)
    concluded = time.perf_counter() - begun
    _until("SELECT bool_or(state = 'started') FROM datasets_transfer WHERE negotiation_id = %s", pk)
    return concluded, time.perf_counter() - begun


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


DONE: dict[str, Callable[..., object]] = {
    "prepare": prepare, "admit": admit, "crowd": crowd, "negotiate": negotiate,
}  # fmt: skip

if __name__ == "__main__":
    import django

    django.setup()
    from tests.people import factories as named

    named._number = count(100 * os.getpid())  # noqa: SLF001 - the processes before this one took other addresses
    DONE[sys.argv[1]](*sys.argv[2:])
