"""Scores corrected for strict and lenient reviewers, each with the range in which it lies.

The model: score = mean + application + reviewer + error, with application and reviewer random (a linear mixed
model, crossed). Variances come from Henderson's Method III (Searle, Casella and McCulloch, Variance
Components, 1992, section 5.5), effects and their errors from Henderson's mixed-model equations (the same,
chapter 7). Nobody's score can move a variance below what the rounding to whole scores alone brings.

Every number is made by additions, multiplications and divisions of doubles in one fixed order, without BLAS
and without a sum whose order a processor may choose. IEEE 754 fixes the result of each, so the same scores
give the same bits on any machine; a search for the likeliest variances would not promise that.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import fsum, sqrt
from statistics import NormalDist
from typing import Any

#: below so many degrees of freedom of the error nothing is corrected: there is too little to learn from
FEWEST = 10


@dataclass(frozen=True)
class Given:
    """One reviewer's total for one application, on the scale of the criteria."""

    application: str
    reviewer: str
    total: Fraction


@dataclass(frozen=True)
class Corrected:
    """A score and half the width of its range, as doubles on the scale of the criteria."""

    score: float
    margin: float


@dataclass(frozen=True)
class Calibration:
    """What the reviews tell: scores by application, leniency by reviewer, and the variances behind both."""

    scores: Mapping[str, Corrected]
    leniency: Mapping[str, float]
    variances: Mapping[str, float]
    corrected: bool


def calibrate(given: Sequence[Given], *, interval: int, rounding: Fraction) -> Calibration:
    """Return the corrected score of every application, with a range of `interval` percent.

    `rounding` is the variance that scoring in whole numbers brings by itself. With fewer than `FEWEST` degrees
    of freedom the scores stay as they are and the ranges show that rounding alone. The order in `given`
    does not matter. Raises `ValueError` where one reviewer scored one application twice.
    """
    ordered = sorted(given, key=lambda g: (g.application, g.reviewer))
    if len({(g.application, g.reviewer) for g in ordered}) < len(ordered):
        raise ValueError("A reviewer scores an application once.")
    table = _Table(ordered)
    z = round(NormalDist().inv_cdf(0.5 + interval / 200), 4)
    if table.freedom < FEWEST:
        return _as_they_are(table, z, float(rounding))
    variances = _variances(table, float(rounding))
    return _effects(table, variances, z)


class _Table:
    """The reviews as plain columns, applications and reviewers numbered in the order of their ids."""

    def __init__(self, ordered: Sequence[Given]) -> None:
        self.applications = sorted({g.application for g in ordered})
        self.reviewers = sorted({g.reviewer for g in ordered})
        a = {name: i for i, name in enumerate(self.applications)}
        r = {name: j for j, name in enumerate(self.reviewers)}
        self.cells = [(a[g.application], r[g.reviewer], float(g.total)) for g in ordered]
        self.of_application: list[list[tuple[int, float]]] = [[] for _ in a]
        self.of_reviewer: list[list[float]] = [[] for _ in r]
        for i, j, y in self.cells:
            self.of_application[i].append((j, y))
            self.of_reviewer[j].append(y)
        self.heads = self._heads()
        self.rank = len(a) + len(r) - len(set(self.heads))
        self.freedom = len(self.cells) - self.rank

    def _heads(self) -> list[int]:
        """Return for each reviewer the first one it is linked to by shared applications."""
        head = list(range(len(self.reviewers)))

        def find(j: int) -> int:
            while head[j] != j:
                head[j] = j = head[head[j]]
            return j

        for reviews in self.of_application:
            for j, _ in reviews[1:]:
                first, second = sorted((find(reviews[0][0]), find(j)))
                head[second] = first
        return [find(j) for j in range(len(head))]


def _as_they_are(table: _Table, z: float, rounding: float) -> Calibration:
    scores = {
        name: Corrected(fsum(y for _, y in reviews) / len(reviews), z * sqrt(rounding / len(reviews)))
        for name, reviews in zip(table.applications, table.of_application, strict=True)
    }
    return Calibration(scores, dict.fromkeys(table.reviewers, 0.0), {}, corrected=False)


