"""An attempt in parts: the nodes that run it together, or the tasks of an array that run it each on its own.

Each part has a folder of its own below the attempt's, laid out the same way; a note to stop is for all of them.
"""

from collections.abc import Sequence
from typing import Any

from aifactory.adapters.engine.local.supervise import End
from aifactory.adapters.engine.slurm.folder import SlurmFolder
from aifactory.ports.engine import Phase

#: what an attempt's end is when its parts ended differently: the first of these
_WORST = (Phase.OUT_OF_MEMORY, Phase.TIMEOUT, Phase.FAILED, Phase.CANCELLED, Phase.COMPLETED)
LOG_OF_PART = 100_000


def part(job: SlurmFolder, name: int | str) -> SlurmFolder:
    """Return the folder of one part, which may not be there yet."""
    folder = SlurmFolder(job.path / "parts" / str(name))
    folder.cancel = job.cancel
    return folder


def joined(ends: Sequence[dict[str, Any] | None], kind: str, *, at_once: bool) -> End:
    """Join the ends of all parts, of which some may have left no word, into that of the attempt.

    Parts that ran `at_once` took the time of the longest; others took the sum. Cores follow: what was allocated is
    always cores times time. Memory is the most that any part needed.
    """
    told = [end for end in ends if end]
    worst = min(told, key=lambda end: _WORST.index(end["phase"]), default=None)
    phase, reason = _word(ends, worst, kind)
    times = [end["wall_seconds"] for end in told] or [0.0]
    begun, done = ([end[key] for end in told if end[key]] for key in ("started_at", "ended_at"))
    cpu = [end["cpu_seconds"] for end in told if end["cpu_seconds"] is not None]
    peaks = [end["peak_memory_bytes"] for end in told if end["peak_memory_bytes"] is not None]
    return End(
        phase, reason,
        cores=sum(end["cores"] for end in told) if at_once else max((end["cores"] for end in told), default=0),
        exit_code=worst["exit_code"] if worst else None,
        started_at=min(begun, default=None), ended_at=max(done, default=None),
        wall_seconds=max(times) if at_once else sum(times),
        cpu_seconds=sum(cpu) if cpu else None, peak_memory_bytes=max(peaks, default=None),
    )  # fmt: skip


def _word(ends: Sequence[Any], worst: dict[str, Any] | None, kind: str) -> tuple[Phase, str]:
    silent = [number for number, end in enumerate(ends) if not end]
    if worst is None or (silent and worst["phase"] == Phase.COMPLETED):
        return Phase.FAILED, f"{kind} {', '.join(map(str, silent))} left no account of the end."
    if worst["phase"] in {Phase.COMPLETED, Phase.CANCELLED}:
        return Phase(worst["phase"]), worst["reason"]
    same = [str(number) for number, end in enumerate(ends) if end and end["phase"] == worst["phase"]]
    return Phase(worst["phase"]), f"{kind} {', '.join(same)}: {worst['reason']}"


def add_log(job: SlurmFolder, piece: SlurmFolder, title: str) -> None:
    """Add the end of a part's log to that of the attempt, in one write, below a line that says whose it is."""
    said = piece.log.read_bytes()[-LOG_OF_PART:] if piece.log.exists() else b""
    with job.log.open("ab", buffering=0) as log:
        log.write(f"[{title}]\n".encode() + said + (b"" if said.endswith(b"\n") or not said else b"\n"))
