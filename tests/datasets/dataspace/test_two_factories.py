"""Two whole factories on one machine: they agree by messages, and a job of one uses data of the other."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.datasets.dataspace.factories import Meeting
from tests.services.postgres import free_port

ROOT = Path(__file__).parents[3]


@pytest.mark.thorough
def test_two_factories_agree_and_a_job_of_one_uses_data_of_the_other(tmp_path: Path) -> None:
    processes = {}
    for role in ("provider", "consumer"):
        command = [
            sys.executable,
            "-m",
            "tests.datasets.dataspace.factories",
            role,
            str(tmp_path),
            str(free_port()),
        ]
        with (tmp_path / f"{role}.log").open("wb") as said:
            processes[role] = subprocess.Popen(
                command, cwd=ROOT, env=os.environ | {"DATABASE_URL": ""}, stdout=said, stderr=said
            )
    meeting, begun = Meeting(tmp_path), time.monotonic()
    try:
        while not (meeting.find("consumer_saw") and meeting.find("provider_saw")):
            for role, process in processes.items():
                assert process.poll() is None, (tmp_path / f"{role}.log").read_text()[-4_000:]
            late = {role: (tmp_path / f"{role}.log").read_text()[-2_000:] for role in processes}
            assert time.monotonic() - begun < 240, late
            time.sleep(0.1)
    finally:
        meeting.leave("end", {})
        for process in processes.values():
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
    theirs, ours, end = (meeting.find(name) or {} for name in ("provider_saw", "running", "consumer_saw"))
    assert theirs == {
        "digest": ours["digest"],
        "organisation": "Factory South",
        "id": ours["their_agreement"],
        "state": "in_force",
        "purpose": "research-and-development-of-diagnostic-support",
    }
    assert (ours["holder"], ours["state"], ours["job"], ours["mounts"]) == (
        "Factory North",
        "in_force",
        "running",
        1,
    )
    assert meeting.find("provider")["dataset"] not in ours["offered_on"]  # type: ignore[index]
    assert (end["agreement"], end["transfer"], end["problems"]) == ("suspended", "suspended", [])
    assert (end["job"], "the holder suspended it" in end["reason"]) == ("cancelled", True), end
