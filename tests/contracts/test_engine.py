"""One suite for every engine: what the agent may count on."""

import json
import os
import signal
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol

import pytest
from tests.services.slurm import rest

from aifactory.adapters.engine.local import LocalEngine
from aifactory.adapters.engine.simulated import Behaviour, SimulatedEngine
from aifactory.adapters.engine.slurm.engine import SlurmEngine
from aifactory.ports.engine import ENDED, Attempt, Engine, EngineRefused, Limits, Phase, Status

# What a program does that is told to behave: any engine that runs programs can run it.
PROGRAM = """
import json, pathlib, sys, time
work = json.loads(sys.argv[1])
print(work["prints"], end="", flush=True)
hold = b"x" * work["memory_bytes"]
time.sleep(work["seconds"])
for path, text in work["outputs"].items():
    target = pathlib.Path("/outputs", path)
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text)
sys.exit(work["exit_code"])
"""


@dataclass(frozen=True)
class Work:
    seconds: float = 0.0
    exit_code: int = 0
    prints: str = ""
    outputs: dict[str, str] = field(default_factory=dict)
    memory_bytes: int = 0


class Harness(Protocol):
    engine: Engine
    tick: float
    """The engine tells times in steps of so many seconds."""

    def attempt(self, name: str, work: Work, limits: Limits) -> Attempt: ...


class Programs:
    """Engines that run real programs."""

    def __init__(self, engine: Engine, folder: Path, tick: float = 0.0) -> None:
        self.engine, self.tick = engine, tick
        self.code = folder / "code"
        self.code.mkdir()

    def attempt(self, name: str, work: Work, limits: Limits) -> Attempt:
        argv = ("python3", "-c", PROGRAM, json.dumps(vars(work)))
        return Attempt(name, argv, self.code, None, {}, limits)


class Rehearsals:
    """The simulated engine, told beforehand what each attempt does."""

    tick = 0.0

    def __init__(self, folder: Path) -> None:
        self.planned: dict[str, Work] = {}
        self.engine: Engine = SimulatedEngine(folder / "sim", gpus=1, cores=2, behaviour=self._behaviour)

    def attempt(self, name: str, work: Work, limits: Limits) -> Attempt:
        self.planned[name] = work
        return Attempt(name, (), Path(), None, {}, limits)

    def _behaviour(self, attempt: Attempt) -> Behaviour:
        work = self.planned[attempt.name]
        outputs = {path: text.encode() for path, text in work.outputs.items()}
        return Behaviour(work.seconds, work.exit_code, work.prints.encode(), outputs, work.memory_bytes)


@pytest.fixture(params=["local", "simulated", pytest.param("slurm", marks=pytest.mark.thorough)])
def harness(request, tmp_path: Path) -> Harness:
    if request.param == "simulated":
        return Rehearsals(tmp_path)
    if request.param == "slurm":
        cluster = request.getfixturevalue("slurm")
        return Programs(
            SlurmEngine(tmp_path / "engine", rest(cluster), partition="small"), tmp_path, tick=1.0
        )
    engine = LocalEngine(tmp_path / "engine", cores=2)
    if not engine.isolated:
        pytest.skip("bubblewrap does not work on this machine")
    return Programs(engine, tmp_path)


def limits(cores: int = 1, wall: int = 30, memory: int = 200_000_000) -> Limits:
    return Limits(cores, memory, wall, disk_bytes=50_000_000)


def run(harness: Harness, name: str, work: Work, **wanted: int) -> None:
    harness.engine.submit(harness.attempt(name, work, limits(**wanted)))


def phase(engine: Engine, name: str) -> Phase:
    return engine.status([name])[name].phase


def wait(engine: Engine, name: str, *phases: Phase, seconds: float = 20) -> Status:
    until = time.monotonic() + seconds
    while True:
        status = engine.status([name])[name]
        if status.phase in (phases or ENDED):
            return status
        assert time.monotonic() < until, status
        time.sleep(0.02)


def test_it_completes_with_outputs_log_and_usage(harness):
    before = datetime.now(UTC) - timedelta(seconds=harness.tick)
    seconds = 0.3 + harness.tick
    run(
        harness,
        "good",
        Work(seconds=seconds, prints="said\n", outputs={"a.txt": "A", "b/c.txt": "C"}),
        cores=2,
    )

    status = wait(harness.engine, "good")

    assert (status.phase, status.exit_code) == (Phase.COMPLETED, 0)
    assert before <= status.started_at < status.ended_at <= datetime.now(UTC) + timedelta(seconds=1)
    usage = status.usage
    assert 0.3 <= usage.wall_seconds < 5
    assert usage.allocated_core_seconds in range(1, 11)
    assert usage.allocated_gpu_seconds == 0
    assert usage.simulated == harness.engine.simulated
    folder = harness.engine.outputs("good")
    assert {p.relative_to(folder).as_posix(): p.read_text() for p in folder.rglob("*.txt")} == {
        "a.txt": "A",
        "b/c.txt": "C",
    }
    assert harness.engine.log("good") == b"said\n"
    assert harness.engine.log("good", after=2) == b"id\n"
    assert harness.engine.log("good", after=5) == b""


def test_a_name_runs_once_however_often_it_is_submitted(harness):
    attempt = harness.attempt("once", Work(seconds=0.2, prints="ran\n"), limits())
    harness.engine.submit(attempt)
    harness.engine.submit(attempt)
    first = wait(harness.engine, "once")
    harness.engine.submit(attempt)
    time.sleep(0.3)

    assert harness.engine.status(["once"]) == {"once": first}
    assert harness.engine.log("once") == b"ran\n"


