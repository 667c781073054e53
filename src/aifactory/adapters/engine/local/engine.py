"""The engine that is always there: this machine."""

import dataclasses
import math
import os
import re
import subprocess
import sys
import time
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

from aifactory.adapters.engine.local import sandbox, slots
from aifactory.adapters.engine.local.job import JobFolder, read, write_once
from aifactory.ports.engine import Attempt, EngineRefused, Phase, Status, Usage

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_ROLE = re.compile(r"[a-z][a-z0-9_-]{0,49}")


class LocalEngine:
    """Runs attempts as sandboxed processes here, `cores` at a time (default: all that this process may use).

    Every attempt has a supervisor process of its own, which outlives the caller: any number of
    workers may come, go and be killed, and all see the same through the folder `root`.
    As root, attempts run as `first_uid` + slot; `isolated` is found out by trying.
    """

    simulated = False
    at_once = 1

    def __init__(
        self, root: Path, *, cores: int | None = None, first_uid: int = sandbox.FIRST_UID, name: str = "local"
    ) -> None:
        self.name = name
        self.root = root.absolute()
        self.cores = cores or len(os.sched_getaffinity(0))
        self.first_uid = first_uid if os.geteuid() == 0 else None
        self.isolated = sandbox.works(self.first_uid)
        slots.prepare(self.root, self.cores)

    def submit(self, attempt: Attempt) -> None:
        """Hand the attempt to a supervisor and return when that has claimed it. Raises `EngineRefused`."""
        self._refuse_impossible(attempt)
        job = self._job(attempt.name)
        if job.claim.exists() or job.end.exists():
            return
        job.path.mkdir(exist_ok=True, mode=0o700)
        order = {
            "attempt": dataclasses.asdict(attempt),
            "ticket": time.time_ns(),
            "engine": {
                "root": self.root, "slots": self.cores, "first_uid": self.first_uid,
                "isolated": self.isolated, "name": self.name,
            },
        }  # fmt: skip
        write_once(job.order, plain(order))
        self._launch(job)

    def status(self, names: list[str]) -> dict[str, Status]:
        """Read each attempt's folder; a supervisor that died without a word makes its attempt `LOST`."""
        found = {}
        for name in names:
            if _NAME.fullmatch(name) and (status := self._status(name, self._job(name))):
                found[name] = status
        return found

    def cancel(self, name: str, reason: str) -> None:
        """Leave a note that the supervisor reads within a tenth of a second."""
        job = self._job(name)
        if job.order.exists() and not job.end.exists():
            write_once(job.cancel, {"reason": reason})

    def outputs(self, name: str) -> Path | None:
        """Return the results folder. Read it with `adapters.engine.outputs` only: beware of traps."""
        folder = self._job(name).outputs
        return folder if folder.is_dir() else None

    def log(self, name: str, *, after: int = 0) -> bytes:
        """Return at most 1 MB of what it printed, from byte `after` on."""
        return self._job(name).printed(after)

    def reach(self, name: str) -> Path | None:
        """Return the folder that it sees as `/tmp`. It may put any trap there: follow nothing in it."""
        folder = self._job(name).tmp
        return folder if folder.is_dir() else None

    def forget(self, name: str) -> None:
        """Delete the files of an ended attempt. Its claim and end stay: the name never runs again."""
        job = self._job(name)
        if job.end.exists():
            job.clear()

    def _job(self, name: str) -> JobFolder:
        return JobFolder(self.root / "jobs" / checked_name(name))

    def _refuse_impossible(self, attempt: Attempt) -> None:
        limits = attempt.limits
        if limits.nodes > 1:
            raise EngineRefused(f"It asks for {limits.nodes} nodes; this engine is one machine.")
        if limits.tasks > 1:
            raise EngineRefused(
                f"It asks for an array of {limits.tasks} tasks; this engine runs single ones."
            )
        if not 1 <= limits.cores <= self.cores:
            raise EngineRefused(f"It asks for {limits.cores} cores; this engine has {self.cores}.")
        if limits.gpus:
            raise EngineRefused(f"It asks for {limits.gpus} GPUs; this engine has none.")
        check_folders(attempt)
        if self.isolated:
            return
        if attempt.restricted:
            raise EngineRefused(f"Restricted data needs an isolated engine. {sandbox.HOW_TO_INSTALL}")
        if self.first_uid is not None:
            raise EngineRefused(f"Without isolation it would run as root. {sandbox.HOW_TO_INSTALL}")

    def _launch(self, job: JobFolder) -> None:
        """Start a supervisor; harmless when there is one. It gets no environment that holds secrets.

        Raises `EngineRefused` when none can start: without one the attempt would wait for ever.
        """
        kept = {key: os.environ[key] for key in ("PATH", "PYTHONPATH", "LANG") if key in os.environ}
        module = "aifactory.adapters.engine.local.supervise"
        with TemporaryFile() as complaint:  # no pipe: the supervisor lives on, and would hold it open
            code = subprocess.run(
                [sys.executable, "-m", module, str(job.path)],
                env=kept, cwd="/", check=False, timeout=60, start_new_session=True,
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=complaint,
            ).returncode  # fmt: skip
            complaint.seek(0)
            said = complaint.read(100_000).decode(errors="replace").strip()
        if code != 0:
            raise EngineRefused(
                f"The supervisor of an attempt could not start: {said.rpartition(chr(10))[2]}"
            )

    def _status(self, name: str, job: JobFolder) -> Status | None:
        order, claim = read(job.order), read(job.claim)
        if end := read(job.end):
            return self._ended(name, end)
        if order is None:
            return None
        if claim is None:
            if time.time() - job.order.stat().st_mtime > 5:  # who submitted it died between two steps
                self._launch(job)
            return Status(name, Phase.QUEUED, node=self.name)
        if not job.has_supervisor():
            began = (read(job.run) or {}).get("started_at")
            reason = "Its supervisor died; nobody can say how it ended."
            write_once(job.end, {"phase": Phase.LOST, "reason": reason, "started_at": began})
            return self._ended(name, read(job.end) or {})
        run = read(job.run)
        if run is None:
            return Status(name, Phase.QUEUED, "It waits for free cores.", node=self.name)
        return Status(name, Phase.RUNNING, started_at=moment(run["started_at"]), node=self.name)

    def _ended(self, name: str, end: dict[str, Any]) -> Status:
        usage = None
        if "wall_seconds" in end:
            usage = Usage(
                wall_seconds=end["wall_seconds"],
                allocated_core_seconds=math.ceil(end["wall_seconds"] * end["cores"]),
                allocated_gpu_seconds=0,
                cpu_seconds=end["cpu_seconds"],
                peak_memory_bytes=end["peak_memory_bytes"],
            )
        return Status(
            name, Phase(end["phase"]), end["reason"], end.get("exit_code"),
            moment(end.get("started_at")), moment(end.get("ended_at")), usage, self.name,
        )  # fmt: skip


def checked_name(name: str) -> str:
    """Return the name of an attempt as it is; it becomes a folder's. Raises `EngineRefused`."""
    if not _NAME.fullmatch(name):
        raise EngineRefused(f"{name!r} is not a name for an attempt.")
    return name


def check_folders(attempt: Attempt) -> None:
    """Raise `EngineRefused` for a folder that is not there, or a role that is no plain name."""
    if bad := [role for role in attempt.inputs if not _ROLE.fullmatch(role)]:
        raise EngineRefused(f"{bad[0]!r} is not a role for an input.")
    for folder in [attempt.code, *attempt.inputs.values()]:
        if not folder.is_dir():
            raise EngineRefused(f"{folder} is not a folder on this machine.")
    if attempt.environment:
        sandbox.interpreter_mounts(attempt.environment)


def plain(value: Any) -> Any:
    """Return an attempt's values as JSON holds them: paths as absolute text."""
    if isinstance(value, dict):
        return {key: plain(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(inner) for inner in value]
    return str(value.absolute()) if isinstance(value, Path) else value


def moment(text: str | None) -> datetime | None:
    """Read a moment that was written down."""
    return datetime.fromisoformat(text) if text else None
