"""Energy and carbon of a run: a value, a range that is meant, and how it was found.

Where a meter reads, its joules are used with the uncertainty of that meter's tier. Where none does, tier D
estimates P = idle + (full - idle) x load for the cores, memory and GPUs given to the run. "No reading" is
never zero: an unknown load is taken as one half, with idle and full power as its bounds.
"""

import tomllib
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any

from aifactory.ports.carbon import NoSignal, Signal
from aifactory.ports.engine import Usage

METHOD_VERSION = "1"
JOULES_PER_KWH = 3_600_000
GB = 1_000_000_000
HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Range:
    """A value and the bounds within which it plausibly lies; all of one unit, none negative."""

    value: float
    low: float
    high: float

    def __post_init__(self) -> None:
        if not 0 <= self.low <= self.value <= self.high:
            raise ValueError(f"{self.low} ≤ {self.value} ≤ {self.high} must hold, from zero up.")

    def __add__(self, other: "Range") -> "Range":
        return Range(self.value + other.value, self.low + other.low, self.high + other.high)

    def __mul__(self, factor: "Range | float") -> "Range":
        """Multiply bound by bound: right for what is never negative."""
        by = factor if isinstance(factor, Range) else Range(factor, factor, factor)
        return Range(self.value * by.value, self.low * by.low, self.high * by.high)

    def document(self, digits: int = 6) -> dict[str, float]:
        return {name: round(getattr(self, name), digits) for name in ("value", "low", "high")}


ZERO = Range(0, 0, 0)


class Tier(StrEnum):
    """Where joules come from, best first."""

    A = "A"  # meter of the node or its socket, node not shared
    B = "B"  # energy counters of GPU, CPU package and memory
    C = "C"  # what the batch system read of the whole node
    D = "D"  # no meter: estimated from power figures and load


#: Share of the value by which the true one may lie off. A: node meters. B: counters are within 5 %, but miss
#: the rest of the node. C: repeated full-node runs differ by 20-30 %. D: estimates were off by up to 40 %
#: (arXiv 2509.22092).
MARGIN = {Tier.A: 0.05, Tier.B: 0.15, Tier.C: 0.30, Tier.D: 0.40}


LOAD_KNOWN = "D: estimated from allocated cores, memory and GPUs, load from CPU time"
LOAD_UNKNOWN = "D: estimated from allocated cores, memory and GPUs, load unknown"


@dataclass(frozen=True)
class NodePower:
    """What the parts of a node draw in watts, the building's overhead, and which meter its engine reads."""

    source: str
    core_idle: Range
    core_full: Range
    memory_gb: Range
    gpu_idle: Range
    gpu_full: Range
    pue: Range
    meter: Tier = Tier.C

    @classmethod
    def load(cls, path: Path, name: str = "generic") -> "NodePower":
        """Read one table of a power file. Raises `KeyError` or `ValueError` for a wrong one."""
        table = tomllib.loads(path.read_text(encoding="utf-8"))[name]
        parts = {key: Range(*table[key]) for key in _PARTS}
        return cls(source=table["source"], meter=Tier(table.get("meter", "C")), **parts)


_PARTS = ("core_idle", "core_full", "memory_gb", "gpu_idle", "gpu_full", "pue")
GENERIC = NodePower.load(Path(__file__).with_name("power.toml"))


@dataclass(frozen=True)
class Energy:
    """kWh of a run with the building's overhead, its bounds, and the words and readings behind it."""

    kwh: float
    low: float
    high: float
    tier: Tier
    method: str
    simulated: bool = False
    method_version: str = METHOD_VERSION
    readings: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Carbon:
    """gCO2eq of a run with its bounds; `kind` and `source` of the intensity that was used."""

    grams: float
    low: float
    high: float
    kind: str
    source: str


