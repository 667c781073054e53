"""The process beside one attempt: waits for cores, runs it within its limits, writes down how it ended.

It is a session of its own, so that it outlives whoever submitted the attempt: an end is never missed
and billed exactly once. If it dies itself, the attempt dies with it (`--die-with-parent`).
"""

import contextlib
import fcntl
import os
import resource
import selectors
import signal
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from types import FrameType
from typing import Any

from aifactory.adapters.engine import grants
from aifactory.adapters.engine.local import apptainer, meter, sandbox
from aifactory.adapters.engine.local.job import JobFolder, read, write_once
from aifactory.adapters.engine.local.sandbox import Mount
from aifactory.adapters.engine.local.slots import Place
from aifactory.kit import clock
from aifactory.ports.engine import EngineRefused, Limits, Phase

TICK = 0.1
LOOK_AT_GRANTS = 2.0  # seconds between two looks at the permission to use the data
LOG_CAP = 10_000_000
LOG_CUT = b"\n[The log ends here: it may hold 10 MB.]\n"


@dataclass(frozen=True)
class End:
    """How an attempt ended, as `end.json` keeps it."""

    phase: Phase
    reason: str
    cores: int
    exit_code: int | None = None
    started_at: str | None = None
    ended_at: str | None = None
    wall_seconds: float = 0.0
    cpu_seconds: float | None = None
    peak_memory_bytes: int | None = None


@dataclass(frozen=True)
class Stop:
    """Why the supervisor ends an attempt."""

    phase: Phase
    reason: str


def main(folder: str) -> None:
    """Claim the attempt in `folder`, or leave at once when it is claimed; return to the caller after that."""
    job = JobFolder(Path(folder))
    ready, tell = os.pipe()
    if os.fork():
        os.close(tell)
        os.read(ready, 1)
        os._exit(0)
    os.close(ready)
    os.umask(0o022)
    order = read(job.order)
    if order is None or not _take(job):
        return
    engine, limits = order["engine"], Limits(**order["attempt"]["limits"])
    place = Place(Path(engine["root"]), job.path.name, order["ticket"], engine["slots"], limits.cores)
    if not write_once(job.claim, {"pid": os.getpid(), "at": clock.stamp(clock.now())}):
        place.leave_queue()
        return
    os.close(tell)
    end = _supervise(job, order, limits, place)
    write_once(job.end, asdict(end))


