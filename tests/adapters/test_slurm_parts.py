"""Attempts in parts on a real Slurm: several nodes together, and the tasks of an array; joined they are one attempt."""

import json
import time
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.services.slurm import commands, rest

from aifactory.adapters.engine.local import LocalEngine
from aifactory.adapters.engine.local.supervise import End
from aifactory.adapters.engine.slurm import records
from aifactory.adapters.engine.slurm.engine import SlurmEngine
from aifactory.adapters.engine.slurm.parts import joined
from aifactory.ports.cluster import JobRecord
from aifactory.ports.engine import ENDED, Attempt, EngineRefused, Limits, Phase, Status

ONE = asdict(End(Phase.COMPLETED, "", 2, 0, "2027-01-01T00:00:00Z", "2027-01-01T00:00:10Z", 10.0, 15.0, 500))
OTHER = ONE | {"started_at": "2027-01-01T00:00:05Z", "ended_at": "2027-01-01T00:00:09Z", "wall_seconds": 4.0}


def test_nodes_took_the_time_of_the_longest_and_the_cores_of_all():
    assert joined([ONE, OTHER], "Node", at_once=True) == End(
        Phase.COMPLETED, "", 4, 0, "2027-01-01T00:00:00Z", "2027-01-01T00:00:10Z", 10.0, 30.0, 500
    )


def test_tasks_took_the_sum_of_their_times():
    assert joined([ONE, OTHER], "Task", at_once=False) == End(
        Phase.COMPLETED, "", 2, 0, "2027-01-01T00:00:00Z", "2027-01-01T00:00:10Z", 14.0, 30.0, 500
    )


@pytest.mark.parametrize(
    ("ends", "phase", "reason"),
    [
        (
            [ONE, ONE | {"phase": "failed", "reason": "It ended with code 3."}],
            "failed",
            "1: It ended with code 3.",
        ),
        (
            [
                ONE | {"phase": "cancelled", "reason": "x"},
                ONE | {"phase": "timeout", "reason": "Too long."},
                None,
            ],
            "timeout",
            "1: Too long.",
        ),
        ([ONE, None, None], "failed", "1, 2 left no account of the end."),
        ([None], "failed", "0 left no account of the end."),
    ],
)
def test_the_worst_end_is_that_of_all_and_says_whose_it_was(ends, phase, reason):
    end = joined(ends, "Node", at_once=True)
    assert (end.phase, end.reason) == (Phase(phase), f"Node {reason}")


def test_the_records_of_an_arrays_tasks_are_one():
    at = datetime(2027, 1, 1, tzinfo=UTC)
    first = JobRecord(
        "3", at, "a", "p", "u", "p", "main", "COMPLETED", at, at, 2, 1, {"cpu": 1}, 840, node="n3"
    )
    running = replace(first, state="RUNNING", ended_at=None)
    waiting = replace(running, state="PENDING", started_at=None)
    assert records.whole([]) is None
    assert records.whole([first], "3") == first
    second = replace(first, job_id="9", state="FAILED", elapsed_seconds=5, energy_joules=None, node="n1")
    both = records.whole([first, second], "3")
    assert (both.job_id, both.state, both.elapsed_seconds, both.energy_joules, both.node, both.cores) == (
        "3", "FAILED", 7, 840, "n3,n1", 1,
    )  # fmt: skip
    assert records.whole([first, waiting]).state == "RUNNING"
    assert records.whole([waiting, waiting]).state == "PENDING"
    assert records.whole([first, running]).ended_at is None


def test_one_machine_says_that_it_is_one(tmp_path):
    engine = LocalEngine(tmp_path / "engine", cores=1)
    for limits, word in (
        (Limits(1, 10**8, 9, nodes=2), "2 nodes"),
        (Limits(1, 10**8, 9, tasks=3), "3 tasks"),
    ):
        with pytest.raises(EngineRefused, match=word):
            engine.submit(Attempt("wide", ("true",), tmp_path, None, {}, limits))
    assert engine.status(["wide"]) == {}