def watts(
    *, cores: int, gpus: int, memory_bytes: int, load: float | None, node: NodePower = GENERIC
) -> Range:
    """Return the power (W, without overhead) of what is allocated; `load` of cores 0..1, None: unknown."""
    cpu = _between(node.core_idle, node.core_full, load) * cores
    gpu = _between(node.gpu_idle, node.gpu_full, None) * gpus  # no engine reports the load of a GPU
    return cpu + gpu + node.memory_gb * (memory_bytes / GB)


def estimate(
    used: Usage, *, cores: int, gpus: int = 0, memory_bytes: int, node: NodePower = GENERIC
) -> Energy:
    """Return the energy of a run: from its meter where there is one, else by tier D."""
    if used.energy_joules is not None:
        return _metered(used, used.energy_joules, node)
    load = None
    if used.cpu_seconds is not None and cores and used.wall_seconds > 0:
        load = min(1.0, max(0.0, used.cpu_seconds / (cores * used.wall_seconds)))
    drawn = watts(cores=cores, gpus=gpus, memory_bytes=memory_bytes, load=load, node=node)
    kwh = _widen(drawn * (used.wall_seconds / JOULES_PER_KWH), MARGIN[Tier.D]) * node.pue
    readings = {
        "wall_seconds": used.wall_seconds,
        "cpu_seconds": used.cpu_seconds,
        "load": load,
        "cores": cores,
        "gpus": gpus,
        "memory_bytes": memory_bytes,
        "watts": drawn.document(3),
        "pue": node.pue.document(3),
        "power_figures": node.source,
    }
    method = _said(LOAD_UNKNOWN if load is None else LOAD_KNOWN, used)
    return Energy(kwh.value, kwh.low, kwh.high, Tier.D, method, used.simulated, readings=readings)


def carbon(energy: Energy, signal: Signal, *, start: datetime, end: datetime) -> Carbon:
    """Return the emissions of `energy`, drawn evenly over [start, end). Raises `NoSignal` at a gap."""
    grams = Range(energy.kwh, energy.low, energy.high) * intensity(signal, start, end)
    return Carbon(grams.value, grams.low, grams.high, signal.kind, signal.source)


def intensity(signal: Signal, start: datetime, end: datetime) -> Range:
    """Return the mean gCO2eq/kWh over [start, end), each hour weighted by the part of it that lies inside.

    Hours of one forecast err together, so the bounds are averaged and not shrunk. Raises `NoSignal` at a gap.
    """
    end = max(end, start + timedelta(microseconds=1))
    total, covered = ZERO, timedelta()
    for hour in signal.hours:
        inside = min(end, hour.start + HOUR) - max(start, hour.start)
        if inside > timedelta():
            total += Range(hour.value, hour.low, hour.high) * (inside / HOUR)
            covered += inside
    if covered < end - start:
        raise NoSignal(f"The carbon signal lacks hours from {start:%d %b %H:%M} to {end:%d %b %H:%M}.")
    return total * (HOUR / covered)


def _metered(used: Usage, joules: float, node: NodePower) -> Energy:
    kwh = _widen(Range(*[joules / JOULES_PER_KWH] * 3), MARGIN[node.meter]) * node.pue
    readings = {"joules": joules, "wall_seconds": used.wall_seconds, "pue": node.pue.document(3)}
    method = _said(f"{node.meter}: measured by the engine's meter", used)
    return Energy(kwh.value, kwh.low, kwh.high, node.meter, method, used.simulated, readings=readings)


def _between(idle: Range, full: Range, load: float | None) -> Range:
    if load is None:
        return Range((idle.value + full.value) / 2, idle.low, full.high)
    return idle * (1 - load) + full * load


def _widen(kwh: Range, margin: float) -> Range:
    """Make the bounds at least `margin` wide: figures of the parts are never more certain than the method."""
    return Range(kwh.value, min(kwh.low, kwh.value * (1 - margin)), max(kwh.high, kwh.value * (1 + margin)))


def _said(method: str, used: Usage) -> str:
    return f"{method} (simulated run)" if used.simulated else method
