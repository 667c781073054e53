"""Is one classifier truly better than another on the same test cases? Paired intervals and tests."""

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy.stats import binomtest, norm, rankdata

LEVEL = 0.95
RESAMPLES = 2000

Array = np.ndarray
#: From (true classes, score per case and class, predicted classes, weights per sample and case) to one
#: figure per sample. A weight says how often a bootstrap sample drew that case.
Measure = Callable[[Array, Array, Array, Array], Array]


def roc_auc(true: Array, score: Array, _: Array, weights: Array) -> Array:
    """Return the areas under the ROC curve for class 1 of two: P(a one scores above a zero), ties half."""
    return _area(true == 1, score[:, 1], weights)


def macro_auc(true: Array, score: Array, _: Array, weights: Array) -> Array:
    """Return the mean over classes of the area under the curve of that class against all others."""
    return np.mean([_area(true == k, score[:, k], weights) for k in range(score.shape[1])], axis=0)


def accuracy(true: Array, _: Array, predicted: Array, weights: Array) -> Array:
    """Return the share of cases that are named rightly."""
    return weights @ (true == predicted) / len(true)


def _area(ones: Array, score: Array, weights: Array) -> Array:
    order = np.argsort(score)
    starts = np.flatnonzero(np.diff(score[order], prepend=-np.inf))  # cases of equal score form one group
    up = np.add.reduceat((weights * ones)[:, order], starts, axis=1)
    down = np.add.reduceat((weights * ~ones)[:, order], starts, axis=1)
    below = np.cumsum(down, axis=1) - down
    return (up * (below + down / 2)).sum(axis=1) / (up.sum(axis=1) * down.sum(axis=1))


def once(true: Array) -> Array:
    """Return the weights of the test part as it is."""
    return np.ones((1, len(true)))


def bootstrap(true: Array, seed: int) -> Array:
    """Return the weights of bootstrap samples that draw each class, with replacement, to its own size."""
    chance = np.random.default_rng(seed)
    weights = np.zeros((RESAMPLES, len(true)))
    for k in np.unique(true):
        cases = np.flatnonzero(true == k)
        weights[:, cases] = chance.multinomial(
            len(cases), np.full(len(cases), 1 / len(cases)), size=RESAMPLES
        )
    return weights


def interval(values: Array) -> dict[str, float]:
    """Return the percentile interval of resampled figures."""
    low, high = np.quantile(values, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return {"low": round(float(low), 5), "high": round(float(high), 5)}


def delong(true: Array, one: Array, other: Array) -> dict[str, float] | None:
    """Return DeLong's interval and p-value for the difference of two paired AUCs (Biometrics 1988).

    Computed by midranks (Sun and Xu, IEEE Signal Processing Letters 2014). None where the two never differ.
    """
    ones, zeros = true == 1, true == 0
    parts_one, parts_zero = [], []
    for score in (one, other):
        ranks = rankdata(score)
        parts_one.append((ranks[ones] - rankdata(score[ones])) / zeros.sum())
        parts_zero.append(1 - (ranks[zeros] - rankdata(score[zeros])) / ones.sum())
    covariance = np.cov(parts_one) / ones.sum() + np.cov(parts_zero) / zeros.sum()
    variance = covariance[0, 0] + covariance[1, 1] - 2 * covariance[0, 1]
    if variance <= 0:
        return None
    difference, spread = parts_one[0].mean() - parts_one[1].mean(), np.sqrt(variance)
    half = norm.ppf((1 + LEVEL) / 2) * spread
    return {
        "low": round(float(difference - half), 5),
        "high": round(float(difference + half), 5),
        "p": round(float(2 * norm.sf(abs(difference) / spread)), 5),
    }


def mcnemar(true: Array, one: Array, other: Array) -> dict[str, Any]:
    """Return the exact McNemar test on cases where just one of two models is right (Psychometrika 1947)."""
    only_one = int(((one == true) & (other != true)).sum())
    only_other = int(((one != true) & (other == true)).sum())
    p = binomtest(only_one, only_one + only_other).pvalue if only_one + only_other else 1.0
    return {"only_chosen_right": only_one, "only_simplest_right": only_other, "p": round(float(p), 5)}
