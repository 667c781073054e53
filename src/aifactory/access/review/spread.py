"""How far reviewers agree on each criterion: the range and the standard deviation of their scores.

Scores are whole numbers 0-5. With two or three reviewers the range says most, so the words go by the range:
a point apart is agreement, two is some spread, more is a wide one that the panel should talk about.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from math import sqrt

from aifactory.access.review.scores import Criterion


class Agreement(StrEnum):
    """How far the scores lie apart, in a word."""

    NONE_YET = "none_yet"
    CLOSE = "close"
    SOME = "some"
    WIDE = "wide"


@dataclass(frozen=True)
class Spread:
    """The scores on one criterion: how many, lowest, highest, mean, and standard deviation.

    `deviation` is that of a sample (n - 1 below the line); None where there are fewer than two scores.
    """

    criterion: str
    scores: tuple[int, ...]
    mean: Fraction | None
    deviation: float | None

    @property
    def range(self) -> int:
        """Return the distance between the lowest and the highest score, in points."""
        return max(self.scores) - min(self.scores) if self.scores else 0

    @property
    def agreement(self) -> Agreement:
        """Return the word for it."""
        if len(self.scores) < 2:
            return Agreement.NONE_YET
        return (Agreement.CLOSE, Agreement.CLOSE, Agreement.SOME, Agreement.WIDE)[min(self.range, 3)]


def spreads(criteria: Sequence[Criterion], reviews: Sequence[Mapping[str, int]]) -> list[Spread]:
    """Return the spread per criterion, in the order of the criteria."""
    return [spread(c.id, [review[c.id] for review in reviews if c.id in review]) for c in criteria]


def spread(criterion: str, scores: Sequence[int]) -> Spread:
    """Return the spread of some scores."""
    count = len(scores)
    if not count:
        return Spread(criterion, (), None, None)
    mean = Fraction(sum(scores), count)
    squares = sum(((score - mean) ** 2 for score in scores), Fraction(0))
    deviation = sqrt(squares / (count - 1)) if count > 1 else None
    return Spread(criterion, tuple(scores), mean, deviation)


def widest(found: Sequence[Spread]) -> Spread | None:
    """Return the criterion on which reviewers are furthest apart (the first of equals); None without scores."""
    scored = [one for one in found if len(one.scores) > 1]
    return max(scored, key=lambda one: (one.range, one.deviation or 0.0)) if scored else None
