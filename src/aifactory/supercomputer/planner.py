"""The green planner of one job: start now, or at the full hour before the deadline that should emit least.

Plain functions on plain data. Power is taken as constant over the run, so only the grid's intensity decides.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from aifactory.kit import clock
from aifactory.ports.carbon import NoSignal, Signal
from aifactory.supercomputer import energy
from aifactory.supercomputer.energy import GENERIC, HOUR, NodePower, Range

#: Waiting has a price for people; below this saving (percent of starting now) a job does not wait.
WORTH_WAITING_PERCENT = 1.0


class Reason(StrEnum):
    """Why this start was chosen; pages say it in a sentence."""

    NO_SLACK = "no_slack"
    NO_SIGNAL = "no_signal"
    NOW_IS_BEST = "now_is_best"
    LATER_IS_GREENER = "later_is_greener"


@dataclass(frozen=True)
class Plan:
    """When to start, and what it is expected to emit (gCO2eq) then and if it started at once.

    Both are None without a signal for the run. The saving compares expectations; the ranges belong to each
    emission alone, as the errors of two hours of one forecast are not independent.
    """

    start: datetime
    reason: Reason
    expected: Range | None
    now: Range | None
    signal: Signal

    @property
    def saving_grams(self) -> float | None:
        return self.now.value - self.expected.value if self.now and self.expected else None

    @property
    def saving_percent(self) -> float | None:
        if self.saving_grams is None or not self.now:
            return None
        return 100 * self.saving_grams / self.now.value if self.now.value else 0.0

    def document(self) -> dict[str, Any]:
        """Return the plan as plain JSON, with the attribution of its signal."""
        saving, percent = self.saving_grams, self.saving_percent
        return {
            "start": clock.stamp(self.start),
            "reason": self.reason.value,
            "expected_grams": self.expected.document(3) if self.expected else None,
            "now_grams": self.now.document(3) if self.now else None,
            "saving_grams": None if saving is None else round(saving, 3),
            "saving_percent": None if percent is None else round(percent, 2),
            "signal": {
                "zone": self.signal.zone,
                "kind": self.signal.kind,
                "source": self.signal.source,
                "issued_at": clock.stamp(self.signal.issued_at) if self.signal.issued_at else None,
            },
        }


def greenest(
    signal: Signal,
    *,
    earliest: datetime,
    deadline: datetime,
    seconds: float,
    cores: int,
    gpus: int = 0,
    memory_bytes: int = 0,
    node: NodePower = GENERIC,
) -> Plan:
    """Return the start expected to emit least: `earliest`, or a full hour that still meets `deadline`.

    `seconds` is the longest the run may take. Equal hours: the earliest wins. An hour is considered only if
    the signal covers the whole run from there; if it doesn't cover a run from `earliest`, nothing can be
    compared and the job starts at once, as it does without slack.
    """
    length = timedelta(seconds=seconds)
    drawn = energy.watts(cores=cores, gpus=gpus, memory_bytes=memory_bytes, load=None, node=node) * node.pue
    kwh = drawn * (seconds / energy.JOULES_PER_KWH)
    now = _grams(signal, earliest, length, kwh)
    if now is None:
        return Plan(earliest, Reason.NO_SIGNAL, None, None, signal)
    if deadline - length <= earliest:
        return Plan(earliest, Reason.NO_SLACK, now, now, signal)
    start, best = earliest, now
    for hour in _full_hours(earliest, deadline - length):
        grams = _grams(signal, hour, length, kwh)
        if grams is not None and grams.value < best.value:
            start, best = hour, grams
    if now.value - best.value < now.value * WORTH_WAITING_PERCENT / 100 or start == earliest:
        return Plan(earliest, Reason.NOW_IS_BEST, now, now, signal)
    return Plan(start, Reason.LATER_IS_GREENER, best, now, signal)


def _full_hours(earliest: datetime, latest: datetime) -> list[datetime]:
    first = earliest.replace(minute=0, second=0, microsecond=0) + HOUR
    return [first + n * HOUR for n in range(int((latest - first) / HOUR) + 1)] if latest >= first else []


def _grams(signal: Signal, start: datetime, length: timedelta, kwh: Range) -> Range | None:
    try:
        return kwh * energy.intensity(signal, start, start + length)
    except NoSignal:
        return None
