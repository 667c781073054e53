"""How an attempt ended: the node's own account joined with what Slurm's books say, and how a folder keeps it."""

import math
from dataclasses import asdict
from typing import Any

from aifactory.adapters.engine.local.engine import moment
from aifactory.ports.cluster import JobRecord
from aifactory.ports.engine import Phase, Status, Usage


def ended(name: str, ran: dict[str, Any], record: JobRecord | None, *, gpus: int) -> Status:
    """Join the node's account of the end with Slurm's of the cost.

    Where Slurm lost sight of the job its figures are no measure (a controller that came back may say it took no time,
    or all the time it was away): the node's own clock is, and the reason says so.
    """
    phase, reason, began, done = Phase(ran["phase"]), ran["reason"], ran["started_at"], ran["ended_at"]
    wall = ran["wall_seconds"]
    is_trusted = (
        record is not None and record.state != "NODE_FAIL" and -1 <= record.elapsed_seconds - wall <= 60
    )
    if record and is_trusted:
        usage = usage_of(record, ran)
        return Status(
            name, phase, reason, ran["exit_code"], record.started_at, record.ended_at, usage, record.node
        )
    used, peak = ran["cpu_seconds"], ran["peak_memory_bytes"]
    usage = Usage(wall, math.ceil(wall * ran["cores"]), math.ceil(wall * gpus), used, peak)
    word = f"Slurm says {record.state} after {record.elapsed_seconds} s" if record else "Slurm kept no record"
    reason = f"{reason} {word}; billed is what the node measured.".strip()
    return Status(name, phase, reason, ran["exit_code"], moment(began), moment(done), usage)


def usage_of(record: JobRecord, ran: dict[str, Any]) -> Usage:
    seconds = record.elapsed_seconds
    return Usage(
        wall_seconds=float(seconds),
        allocated_core_seconds=seconds * record.cores,
        allocated_gpu_seconds=seconds * record.gpus,
        cpu_seconds=ran.get("cpu_seconds"),
        peak_memory_bytes=ran.get("peak_memory_bytes"),
        energy_joules=record.energy_joules,
    )


def kept(status: Status) -> dict[str, Any]:
    """Return a status as its folder keeps it."""
    written = asdict(status)
    for key in ("started_at", "ended_at"):
        written[key] = written[key].isoformat() if written[key] else None
    return written


def status_of(name: str, end: dict[str, Any]) -> Status:
    """Read a kept status."""
    used = Usage(**end["usage"]) if end["usage"] else None
    begun, done = moment(end["started_at"]), moment(end["ended_at"])
    return Status(name, Phase(end["phase"]), end["reason"], end["exit_code"], begun, done, used, end["node"])
