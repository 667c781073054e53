"""Is an award used too slowly, not at all, or too fast; and how much of it could be taken back. Pure rules."""

from dataclasses import dataclass
from typing import Literal

from aifactory.awards.pace.forecast import Forecast
from aifactory.awards.pace.policy import Policy

Verdict = Literal["early", "fine", "slow", "idle", "fast"]
HOUR = 3600


@dataclass(frozen=True)
class Seen:
    """What is known of an award's use at a moment: base units, days, and the share of its period that has gone.

    `used` counts what is set aside for jobs too; `expected_lately` is what should have been used in the last
    days that `idle` looks at.
    """

    amount: int
    used: int
    expected: int
    expected_lately: int
    days_old: int
    days_unused: int
    days_left: int
    gone: float

    @property
    def left(self) -> int:
        """What can still be used."""
        return self.amount - self.used


def verdict(seen: Seen, forecast: Forecast | None, policy: Policy) -> Verdict:
    """Return how it stands. What is planned for later is neither slow nor idle."""
    rule = policy.warnings
    if forecast is None:
        return "early"
    early_by = seen.days_left - (forecast.full_in if forecast.full_in is not None else seen.days_left)
    if forecast.full * 100 >= rule.fast_percent and early_by >= rule.fast_days:
        return "fast"
    if seen.left and seen.days_unused >= rule.idle_days and seen.expected_lately > 0:
        return "idle"
    behind = seen.used * 100 < seen.expected * rule.slow_percent
    return "slow" if behind and seen.gone * 100 >= rule.slow_from_percent else "fine"


def to_take(
    seen: Seen, forecast: Forecast | None, policy: Policy, *, resource: str, warned: int | None = None
) -> int:
    """Return how much the policy takes back now, in base units; 0 where it takes nothing.

    Never any of what the forecast's upper end still uses. `warned`: how many warnings came before, None where that
    was looked at already.
    """
    rule = policy.reclaim
    if forecast is None or resource not in rule.resources:
        return 0
    if warned is not None and warned < rule.warnings:
        return 0
    if seen.gone * 100 < rule.from_percent or seen.used * 100 >= seen.expected * rule.used_percent:
        return 0
    take = max(0, seen.left - forecast.more.high) * rule.share_percent // 100
    return take if take >= rule.least_hours * HOUR else 0