def test_what_it_never_heard_of_is_unknown(harness):
    assert harness.engine.status(["nobody", "../etc", ""]) == {}
    assert harness.engine.outputs("nobody") is None
    assert harness.engine.log("nobody") == b""
    harness.engine.cancel("nobody", "why not")
    harness.engine.forget("nobody")


def test_a_failure_keeps_its_exit_code_and_what_it_wrote(harness):
    run(harness, "bad", Work(exit_code=3, outputs={"half.txt": "half"}))

    status = wait(harness.engine, "bad")

    assert (status.phase, status.exit_code) == (Phase.FAILED, 3)
    assert "3" in status.reason
    assert (harness.engine.outputs("bad") / "half.txt").read_text() == "half"


def test_it_is_stopped_at_its_wall_time(harness):
    run(harness, "slow", Work(seconds=60), wall=1)

    status = wait(harness.engine, "slow")

    assert (status.phase, status.reason) == (Phase.TIMEOUT, "It reached its limit of 1 seconds.")
    assert 1 <= status.usage.wall_seconds < 4


def test_it_is_stopped_at_its_memory(harness):
    run(harness, "hungry", Work(seconds=20, memory_bytes=300_000_000), memory=100_000_000)

    status = wait(harness.engine, "hungry")

    assert status.phase is Phase.OUT_OF_MEMORY
    assert "memory" in status.reason


def test_cancelling_a_running_attempt_keeps_the_reason_and_what_was_used(harness):
    run(harness, "stop", Work(seconds=60, prints="began"))
    wait(harness.engine, "stop", Phase.RUNNING)
    time.sleep(0.3 + harness.tick)

    harness.engine.cancel("stop", "The agreement was revoked.")
    status = wait(harness.engine, "stop")
    harness.engine.cancel("stop", "Again.")

    assert (status.phase, status.reason) == (Phase.CANCELLED, "The agreement was revoked.")
    assert 0.2 < status.usage.wall_seconds < 20
    assert harness.engine.status(["stop"]) == {"stop": status}


def test_who_does_not_fit_waits_in_order_and_can_be_cancelled_while_waiting(harness):
    engine = harness.engine
    run(harness, "first", Work(seconds=0.8 + 3 * harness.tick), cores=2)
    wait(engine, "first", Phase.RUNNING)
    run(harness, "cancelled", Work(prints="never"))
    run(harness, "wide", Work(seconds=0.3), cores=2)
    run(harness, "narrow", Work())
    assert [phase(engine, name) for name in ("cancelled", "wide", "narrow")] == [Phase.QUEUED] * 3

    engine.cancel("cancelled", "Not needed.")
    ended = wait(engine, "cancelled")
    last = wait(engine, "narrow")
    first, wide = (engine.status([name])[name] for name in ("first", "wide"))

    assert (ended.phase, ended.started_at, ended.usage.wall_seconds) == (Phase.CANCELLED, None, 0)
    assert engine.log("cancelled") == b""
    assert first.ended_at <= wide.started_at
    assert wide.ended_at <= last.started_at


def test_two_that_fit_run_side_by_side(harness):
    for name in ("left", "right"):
        run(harness, name, Work(seconds=1.0 + 2 * harness.tick))

    left, right = (wait(harness.engine, name) for name in ("left", "right"))

    assert right.started_at < left.ended_at


def test_what_can_never_fit_is_refused_and_leaves_no_trace(harness):
    with pytest.raises(EngineRefused, match="3 cores"):
        run(harness, "wide", Work(), cores=3)
    with pytest.raises(EngineRefused, match="2 GPUs"):
        harness.engine.submit(harness.attempt("gpus", Work(), Limits(1, 10**8, 10, gpus=2)))
    assert harness.engine.status(["wide", "gpus"]) == {}


def test_the_log_can_be_followed_while_it_runs(harness):
    run(harness, "talks", Work(seconds=1.0, prints="line\n"))
    wait(harness.engine, "talks", Phase.RUNNING)
    until = time.monotonic() + 5
    while harness.engine.log("talks") != b"line\n":
        assert time.monotonic() < until
        time.sleep(0.02)
    wait(harness.engine, "talks")


def test_forgetting_removes_the_files_but_not_the_name(harness):
    attempt = harness.attempt("past", Work(prints="said", outputs={"a": "A"}), limits())
    harness.engine.submit(attempt)
    harness.engine.forget("past")  # it runs: nothing happens
    ended = wait(harness.engine, "past")
    assert harness.engine.outputs("past") is not None

    harness.engine.forget("past")
    harness.engine.forget("past")
    harness.engine.submit(attempt)

    assert harness.engine.status(["past"]) == {"past": ended}
    assert harness.engine.outputs("past") is None
    assert harness.engine.log("past") == b""


def test_when_the_supervisor_is_killed_the_attempt_is_lost_and_really_gone(tmp_path):
    engine = LocalEngine(tmp_path / "engine", cores=1)
    if not engine.isolated:
        pytest.skip("bubblewrap does not work on this machine")
    harness = Programs(engine, tmp_path)
    run(harness, "orphan", Work(seconds=58.31))
    wait(engine, "orphan", Phase.RUNNING)
    time.sleep(0.3)
    claim = json.loads((tmp_path / "engine/jobs/orphan/claim.json").read_text())

    os.kill(claim["pid"], signal.SIGKILL)
    status = wait(engine, "orphan")

    assert (status.phase, status.usage, status.exit_code) == (Phase.LOST, None, None)
    assert status.started_at is not None
    until = time.monotonic() + 5
    while any(b"58.31" in p.read_bytes() for p in Path("/proc").glob("[0-9]*/cmdline") if p.exists()):
        assert time.monotonic() < until, "the attempt outlived its supervisor"
        time.sleep(0.05)
    run(harness, "next", Work())
    assert wait(engine, "next").phase is Phase.COMPLETED