def attempt(folder: Path, name: str, program: str, limits: Limits, **told) -> Attempt:
    code = folder / "code"
    code.mkdir(exist_ok=True)
    return Attempt(name, ("python3", "-c", program), code, None, {}, limits, **told)


def ended(engine: SlurmEngine, name: str, seconds: float = 60) -> Status:
    until = time.monotonic() + seconds
    while (status := engine.status([name])[name]).phase not in ENDED:
        assert time.monotonic() < until, status
        time.sleep(0.2)
    return status


def booked(cluster, name: str, many: int = 1) -> list:
    """Return the records of a job that has ended, once slurmdbd has them all: it hears of each by itself."""
    since, until = datetime.now(UTC) - timedelta(minutes=10), time.monotonic() + 30
    while len(found := list(commands(cluster).booked(since=since, name=name))) < many or not all(
        record.ended_at for record in found
    ):
        assert time.monotonic() < until, found
        time.sleep(0.3)
    return found


MEET = """
import os, socket, sys, time
node, (host, port) = os.environ["AIFACTORY_NODE"], os.environ["AIFACTORY_MEETING"].split(":")
if os.path.exists("/etc/passwd") or os.access("/recipe", os.W_OK):
    sys.exit("no walls")
if node == "0":
    door = socket.create_server((host, int(port)))
    other, _ = door.accept()
    open("/outputs/heard", "wb").write(other.recv(9))
else:
    for _ in range(100):
        try:
            other = socket.create_connection((host, int(port)), 5)
            break
        except ConnectionRefusedError:
            time.sleep(0.1)
    other.sendall(b"from " + node.encode())
    print("said it")
    sys.exit(int(sys.argv[1]) if len(sys.argv) > 1 else 0)
"""


@pytest.mark.thorough
def test_two_nodes_meet_behind_their_walls_and_both_are_billed(slurm, tmp_path):
    engine, name = SlurmEngine(tmp_path / "engine", commands(slurm), partition="main", is_closed=True), "meet"
    engine.submit(attempt(tmp_path, name, MEET, Limits(2, 200_000_000, 60, nodes=2)))
    status = ended(engine, name)
    (record,) = booked(slurm, name)
    assert (status.phase, status.reason) == (Phase.COMPLETED, "")
    assert (engine.outputs(name) / "heard").read_bytes() == b"from 1"
    assert engine.log(name) == b"[node 1]\nsaid it\n"
    assert (record.nodes, record.cores, record.node) == (2, 4, "n[1-2]")
    assert status.usage.allocated_core_seconds == record.elapsed_seconds * 4


@pytest.mark.thorough
def test_a_failure_on_one_node_ends_the_other(slurm, tmp_path):
    engine = SlurmEngine(tmp_path / "engine", rest(slurm), partition="main")
    fails = 'import os, sys, time\nif os.environ["AIFACTORY_NODE"] == "1": sys.exit(3)\ntime.sleep(50)'
    wide = Limits(1, 200_000_000, 60, nodes=2)
    with pytest.raises(EngineRefused, match="may not come near"):
        engine.submit(attempt(tmp_path, "half", fails, wide))
    engine.submit(attempt(tmp_path, "half", fails, wide, restricted=False))
    status = ended(engine, "half", seconds=40)
    assert (status.phase, status.exit_code, status.reason) == (
        Phase.FAILED,
        3,
        "Node 1: It ended with code 3.",
    )


SQUARE = """
import json, os, pathlib, sys
if os.environ.get("AIFACTORY_GATHER"):
    found = [json.loads(path.read_text()) for path in sorted(pathlib.Path("/inputs").glob("task*/found.json"))]
    pathlib.Path("/outputs/all.json").write_text(json.dumps(found))
else:
    task = int(os.environ["AIFACTORY_TASK"])
    pathlib.Path("/outputs/found.json").write_text(json.dumps(task * task))
    print("squared", task)
"""