def _variances(table: _Table, rounding: float) -> dict[str, float]:
    """Henderson's Method III: what each effect explains beyond the other, set equal to what it should."""
    count, rank = len(table.cells), table.rank
    applications, reviewers = len(table.applications), len(table.reviewers)
    both = _left_by_both(table)
    only_applications = fsum(_spread([y for _, y in reviews]) for reviews in table.of_application)
    only_reviewers = fsum(_spread(scores) for scores in table.of_reviewer)
    error = max(both / table.freedom, rounding)
    application = (only_reviewers - both - error * (rank - reviewers)) / (count - reviewers)
    reviewer = (only_applications - both - error * (rank - applications)) / (count - applications)
    return {
        "application": max(application, rounding),
        "reviewer": max(reviewer, error / 1_000_000),
        "error": error,
    }


def _spread(values: Sequence[float]) -> float:
    mean = fsum(values) / len(values)
    return fsum((y - mean) * (y - mean) for y in values)


def _left_by_both(table: _Table) -> float:
    """Return the sum of squares that applications and reviewers together leave (least squares)."""
    matrix, right = _absorbed(table, 0.0, 0.0)
    free = [
        j for j, head in enumerate(table.heads) if j != head
    ]  # one reviewer of each linked group stands still
    keep = [j + 1 for j in free]
    offsets = [0.0] * len(table.reviewers)
    if free:
        inverse = _inverse(matrix[keep][:, keep])
        for j, row in zip(free, inverse, strict=True):
            offsets[j] = fsum((row * right[keep]).tolist())
    return fsum(_spread([y - offsets[j] for j, y in reviews]) for reviews in table.of_application)


def _absorbed(table: _Table, shrink_application: float, shrink_reviewer: float) -> tuple[Any, Any]:
    """Return the equations of mean and reviewers once the applications are solved for and put in."""
    import numpy as np

    size = len(table.reviewers) + 1
    matrix, right = np.zeros((size, size)), np.zeros(size)
    for j, scores in enumerate(table.of_reviewer):
        matrix[j + 1, j + 1] = len(scores) + shrink_reviewer
        matrix[0, j + 1] = matrix[j + 1, 0] = len(scores)
        right[j + 1] = fsum(scores)
    matrix[0, 0], right[0] = len(table.cells), fsum(y for _, _, y in table.cells)
    for reviews in table.of_application:
        weight = 1 / (len(reviews) + shrink_application)
        places = [(0, float(len(reviews))), *((j + 1, 1.0) for j, _ in reviews)]
        total = fsum(y for _, y in reviews)
        for p, m in places:
            right[p] -= m * total * weight
            for q, n in places:
                matrix[p, q] -= m * n * weight
    return matrix, right


def _inverse(matrix: Any) -> Any:
    """Invert a positive definite matrix by Gauss and Jordan, with element-wise operations only."""
    import numpy as np

    inverse = np.array(matrix)
    for k in range(len(inverse)):
        pivot = inverse[k, k]
        row, column = inverse[k] / pivot, inverse[:, k].copy()
        inverse -= column[:, None] * row
        inverse[k], inverse[:, k] = row, -column / pivot
        inverse[k, k] = 1 / pivot
    return inverse


def _effects(table: _Table, variances: dict[str, float], z: float) -> Calibration:
    """Solve the mixed-model equations; the range is that of the error of prediction of mean + application."""
    shrink = variances["error"] / variances["application"]
    matrix, right = _absorbed(table, shrink, variances["error"] / variances["reviewer"])
    inverse = _inverse(matrix)
    mean, *leniency = (fsum((row * right).tolist()) for row in inverse)
    scores = {}
    for name, reviews in zip(table.applications, table.of_application, strict=True):
        weight = 1 / (len(reviews) + shrink)
        effect = fsum(y - mean - leniency[j] for j, y in reviews) * weight
        places = [(0, 1 - len(reviews) * weight), *((j + 1, -weight) for j, _ in reviews)]
        spread = weight + fsum(m * float(inverse[p, q]) * n for p, m in places for q, n in places)
        scores[name] = Corrected(mean + effect, z * sqrt(variances["error"] * max(spread, 0.0)))
    return Calibration(scores, dict(zip(table.reviewers, leniency, strict=True)), variances, corrected=True)
