"""Try settings of gradient boosting: each task its share of the trials, then once the best of all, on the test part.

The trials are the same whatever the number of tasks: points of a Halton sequence, which fills the space evenly.
"""

import json
import os
from typing import Any

import numpy as np
import polars as pl
import skops.io
from scipy.stats import qmc
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.model_selection import StratifiedKFold, cross_val_score, train_test_split
from threadpoolctl import threadpool_limits

from aifactory.recipes.sandbox import INPUTS, OUTPUTS, parameters, progress, stop, write
from aifactory.recipes.tables import table

TEST_SHARE = 0.3
MOST_CLASSES = 30
RESAMPLES = 2000
#: From 0..1 to a setting; steps and leaves on a scale of ratios.
SETTINGS = {
    "learning_rate": lambda u: round(float(10 ** (-2 + 1.7 * u)), 5),
    "max_leaf_nodes": lambda u: round(2 ** (1 + 5 * u)),
    "max_iter": lambda u: round(10 + 140 * u),
    "l2_regularization": lambda u: round(float(10 ** (-4 + 5 * u)), 6),
    "min_samples_leaf": lambda u: round(2 + 38 * u),
}


def main() -> None:
    asked = parameters()
    rows, answers, labels = read(asked["target"], asked["folds"])
    learn, judge = train_test_split(
        np.arange(len(rows)), test_size=TEST_SHARE, stratify=answers, random_state=asked["seed"]
    )
    if os.environ.get("AIFACTORY_GATHER"):
        found = sorted(
            (
                trial
                for file in INPUTS.glob("task*/trials.json")
                for trial in json.loads(file.read_text(encoding="utf-8"))
            ),
            key=lambda trial: trial["trial"],
        )
    else:
        found = search(rows[learn], answers[learn], asked)
    if os.environ.get("AIFACTORY_TASK"):
        write("trials.json", found)
        return
    finish(found, rows, answers, labels, parts=(learn, judge), asked=asked)


def read(target: str, folds: int) -> tuple[pl.DataFrame, np.ndarray, list[str]]:
    """Return the columns of numbers, the class of each row by number, and the classes, or stop with a sentence."""
    raw = table("table")
    if target not in raw.columns:
        stop(f"The table has no column {target!r}. It has: {', '.join(raw.columns[:40])}.")
    whole = raw.filter(pl.col(target).is_not_null())
    named = whole[target].cast(pl.String).to_list()
    labels = sorted(set(named))
    if not 2 <= len(labels) <= MOST_CLASSES:
        stop(f"The column {target!r} holds {len(labels)} classes; this recipe takes 2 to {MOST_CLASSES}.")
    if (fewest := min(named.count(label) for label in labels)) < 2 * folds:
        stop(f"The rarest class has {fewest} rows; at least {2 * folds} are needed.")
    numbers = [name for name, kind in whole.schema.items() if name != target and kind.is_numeric()]
    if not numbers:
        stop("The table has no column of numbers to learn from, besides the target.")
    return whole.select(pl.col(numbers).cast(pl.Float64)), np.array([labels.index(n) for n in named]), labels


def search(rows: pl.DataFrame, answers: np.ndarray, asked: dict[str, Any]) -> list[dict[str, Any]]:
    """Return this task's trials, each with its score by cross-validation on the training part."""
    task, tasks = (int(os.environ.get(f"AIFACTORY_{name}", k)) for name, k in (("TASK", 0), ("TASKS", 1)))
    points = qmc.Halton(len(SETTINGS), seed=asked["seed"]).random(asked["trials"])
    folds = StratifiedKFold(asked["folds"], shuffle=True, random_state=asked["seed"])
    mine, found = range(task, asked["trials"], tasks), []
    for done, trial in enumerate(mine):
        settings = {name: scale(u) for (name, scale), u in zip(SETTINGS.items(), points[trial], strict=True)}
        scores = cross_val_score(
            booster(settings, asked["seed"]), rows.to_numpy(), answers, cv=folds, scoring="accuracy"
        )
        found.append({"trial": trial, **settings, "score": round(float(scores.mean()), 5)})
        progress(0.9 * (done + 1) / len(mine), f"Trial {trial}: {scores.mean():.4f}")
    return found


def booster(settings: dict[str, Any], seed: int) -> HistGradientBoostingClassifier:
    return HistGradientBoostingClassifier(**settings, early_stopping=False, random_state=seed)


def finish(
    found: list[dict[str, Any]],
    rows: pl.DataFrame,
    answers: np.ndarray,
    labels: list[str],
    *,
    parts: tuple[np.ndarray, np.ndarray],
    asked: dict[str, Any],
) -> None:
    """Fit the best settings on the training part, open the test part once, and write every result."""
    learn, judge = parts
    best = max(found, key=lambda trial: (trial["score"], -trial["trial"]))
    settings = {name: best[name] for name in SETTINGS}
    model = booster(settings, asked["seed"]).fit(rows[learn], answers[learn])
    largest = DummyClassifier().fit(rows[learn], answers[learn])
    right = model.predict(rows[judge]) == answers[judge]
    gain = right.astype(float) - (largest.predict(rows[judge]) == answers[judge])
    drawn = np.random.default_rng(asked["seed"]).integers(0, len(right), (RESAMPLES, len(right)))
    low, high = np.quantile(right[drawn].mean(axis=1), [0.025, 0.975])
    gain_low = float(np.quantile(gain[drawn].mean(axis=1), 0.025))
    pl.DataFrame(found).write_csv(OUTPUTS / "trials.csv")
    write(
        "metrics.json",
        {
            "format": "aifactory-sweep/1",
            "trials": len(found),
            "best": {"trial": best["trial"], "score": best["score"], "settings": settings},
            "worst_score": min(trial["score"] for trial in found),
            "rows": {"training": len(learn), "test": len(judge)},
            "accuracy": {
                "value": round(float(right.mean()), 5),
                "low": round(float(low), 5),
                "high": round(float(high), 5),
            },
            "released": gain_low > 0,
        },
    )
    if gain_low > 0:
        skops.io.dump(model, OUTPUTS / "model.skops")
        write("model_facts.json", facts(model, rows[learn], labels, asked["target"]))
    progress(1, f"Best of {len(found)} trials: {right.mean():.4f} on the rows kept apart")


def facts(model: Any, training: pl.DataFrame, labels: list[str], target: str) -> dict[str, Any]:
    features = []
    for name in training.columns:
        low, high = np.nanquantile(training[name].to_numpy(), [0.05, 0.95])
        features.append({"name": name, "kind": "number", "usual_low": float(low), "usual_high": float(high)})
    return {
        "format": "aifactory-model-facts/1",
        "family": "gradient_boosting",
        "estimator": "HistGradientBoostingClassifier",
        "file": "model.skops",
        "trusted_types": sorted(skops.io.get_untrusted_types(data=skops.io.dumps(model))),
        "holds_training_rows": False,
        "classes": labels,
        "predicts": "the number of the class in `classes`",
        "scores": "probability",
        "features": features,
        "target": target,
        "left_out": {},
        "intended_use": "To support a person's judgement on cases like those of the training table.",
        "limits": [
            "Measured on a random part of one table: other places, years or devices may differ.",
            "The best of many trials looks better in the search than it is: trust the rows kept apart.",
        ],
    }


if __name__ == "__main__":
    with threadpool_limits(1):
        main()
