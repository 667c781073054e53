"""An engine of make-believe time: for budget races, planning rehearsals and machines without GPUs.

It says so everywhere: `simulated = True` on the engine and on every `Usage`; no report may count it as real.
"""

import math
import shutil
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

from aifactory.kit import clock
from aifactory.ports.engine import ENDED, Attempt, EngineRefused, Phase, Status, Usage


@dataclass(frozen=True)
class Behaviour:
    """What a simulated attempt will do: how long, how it ends, what it prints, writes and needs."""

    seconds: float = 1.0
    exit_code: int = 0
    prints: bytes = b""
    outputs: dict[str, bytes] = field(default_factory=dict)
    memory_bytes: int = 0


@dataclass
class _Run:
    attempt: Attempt
    behaviour: Behaviour
    status: Status
    ends_at: datetime | None = None
    forgotten: bool = False


class SimulatedEngine:
    """Runs attempts on the clock of `kit.clock`: first come, first served, on `cores` and `gpus` slots.

    `behaviour` says what an attempt does. `root` is where outputs are written.
    """

    def __init__(
        self,
        root: Path,
        *,
        gpus: int,
        cores: int,
        behaviour: Callable[[Attempt], Behaviour] = lambda _: Behaviour(),
    ) -> None:
        self.name = "simulated"
        self.simulated = True
        self.isolated = True
        self.at_once = 1
        self.root, self.gpus, self.cores = root, gpus, cores
        self._behaviour = behaviour
        self._runs: dict[str, _Run] = {}
        self._lock = threading.Lock()

    def submit(self, attempt: Attempt) -> None:
        """Queue the attempt; a known name is left alone. Raises `EngineRefused` when it can never fit."""
        wanted = attempt.limits
        cores, gpus = wanted.cores * wanted.parts, wanted.gpus * wanted.parts
        if cores > self.cores or gpus > self.gpus:
            raise EngineRefused(
                f"It asks for {cores} cores and {gpus} GPUs; "
                f"this engine has {self.cores} cores and {self.gpus} GPUs."
            )
        with self._lock:
            self._advance()
            if attempt.name not in self._runs:
                status = Status(attempt.name, Phase.QUEUED, node=self.name)
                self._runs[attempt.name] = _Run(attempt, self._behaviour(attempt), status)
                self._start_waiting(clock.now())

    def status(self, names: list[str]) -> dict[str, Status]:
        """Return what is true at `clock.now()`."""
        with self._lock:
            self._advance()
            return {name: self._runs[name].status for name in names if name in self._runs}

    def cancel(self, name: str, reason: str) -> None:
        """Stop it now; unknown or ended is fine."""
        with self._lock:
            self._advance()
            run = self._runs.get(name)
            if run and run.status.phase not in ENDED:
                self._end(run, clock.now(), Phase.CANCELLED, reason, None)
                self._start_waiting(clock.now())

    def outputs(self, name: str) -> Path | None:
        """Return the folder with what the behaviour declared, once it has ended, or ran out of time."""
        folder = self.root / name
        return folder if folder.is_dir() else None

    def log(self, name: str, *, after: int = 0) -> bytes:
        """Return what it printed: everything, from the moment it starts."""
        run = self._runs.get(name)
        if run is None or run.forgotten or run.status.started_at is None:
            return b""
        return run.behaviour.prints[after : after + 1_000_000]

    def reach(self, name: str) -> Path | None:  # noqa: ARG002 - what is simulated listens nowhere
        """Return None."""
        return None

    def forget(self, name: str) -> None:
        """Delete outputs and log of an ended attempt; its name stays known."""
        run = self._runs.get(name)
        if run and run.status.phase in ENDED:
            run.forgotten = True
            shutil.rmtree(self.root / name, ignore_errors=True)

    def _advance(self) -> None:
        """Play every end that is due, in order of time, and start what then fits."""
        now = clock.now()
        while due := [r for r in self._runs.values() if r.ends_at and r.ends_at <= now]:
            run = min(due, key=lambda r: (r.ends_at, r.attempt.name))
            at = run.ends_at or now
            self._end(run, at, *_outcome(run))
            self._start_waiting(at)

    def _start_waiting(self, at: datetime) -> None:
        for run in self._runs.values():
            if run.status.phase is not Phase.QUEUED:
                continue
            busy = [r.attempt.limits for r in self._runs.values() if r.status.phase is Phase.RUNNING]
            limits = run.attempt.limits
            if (
                sum(b.cores * b.parts for b in [*busy, limits]) > self.cores
                or sum(b.gpus * b.parts for b in [*busy, limits]) > self.gpus
            ):
                return
            seconds = min(run.behaviour.seconds, limits.wall_seconds)
            if run.behaviour.memory_bytes > limits.memory_bytes:
                seconds = 0
            run.status = replace(run.status, phase=Phase.RUNNING, started_at=at)
            run.ends_at = at + timedelta(seconds=seconds)

    def _end(self, run: _Run, at: datetime, phase: Phase, reason: str, exit_code: int | None) -> None:
        limits, started = run.attempt.limits, run.status.started_at
        wall = (at - started).total_seconds() if started else 0.0
        cores, gpus = limits.cores * limits.parts, limits.gpus * limits.parts
        usage = Usage(wall, math.ceil(wall * cores), math.ceil(wall * gpus), simulated=True)
        run.status = replace(
            run.status, phase=phase, reason=reason, exit_code=exit_code, ended_at=at, usage=usage
        )
        run.ends_at = None
        if exit_code is not None or phase is Phase.TIMEOUT:
            for path, content in run.behaviour.outputs.items():
                file = self.root / run.attempt.name / path
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_bytes(content)


def _outcome(run: _Run) -> tuple[Phase, str, int | None]:
    limits, behaviour = run.attempt.limits, run.behaviour
    if behaviour.memory_bytes > limits.memory_bytes:
        return Phase.OUT_OF_MEMORY, f"It needed more than {limits.memory_bytes} bytes of memory.", None
    if behaviour.seconds > limits.wall_seconds:
        return Phase.TIMEOUT, f"It reached its limit of {limits.wall_seconds} seconds.", None
    if behaviour.exit_code:
        return Phase.FAILED, f"It ended with code {behaviour.exit_code}.", behaviour.exit_code
    return Phase.COMPLETED, "", 0
