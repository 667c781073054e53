"""From targets to Slurm's shares: each class its part, split over its projects by what they were awarded. Pure."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

#: what one percent of the machine is worth in shares: fine enough for a hundred projects of a class
PER_PERCENT = 1000


@dataclass(frozen=True)
class Claim:
    """A project's class and how much it was awarded, in GPU-seconds or what counts like them."""

    user_class: str
    weight: int


def shares(claims: Mapping[str, Claim], percents: Mapping[str, int]) -> dict[str, int]:
    """Return the shares of each project; those of a class are about `PER_PERCENT` times its target together.

    Rounded to two digits, so that a new award in a class does not move everybody in it; never 0, which would stop
    a project for good. A class without projects leaves its part to the others: shares only count beside each other.
    """
    sums: dict[str, int] = defaultdict(int)
    for claim in claims.values():
        sums[claim.user_class] += claim.weight
    return {
        project: _round(percents[claim.user_class] * PER_PERCENT * claim.weight, sums[claim.user_class])
        for project, claim in claims.items()
    }


def _round(value: int, by: int) -> int:
    whole = value // by if by else 0
    step: int = 10 ** max(0, len(str(whole)) - 2)
    return max(1, (whole + step // 2) // step * step)
