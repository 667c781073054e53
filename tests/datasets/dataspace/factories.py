"""One of two whole factories, each with its own home, database, keys, web server and worker.

`python -m tests.datasets.dataspace.factories provider|consumer FOLDER PORT`. They meet through the folder alone
(where two offices would use the telephone), and through HTTP. What each saw is left there as JSON.
"""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx

ROUND_S = 0.2


class Meeting:
    """The folder in which the two leave notes for each other and for the test."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def leave(self, name: str, facts: dict[str, Any]) -> None:
        draft = self.folder / f".{name}"
        draft.write_text(json.dumps(facts))
        draft.rename(self.folder / f"{name}.json")

    def find(self, name: str) -> dict[str, Any] | None:
        path = self.folder / f"{name}.json"
        return json.loads(path.read_text()) if path.exists() else None

    def wait(self, name: str, turn: Callable[[], object] = lambda: None) -> dict[str, Any]:
        while (found := self.find(name)) is None:
            turn()
            time.sleep(ROUND_S)
        return found


def turn() -> None:
    """The dataspace's part of a round of the worker."""
    from aifactory.cli.admin import rounds

    for step in rounds._dataspace().values():
        step()


def admitted(other: dict[str, Any], name: str) -> Any:
    """Put the other factory on the list."""
    from aifactory.datasets.dataspace import actions
    from aifactory.people.models import Role
    from tests.people.factories import organisation, person

    there = organisation(name=name, kind="research")
    facts = {"identifier": other["identifier"], "address": other["address"], "keys": [other["key"]]}
    return actions.admit(there, by=person(Role.OFFICE), **facts)


def provider(meeting: Meeting) -> None:
    from aifactory.datasets import actions as datasets
    from aifactory.datasets.dataspace import queries
    from aifactory.datasets.models import Agreement
    from aifactory.people.models import Role
    from tests.datasets import factories as data
    from tests.people.factories import person

    offer = data.offer(data.published(), self_service=True)
    meeting.leave("provider", queries.our_identity() | {"dataset": offer.dataset_id})
    admitted(meeting.wait("consumer"), "Factory South")
    meeting.leave("provider_ready", {})
    meeting.wait("running", turn)
    agreement = Agreement.objects.get()
    seen = {
        "digest": agreement.version.digest,
        "organisation": agreement.organisation.name,
        "id": agreement.pk,
    }
    meeting.leave("provider_saw", seen | {"state": agreement.state, "purpose": agreement.purpose})
    datasets.suspend_agreement(agreement, by=person(Role.OFFICE), reason="Consent was withdrawn.")
    meeting.wait("end", turn)


def consumer(meeting: Meeting) -> None:
    from aifactory.audit import export, sealing
    from aifactory.audit import queries as audit
    from aifactory.audit.verify import verify_export
    from aifactory.datasets.dataspace import actions, queries
    from aifactory.datasets.dataspace.models import Negotiation, Transfer
    from aifactory.kit import clock
    from aifactory.ports.carbon import CarbonSignal
    from aifactory.ports.registry import provide
    from aifactory.supercomputer import actions as supercomputer
    from aifactory.supercomputer.desk import stop_without_agreement
    from tests.datasets import factories as data
    from tests.supercomputer.factories import Hours, factory

    provide(CarbonSignal, Hours(clock.now()))
    plant = factory(meeting.folder / "engine")
    plant.behaviour["seconds"] = 600.0
    meeting.leave("consumer", queries.our_identity())
    there = admitted(meeting.wait("provider"), "Factory North")
    meeting.wait("provider_ready")
    (entry,) = queries.their_catalogue(there, text="breast cells")["items"]
    asked = actions.ask(
        there,
        by=plant.user,
        dataset=entry["id"],
        offer=entry["offers"][0]["id"],
        project=plant.project,
        purpose=data.PURPOSE,
    )
    agreement = None
    while agreement is None:
        turn()
        time.sleep(ROUND_S)
        agreement = Negotiation.objects.get(pk=asked.pk).agreed
    job = plant.submit(inputs={"table": agreement.version_id})
    job = supercomputer.start(job, by=plant.user)
    plant.turn()
    job.refresh_from_db()
    seen = {
        "digest": agreement.version.digest,
        "holder": agreement.offer.dataset.holder.name,
        "state": agreement.state,
    }
    seen |= {"job": job.state, "mounts": agreement.mounts.count(), "their_agreement": asked_pid(asked.pk)}
    meeting.leave("running", seen | {"offered_on": [d["id"] for d in _offered()]})
    while job.state == "running":
        turn()
        stop_without_agreement()
        plant.turn()
        time.sleep(ROUND_S)
        job.refresh_from_db()
    agreement.refresh_from_db()
    sealing.seal_all("two.example/log")
    with (meeting.folder / "export.jsonl").open("wb") as file:
        export.write(file, origin="two.example/log")
    checked = verify_export(meeting.folder / "export.jsonl", audit.latest_checkpoint().note)
    meeting.leave(
        "consumer_saw",
        {
            "job": job.state,
            "reason": job.reason,
            "agreement": agreement.state,
            "transfer": Transfer.objects.get().state,
            "problems": [str(p) for p in checked.problems],
        },
    )
    meeting.wait("end", turn)


def asked_pid(pk: str) -> str:
    from aifactory.datasets.dataspace.models import Negotiation

    return str(Negotiation.objects.get(pk=pk).agreement_pid)


def _offered() -> list[dict[str, Any]]:
    from aifactory.datasets.dataspace import catalogue

    return [{"id": e["@id"]} for e in catalogue.page([])[0] if "Breast" in str(e["dct:title"])]


def answers(address: str) -> None:
    """Wait until the web server does."""
    while True:
        try:
            if httpx.get(address, timeout=5, trust_env=False).status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(ROUND_S)


def main(role: str, folder: Path, port: str) -> None:
    home = folder / role
    os.environ |= {
        "AIFACTORY_HOME": str(home),
        "DATABASE_URL": "",
        "AIFACTORY_ORIGIN": f"{role}.example/register",
        "AIFACTORY_DATASPACE_ADDRESS": f"http://127.0.0.1:{port}/dsp/2025-1",
        "AIFACTORY_DATASPACE_NETWORKS": '["127.0.0.0/8"]',
        "DJANGO_SETTINGS_MODULE": "aifactory.config.settings",
    }
    home.mkdir()
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0, interactive=False)
    granian = [str(Path(sys.executable).parent / "granian"), "--interface", "wsgi", "--host", "127.0.0.1",
               "--port", port, "--workers", "1", "--backpressure", "8", "--no-ws", "--log-level", "warning",
               "aifactory.config.wsgi:application"]  # fmt: skip
    web = subprocess.Popen(granian, start_new_session=True)
    try:
        answers(f"http://127.0.0.1:{port}/.well-known/dspace-version")
        {"provider": provider, "consumer": consumer}[role](Meeting(folder))
    finally:
        os.killpg(web.pid, signal.SIGKILL)  # its worker process too
        web.wait()


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), sys.argv[3])