def _take(job: JobFolder) -> bool:
    """Lock `alive` for as long as we live; false when another supervisor was first.

    Somebody who asks for the status holds that lock for a blink, hence the patience.
    """
    alive = os.open(job.alive, os.O_RDWR | os.O_CREAT, 0o600)
    while not job.claim.exists():
        try:
            fcntl.flock(alive, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(TICK / 5)
        else:
            return True
    return False


def _supervise(job: JobFolder, order: dict[str, Any], limits: Limits, place: Place) -> End:
    stop_at_shutdown()
    while not place.has_cores():
        if stop := _asked_to_stop(job):
            place.leave_queue()
            return End(stop.phase, stop.reason, limits.cores, ended_at=clock.stamp(clock.now()))
        time.sleep(TICK)
    write_once(job.run, {"started_at": clock.stamp(clock.now()), "slots": sorted(place.held)})
    first_uid, slots = order["engine"]["first_uid"], sorted(place.held)
    uid = None if first_uid is None else first_uid + slots[0]
    machine = sorted(os.sched_getaffinity(0))
    processors = {machine[slot % len(machine)] for slot in slots}
    return run(job, order["attempt"], walls=Walls(order["engine"]["isolated"], uid), processors=processors)


@dataclass(frozen=True)
class Walls:
    """Whether an attempt runs behind walls, and the uid it drops to (None: it stays who we are).

    Behind those of apptainer where `image` names a container image, else behind bubblewrap's.
    """

    stand: bool
    uid: int | None
    image: str = ""


def run(job: JobFolder, attempt: dict[str, Any], *, walls: Walls, processors: set[int]) -> End:
    """Run an attempt now, here, to its end; it is stopped at its limits, or by a note in `job.cancel`."""
    limits = Limits(**attempt["limits"])
    began, begun = clock.stamp(clock.now()), time.monotonic()
    watch = Watch(job, limits, walls, processors)
    try:
        stop, exit_code = _without_permission(attempt), None
        if stop is None:
            stop, exit_code = watch.over(attempt)
    except (OSError, ValueError, EngineRefused) as problem:
        stop, exit_code = Stop(Phase.FAILED, f"The engine could not start it: {problem}"), None
    wall = time.monotonic() - begun
    if stop is None:
        stop = _judge(exit_code or 0)
    return End(
        stop.phase, stop.reason, limits.cores, exit_code, began, clock.stamp(clock.now()), wall,
        watch.cpu_seconds if watch.peak else None, watch.peak or None,
    )  # fmt: skip


def _without_permission(attempt: dict[str, Any]) -> Stop | None:
    """It may have waited long: whether it may still use its data is asked here, where the data is opened."""
    why = grants.why_not(attempt)
    return Stop(Phase.CANCELLED, why) if why else None


class Watch:
    """One running attempt: its process, its log, its limits and its permission to use the data."""

    def __init__(self, job: JobFolder, limits: Limits, walls: Walls, processors: set[int]) -> None:
        self.job, self.limits, self.walls, self.processors = job, limits, walls, processors
        self.peak = 0
        self.cpu_seconds = 0.0  # read every TICK: bubblewrap does not pass on what its child used
        self._deadline = time.monotonic() + limits.wall_seconds
        self._next_look = time.monotonic() + TICK
        self._next_disk = 0.0
        self._next_permission = time.monotonic() + LOOK_AT_GRANTS
        self._was_refused = False

    def over(self, attempt: dict[str, Any]) -> tuple[Stop | None, int | None]:
        """Run it to its end. Returns why it was stopped (or None) and its exit code. Raises `OSError`."""
        for folder in self.job.writable:
            folder.mkdir(mode=0o755)
        reading, writing = os.pipe()
        try:
            process = self._start(attempt, writing)
        finally:
            os.close(writing)
        os.set_blocking(reading, False)
        stop = None
        with self.job.log.open("wb") as log, selectors.DefaultSelector() as ready:
            ready.register(reading, selectors.EVENT_READ)
            while process.poll() is None:
                if ready.select(TICK) and not _copy(reading, log.fileno()):
                    time.sleep(TICK)  # it closed its output
                stop = self._must_stop(process.pid) or self._refused(attempt)
                if stop:
                    _kill(process, walled=self.walls.stand)
            while _copy(reading, log.fileno()):
                pass
        return stop, None if stop else process.returncode

    def _start(self, attempt: dict[str, Any], output: int) -> subprocess.Popen[bytes]:
        if self.walls.stand:
            line, env = self._walled(attempt)
            folder = Path("/")
        else:
            line, env, folder = self._plain(attempt)
        return subprocess.Popen(
            line, env=env, cwd=folder, stdin=subprocess.DEVNULL, stdout=output,
            stderr=subprocess.STDOUT, start_new_session=True, preexec_fn=self._confine,  # noqa: PLW1509 - one thread
        )  # fmt: skip

    def _walled(self, attempt: dict[str, Any]) -> tuple[list[str], dict[str, str]]:
        job, uid = self.job, self.walls.uid
        mounts = [Mount(Path(attempt["code"]), "/recipe"), Mount(job.outputs, "/outputs", writable=True)]
        mounts += [Mount(job.work, "/work", writable=True), Mount(job.tmp, "/tmp", writable=True)]  # noqa: S108
        mounts += [Mount(Path(path), f"/inputs/{role}") for role, path in attempt["inputs"].items()]
        if attempt["environment"]:
            mounts += sandbox.interpreter_mounts(Path(attempt["environment"]))
        folders = {name: f"/{name}" for name in ("work", "tmp", "inputs", "outputs", "recipe")}
        if self.walls.image:
            told = _environment(attempt, self.limits, folders)
            line = apptainer.command(
                self.walls.image, mounts, attempt["argv"],
                devices=attempt.get("devices", ()), network=attempt.get("network", False),
            )  # fmt: skip
            return line, {"PATH": os.environ.get("PATH", os.defpath)} | apptainer.environment(told)
        if uid is not None:
            mounts = sandbox.reachable(mounts, job, uid)
        line = sandbox.command(
            mounts, attempt["argv"], _environment(attempt, self.limits, folders),
            uid=uid, processes=self.limits.processes, shm_bytes=self.limits.memory_bytes // 2,
            devices=attempt.get("devices", ()), network=attempt.get("network", False),
        )  # fmt: skip
        return line, {"PATH": os.environ.get("PATH", os.defpath)}

    def _plain(self, attempt: dict[str, Any]) -> tuple[list[str], dict[str, str], Path]:
        """Without walls: the same places, at their real paths, named in the environment."""
        inputs = self.job.path / "inputs"
        inputs.mkdir()
        for role, path in attempt["inputs"].items():
            (inputs / role).symlink_to(path)
        folders = {
            "work": str(self.job.work), "tmp": str(self.job.tmp), "inputs": str(inputs),
            "outputs": str(self.job.outputs), "recipe": attempt["code"],
        }  # fmt: skip
        argv = []
        for word in attempt["argv"]:
            top, _, rest = word.removeprefix("/").partition("/")
            argv.append(f"{folders[top]}/{rest}" if word.startswith("/") and top in folders else word)
        return (
            ["setpriv", "--pdeathsig", "KILL", "--", *argv],
            _environment(attempt, self.limits, folders),
            self.job.work,
        )

    def _confine(self) -> None:
        """In the new process, still us: cores, file size, and first to go when the machine's memory ends."""
        os.sched_setaffinity(0, self.processors)
        Path("/proc/self/oom_score_adj").write_text("1000")
        disk = self.limits.disk_bytes
        resource.setrlimit(resource.RLIMIT_FSIZE, (disk, disk))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        files = min(4096, resource.getrlimit(resource.RLIMIT_NOFILE)[1])
        resource.setrlimit(resource.RLIMIT_NOFILE, (files, files))

    def _refused(self, attempt: dict[str, Any]) -> Stop | None:
        """Stop it at the second look in a row that finds no permission: one look may meet a disk that hiccups."""
        if time.monotonic() < self._next_permission:
            return None
        self._next_permission = time.monotonic() + LOOK_AT_GRANTS
        before, stop = self._was_refused, _without_permission(attempt)
        self._was_refused = stop is not None
        return stop if before else None

    def _must_stop(self, pid: int) -> Stop | None:
        now = time.monotonic()
        if stop := _asked_to_stop(self.job):
            return stop
        if now >= self._deadline:
            return Stop(Phase.TIMEOUT, f"It reached its limit of {self.limits.wall_seconds} seconds.")
        if now < self._next_look:
            return None
        family = meter.family(pid)
        used = meter.memory(family, self.limits.memory_bytes)
        self.peak = max(self.peak, used)
        self.cpu_seconds = max(self.cpu_seconds, meter.cpu(family))
        if used > self.limits.memory_bytes:
            most = self.limits.memory_bytes / 1e9
            return Stop(Phase.OUT_OF_MEMORY, f"It needed more memory than its limit of {most:.2f} GB.")
        if now >= self._next_disk:
            if meter.disk(self.job.writable, family) > self.limits.disk_bytes:
                most = self.limits.disk_bytes / 1e9
                return Stop(Phase.FAILED, f"It wrote more to disk than its limit of {most:.2f} GB.")
            self._next_disk = time.monotonic() + max(0.5, 20 * (time.monotonic() - now))
        self._next_look = time.monotonic() + TICK
        return None


def _environment(attempt: dict[str, Any], limits: Limits, folders: dict[str, str]) -> dict[str, str]:
    """Return everything that the attempt finds in its environment: nothing of ours."""
    path = "/usr/local/bin:/usr/bin:/bin"
    if attempt["environment"]:
        path = f"{attempt['environment']}/bin:{path}"
    threads = ("OMP", "OPENBLAS", "MKL", "NUMBA", "NUMEXPR")
    return {
        "PATH": path, "HOME": folders["work"], "TMPDIR": folders["tmp"], "USER": "attempt", "LANG": "C.UTF-8",
        "PYTHONUNBUFFERED": "1", "PYTHONDONTWRITEBYTECODE": "1", "POLARS_MAX_THREADS": str(limits.cores),
        **{f"{name}_NUM_THREADS": str(limits.cores) for name in threads},
        **{f"AIFACTORY_{name.upper()}": folders[name] for name in ("inputs", "outputs", "recipe")},
        "AIFACTORY_PARAMETERS": f"{folders['inputs']}/parameters/parameters.json",
        "AIFACTORY_MEMORY_BYTES": str(limits.memory_bytes),
        "AIFACTORY_WALL_SECONDS": str(limits.wall_seconds),
        **attempt["env"],
    }  # fmt: skip


def _copy(source: int, log: int) -> bool:
    """Move what was printed into the log, up to its cap; false when there was nothing."""
    try:
        piece = os.read(source, 65536)
    except BlockingIOError:
        return False
    room = LOG_CAP - os.fstat(log).st_size
    if room > 0:
        os.write(log, piece[:room])
        if len(piece) >= room:
            os.write(log, LOG_CUT)
    return bool(piece)


def _kill(process: subprocess.Popen[bytes], *, walled: bool) -> None:
    """Kill everything and wait until it is gone.

    Behind walls the only child of bubblewrap is the first process of the attempt's own process
    table: when that dies the kernel ends all the others, and bubblewrap can still account for them.
    """
    while process.poll() is None:
        targets = meter.children(process.pid) if walled else list(meter.family(process.pid))
        for pid in targets or [process.pid]:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(TICK / 5)


def _judge(exit_code: int) -> Stop:
    if exit_code == 0:
        return Stop(Phase.COMPLETED, "")
    if exit_code > 128 or exit_code < 0:
        return Stop(Phase.FAILED, f"It was killed by signal {abs(exit_code) % 128}.")
    return Stop(Phase.FAILED, f"It ended with code {exit_code}.")


_shutting_down: list[int] = []


def _note_shutdown(number: int, _frame: FrameType | None) -> None:
    _shutting_down.append(number)


def stop_at_shutdown() -> None:
    """Let SIGTERM stop the attempt that runs, with a word about it, instead of us."""
    signal.signal(signal.SIGTERM, _note_shutdown)


def is_stopping() -> bool:
    """Say whether SIGTERM came."""
    return bool(_shutting_down)


def _asked_to_stop(job: JobFolder) -> Stop | None:
    if note := read(job.cancel):
        return Stop(Phase.CANCELLED, note["reason"])
    if _shutting_down:
        return Stop(Phase.CANCELLED, "The machine it ran on was shut down.")
    return None


if __name__ == "__main__":
    main(sys.argv[1])
