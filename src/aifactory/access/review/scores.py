"""From reviewers' scores to one figure, exactly, and the line it must reach.

Scores are whole numbers 0-5; weights are percentages that add up to 100. Arithmetic is in fractions: no
application falls under a line by rounding.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

from pydantic import BaseModel, ConfigDict, Field

from aifactory.kit.bilingual import Text

HIGHEST = 5


class Criterion(BaseModel):
    """What is scored, for how much of the total, and the words that belong to each score 0-5."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str = Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")
    label: Text
    help: Text
    weight: int = Field(ge=1, le=100)
    minimum: int = Field(default=0, ge=0, le=HIGHEST)
    words: tuple[Text, ...] = Field(min_length=HIGHEST + 1, max_length=HIGHEST + 1)


@dataclass(frozen=True)
class Outcome:
    """The mean per criterion, the weighted total (both 0-5) and what kept it under the line, if anything."""

    means: Mapping[str, Fraction]
    total: Fraction
    threshold: Fraction
    below_minimum: tuple[str, ...]

    @property
    def passed(self) -> bool:
        """Say whether the total reaches the threshold and every criterion its minimum."""
        return self.total >= self.threshold and not self.below_minimum


def outcome(
    criteria: Sequence[Criterion], reviews: Sequence[Mapping[str, int]], threshold: Fraction
) -> Outcome:
    """Average the reviews per criterion, weigh, and hold the result against threshold and minimums.

    Raises `ValueError` where there is no review, or one lacks a criterion.
    """
    if not reviews:
        raise ValueError("There is nothing to average: no review was given.")
    if any(set(review) != {c.id for c in criteria} for review in reviews):
        raise ValueError("Every review scores every criterion, and nothing else.")
    means = {c.id: Fraction(sum(review[c.id] for review in reviews), len(reviews)) for c in criteria}
    total = sum((means[c.id] * c.weight for c in criteria), Fraction(0)) / sum(c.weight for c in criteria)
    below = tuple(c.id for c in criteria if means[c.id] < c.minimum)
    return Outcome(means, total, threshold, below)


def shown(score: Fraction) -> str:
    """Return a score with two decimals, halves rounded up: for people, never for comparing."""
    exact = Decimal(score.numerator) / Decimal(score.denominator)
    return str(exact.quantize(Decimal("0.01"), ROUND_HALF_UP))
