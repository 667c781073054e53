"""An engine runs attempts of jobs. Only the agent loop calls it."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Protocol


@dataclass(frozen=True)
class Limits:
    """What an attempt may use at most: whole cores and GPUs, bytes, seconds of wall time.

    All of it on each of `nodes` that run it together, and in each of `tasks` that run it each on its own (an array).
    """

    cores: int
    memory_bytes: int
    wall_seconds: int
    gpus: int = 0
    disk_bytes: int = 2_000_000_000
    processes: int = 256
    nodes: int = 1
    tasks: int = 1

    @property
    def parts(self) -> int:
        """How many times the cores and GPUs are allocated."""
        return self.nodes * self.tasks


@dataclass(frozen=True)
class Attempt:
    """Everything an engine needs to run one attempt; all paths are on the engine's machine.

    `name` is unique for ever: submitting the same name twice runs it once.
    `argv` runs with the current folder at `/work`; it sees `inputs` read-only under `/inputs/<role>`,
    `code` read-only at `/recipe`, `environment` (a virtual environment) read-only at its own path,
    and writes results to `/outputs`, progress lines to `/outputs/progress.jsonl`.

    On several nodes it runs on each, with `AIFACTORY_NODE` (from 0) of `AIFACTORY_NODES`, its own `AIFACTORY_ADDRESS`,
    `AIFACTORY_MEETING` (address:port of the first) and a secret of its own in `/inputs/meeting/key`; kept is what the
    first one writes. As an array it runs with
    `AIFACTORY_TASK` (from 0) of `AIFACTORY_TASKS`, then once with `AIFACTORY_GATHER=1`, the results of task n under
    `/inputs/taskn`; kept is what that one writes, and under `tasks/n` what task n wrote.
    `project` is whose budget pays, where the engine keeps budgets too; empty is the engine's own.
    `grants` are the files with the signed permission for each role that needs one, `grant_keys` what they are
    checked with (base64 by key id): it does not begin without, and is stopped when one runs out unrenewed.
    """

    name: str
    argv: tuple[str, ...]
    code: Path
    environment: Path | None
    inputs: dict[str, Path]
    limits: Limits
    restricted: bool = True
    project: str = ""
    env: dict[str, str] = field(default_factory=dict)
    grants: dict[str, Path] = field(default_factory=dict)
    grant_keys: dict[str, str] = field(default_factory=dict)


class Phase(StrEnum):
    """Where an attempt stands. `LOST`: it began, and nobody can say how it ended."""

    QUEUED = "queued"
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"
    TIMEOUT = "timeout"
    OUT_OF_MEMORY = "out_of_memory"
    CANCELLED = "cancelled"
    LOST = "lost"


ENDED = frozenset(Phase) - {Phase.QUEUED, Phase.RUNNING}


@dataclass(frozen=True)
class Usage:
    """What an attempt truly used: allocated (what is billed) and consumed (what energy is estimated from).

    All in seconds; `None` is "no reading", never zero. `energy_joules` only where a meter exists.
    """

    wall_seconds: float
    allocated_core_seconds: int
    allocated_gpu_seconds: int
    cpu_seconds: float | None = None
    peak_memory_bytes: int | None = None
    energy_joules: float | None = None
    simulated: bool = False


@dataclass(frozen=True)
class Status:
    """What the engine says of one attempt now. `reason` is a sentence for people."""

    name: str
    phase: Phase
    reason: str = ""
    exit_code: int | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None
    usage: Usage | None = None
    node: str = ""


class EngineRefused(RuntimeError):
    """The engine will not run this attempt, e.g. restricted data without isolation. The message says why."""


class Engine(Protocol):
    """Every verb is idempotent by attempt name and safe to repeat after a crash of the caller."""

    name: str
    simulated: bool
    isolated: bool
    """Whether attempts run in their own mount and network namespaces as an unprivileged user."""
    at_once: int
    """How many verbs, each for another attempt, may run side by side: 1 keeps the order of submission."""

    def submit(self, attempt: Attempt) -> None:
        """Start (or queue) the attempt; a name seen before is left alone. Raises `EngineRefused`."""
        ...

    def status(self, names: list[str]) -> dict[str, Status]:
        """Return the status of each name that the engine knows."""
        ...

    def cancel(self, name: str, reason: str) -> None:
        """Stop it; unknown or ended is fine."""
        ...

    def outputs(self, name: str) -> Path | None:
        """Return the folder of results of an attempt, or None where there is none."""
        ...

    def log(self, name: str, *, after: int = 0) -> bytes:
        """Return what it has printed from byte `after` on (at most 1 MB a call)."""
        ...

    def reach(self, name: str) -> Path | None:
        """Return the folder that an attempt sees as `/tmp`, where it may listen on a socket; None where it has none."""
        ...

    def forget(self, name: str) -> None:
        """Delete an ended attempt's working files, inputs first; the record of its name stays."""
        ...
