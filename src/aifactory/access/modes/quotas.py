"""How much of a quota is left: shares of the year's capacity, as plain arithmetic in whole GPU-seconds."""

from collections.abc import Iterable
from dataclasses import dataclass

from aifactory.access.modes import Mode
from aifactory.access.modes.parts import Quota
from aifactory.kit.units import Resource, base


@dataclass(frozen=True)
class Awarded:
    """GPU-seconds that went to an organisation of a size class (see `parts.SizeClass`) under a mode."""

    mode: str
    size: str
    gpu_seconds: int


@dataclass(frozen=True)
class Room:
    """A quota with its ceiling, what is used of it, and what open objections may still ask, in GPU-seconds."""

    quota: Quota
    ceiling: int
    used: int
    kept_back: int = 0

    @property
    def left(self) -> int:
        """Return what may still be awarded; nothing where more was given than the quota allows now."""
        return max(self.ceiling - self.used - self.kept_back, 0)


def counts(quota: Quota, mode: str, size: str) -> bool:
    """Say whether an award under that mode, to that size class, counts against the quota."""
    return (not quota.modes or mode in quota.modes) and (not quota.classes or size in quota.classes)


def rooms(mode: Mode, awarded: Iterable[Awarded], kept_back: Iterable[Awarded] = ()) -> list[Room]:
    """Return the quotas of a mode with what this year's awards, and open objections, left of them."""
    if mode.capacity is None:
        return []
    whole = base(Resource.GPU, mode.capacity.gpu_hours)
    given, held = list(awarded), list(kept_back)
    return [
        Room(quota, whole * quota.percent // 100, _counted(quota, given), _counted(quota, held))
        for quota in mode.quotas
    ]


def _counted(quota: Quota, amounts: Iterable[Awarded]) -> int:
    return sum(a.gpu_seconds for a in amounts if counts(quota, a.mode, a.size))


def room_for(
    mode: Mode, size: str, awarded: Iterable[Awarded], kept_back: Iterable[Awarded] = ()
) -> int | None:
    """Return the most GPU-seconds that one more award to a size class may have; None where no quota limits it."""
    found = rooms(mode, awarded, kept_back)
    return min((room.left for room in found if counts(room.quota, mode.id, size)), default=None)