@pytest.mark.thorough
def test_an_array_is_one_attempt_gathered_at_its_end_and_billed_whole(slurm, tmp_path):
    engine, name = SlurmEngine(tmp_path / "engine", commands(slurm), partition="main"), "squares"
    engine.submit(attempt(tmp_path, name, SQUARE, Limits(1, 200_000_000, 60, tasks=3)))
    status = ended(engine, name)
    found = booked(slurm, name, many=3)
    assert (status.phase, status.reason) == (Phase.COMPLETED, "")
    results = engine.outputs(name)
    assert json.loads((results / "all.json").read_text()) == [0, 1, 4]
    assert {p.relative_to(results).as_posix() for p in results.rglob("*.json")} == {
        "all.json", "tasks/0/found.json", "tasks/1/found.json", "tasks/2/found.json",
    }  # fmt: skip
    assert sorted(line for line in engine.log(name).split(b"\n") if line.startswith(b"sq")) == [
        b"squared 0", b"squared 1", b"squared 2",
    ]  # fmt: skip
    assert len(found) == 3
    assert status.usage.allocated_core_seconds == sum(record.elapsed_seconds for record in found)
    engine.forget(name)
    assert engine.outputs(name) is None


def test_the_books_count_once_they_know_of_every_task(tmp_path):
    at = datetime(2027, 1, 1, tzinfo=UTC)
    one, two = (
        JobRecord(
            number,
            at,
            "squares",
            "",
            "",
            "",
            "",
            "COMPLETED",
            at,
            at + timedelta(seconds=3),
            3,
            tres={"cpu": 1},
        )
        for number in ("7", "8")
    )

    class Late:
        """The controller knows the whole array; the books hear of one task after the other."""

        books = [one]

        def job(self, _job_id):
            return records.whole([one, two], "7")

        def booked(self, **_wish):
            return self.books

    for name, books in (("late", [one]), ("whole", [one, two])):
        engine = SlurmEngine(tmp_path / name, slurm := Late())
        slurm.books = books
        job = tmp_path / name / "jobs" / "squares"
        for number, record in enumerate((one, two)):
            (job / "parts" / str(number)).mkdir(parents=True)
            (job / "parts" / str(number) / "claim.json").write_text(json.dumps({"slurm_job": record.job_id}))
        (job / "order.json").write_text(json.dumps({"at": 0, "attempt": {"limits": {"gpus": 0, "nodes": 1}}}))
        (job / "submissions.jsonl").write_text(json.dumps({"at": 0, "job_id": "7"}) + "\n")
        (job / "claim.json").write_text(json.dumps({"by": "n1", "slurm_job": "7"}))
        (job / "ran.json").write_text(json.dumps(ONE | {"wall_seconds": 6.0}))
        assert engine.status(["squares"])["squares"].usage.allocated_core_seconds == 6


@pytest.mark.thorough
def test_an_array_is_stopped_whole_and_a_task_that_fails_is_named(slurm, tmp_path):
    engine = SlurmEngine(tmp_path / "engine", rest(slurm), partition="main")
    waits = """import os, sys, time
if os.environ["AIFACTORY_TASK"] == "2":
    sys.exit(4)
time.sleep(50 * (len(sys.argv) > 1))
"""
    engine.submit(attempt(tmp_path, "one-fails", waits, Limits(1, 200_000_000, 60, tasks=3)))
    status = ended(engine, "one-fails")
    assert (status.phase, status.reason) == (Phase.FAILED, "Task 2: It ended with code 4.")

    long = attempt(tmp_path, "stopped", waits, Limits(1, 200_000_000, 60, tasks=2))
    engine.submit(replace(long, argv=(*long.argv, "long")))
    while engine.status(["stopped"])["stopped"].phase is not Phase.RUNNING:
        time.sleep(0.2)
    engine.cancel("stopped", "Not needed.")
    status = ended(engine, "stopped")
    assert (status.phase, status.reason) == (Phase.CANCELLED, "Not needed.")
