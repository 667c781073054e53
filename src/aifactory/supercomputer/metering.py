"""From what the engine saw to what is written down: seconds, kWh and gCO2eq, each with how it was found."""

from datetime import timedelta

from aifactory.ports import registry
from aifactory.ports.carbon import CarbonSignal, NoSignal
from aifactory.ports.engine import Status
from aifactory.supercomputer import energy
from aifactory.supercomputer.models import Attempt, Usage


def measured(attempt: Attempt, status: Status) -> Usage:
    """Return the usage of an ended attempt. One that never ran used zero seconds, and has no energy reading."""
    used = status.usage
    usage = Usage(
        attempt=attempt,
        project=attempt.job.project,
        gpu_seconds=used.allocated_gpu_seconds if used else 0,
        core_seconds=used.allocated_core_seconds if used else 0,
        wall_seconds=used.wall_seconds if used else 0.0,
        cpu_seconds=used.cpu_seconds if used else None,
        peak_memory_bytes=used.peak_memory_bytes if used else None,
        simulated=attempt.simulated or bool(used and used.simulated),
    )
    if used is None or used.simulated or status.started_at is None:
        return usage
    spent = energy.estimate(
        used,
        # The time of an array is the sum of its tasks' times; nodes ran at once.
        cores=attempt.job.cores * attempt.job.nodes,
        gpus=attempt.job.gpus * attempt.job.nodes,
        memory_bytes=attempt.job.memory_bytes * attempt.job.nodes,
    )
    usage.kwh, usage.kwh_low, usage.kwh_high, usage.method = spent.kwh, spent.low, spent.high, spent.method
    usage.readings = spent.readings
    end = status.ended_at or status.started_at + timedelta(seconds=used.wall_seconds)
    try:
        signal = registry.get(CarbonSignal).between(status.started_at, end)
    except NoSignal:
        return usage
    emitted = energy.carbon(spent, signal, start=status.started_at, end=end)
    usage.grams, usage.grams_low, usage.grams_high, usage.signal = (
        emitted.grams,
        emitted.low,
        emitted.high,
        emitted.source,
    )
    return usage
