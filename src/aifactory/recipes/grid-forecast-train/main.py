"""Train a 24-hour forecast of a grid's carbon intensity, and test it on days that it never saw.

Three parts in time: the earliest days teach, the following months choose settings and set the width of the
range (each judged by a model that learned only from before it), the last ones test, once. A model is released
only if it is clearly better than persistence: the same hour yesterday.
"""

from datetime import UTC, datetime
from typing import Any

import numpy as np
import polars as pl
import skops.io
from sklearn.ensemble import HistGradientBoostingRegressor
from threadpoolctl import threadpool_limits

from aifactory.recipes.grid_features import HOURS, NAMES, NEEDED, Series, anchor, rows, series
from aifactory.recipes.sandbox import OUTPUTS, has, parameters, progress, stop, write
from aifactory.recipes.tables import table

LOW, HIGH = 0.1, 0.9
VALIDATION_FOLDS = 4
FOLD_DAYS = 60
LEAST_TRAINING_DAYS = 200
BLOCK_DAYS = 7
RESAMPLES = 2000
LEVEL = 0.95
SETTINGS = [
    {"max_leaf_nodes": 15, "learning_rate": 0.05, "max_iter": 200},
    {"max_leaf_nodes": 15, "learning_rate": 0.02, "max_iter": 400},
]


def main() -> None:
    asked = parameters()
    known = series(table("history"), asked["time_column"], asked["value_column"], asked["time_zone"])
    issues = all_issues(known, asked["issue_hour"])
    test_from = moment(asked["test_from"])
    test = [i for i in issues if known.moment(i) >= test_from]
    before = [i for i in issues if known.moment(i + HOURS) <= test_from]
    if len(test) < 4 * BLOCK_DAYS or len(before) < LEAST_TRAINING_DAYS + VALIDATION_FOLDS * FOLD_DAYS:
        stop(f"Too few days: {len(before)} before {test_from:%d %B %Y} and {len(test)} from then on.")
    folds = validation_folds(before)
    setting, validation = choose(known, folds, asked["seed"])
    widening = widen(known, folds, setting, asked["seed"])
    progress(0.8, "Training the model that is tested")
    models = {q: fit(known, before, setting, q, asked["seed"]) for q in (LOW, 0.5, HIGH)}
    progress(0.9, "Testing on days that were never seen")
    metrics = judge(known, test, models, widening, asked)
    metrics |= {
        "validation": validation,
        "setting": setting,
        "split": split_facts(known, before, folds, test),
        "widening": round(widening, 2),
    }
    write("metrics.json", metrics)
    if metrics["against_persistence"]["verdict"] == "clear_win":
        skops.io.dump(
            {"low": models[LOW], "middle": models[0.5], "high": models[HIGH]}, OUTPUTS / "model.skops"
        )
        write("model_facts.json", model_facts(asked, widening))
    progress(1, "Done")


def moment(text: str) -> datetime:
    """Read a day or moment; without a zone it is UTC."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        stop(f"{text!r} is not a date.")
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


def all_issues(known: Series, issue_hour: int) -> list[int]:
    """Return the positions of every issue time whose past and whose 24 hours ahead are in the table."""
    start = NEEDED + (issue_hour - known.moment(NEEDED).hour) % HOURS
    return list(range(start, len(known.values) - HOURS + 1, HOURS))


def validation_folds(before: list[int]) -> list[tuple[list[int], list[int]]]:
    """Return (learn from, judge on) for the months before the test; each part judged follows its lessons."""
    folds = []
    for back in range(VALIDATION_FOLDS, 0, -1):
        start = len(before) - back * FOLD_DAYS
        folds.append((before[:start], before[start : start + FOLD_DAYS]))
    return folds


def stack(known: Series, issues: list[int]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return features, anchors and true values, 24 rows per issue time."""
    features = np.concatenate([rows(known, i) for i in issues])
    anchors = np.repeat([anchor(known, i) for i in issues], HOURS)
    return features, anchors, truth(known, issues).ravel()


def truth(known: Series, issues: list[int]) -> np.ndarray:
    return np.stack([known.values[i : i + HOURS] for i in issues])


def fit(known: Series, issues: list[int], setting: dict[str, Any], quantile: float, seed: int) -> Any:
    """Train one quantile of the distance from the last value known (0.5 minimises the absolute error)."""
    features, anchors, true = stack(known, issues)
    model = HistGradientBoostingRegressor(
        loss="quantile", quantile=quantile, min_samples_leaf=40, max_features=0.5, early_stopping=False,
        random_state=seed, **setting,
    )  # fmt: skip
    return model.fit(features, true - anchors)


def predict(known: Series, issues: list[int], model: Any) -> np.ndarray:
    """Return the forecast, one row per issue time."""
    features, anchors, _ = stack(known, issues)
    return (model.predict(features) + anchors).reshape(-1, HOURS)


def choose(
    known: Series, folds: list[tuple[list[int], list[int]]], seed: int
) -> tuple[dict[str, Any], list[Any]]:
    """Return the setting with the smallest mean error over the validation months, and every figure."""
    found = []
    for done, setting in enumerate(SETTINGS):
        progress(0.05 + 0.5 * done / len(SETTINGS), f"Validating setting {done + 1} of {len(SETTINGS)}")
        errors = [
            np.abs(
                predict(known, judged, fit(known, learn, setting, 0.5, seed)) - truth(known, judged)
            ).mean()
            for learn, judged in folds
        ]
        found.append(
            {
                "setting": setting,
                "mae": round(float(np.mean(errors)), 2),
                "by_fold": [round(float(e), 2) for e in errors],
            }
        )
    return min(found, key=lambda entry: entry["mae"])["setting"], found


def widen(
    known: Series, folds: list[tuple[list[int], list[int]]], setting: dict[str, Any], seed: int
) -> float:
    """Return by how much (g/kWh) the range must grow to hold 80 % of the validation hours.

    Conformalized quantile regression (Romano et al., NeurIPS 2019), on days later than the lessons.
    """
    outside = []
    for done, (learn, judged) in enumerate(folds):
        progress(
            0.55 + 0.25 * done / len(folds),
            f"Setting the width of the range, part {done + 1} of {len(folds)}",
        )
        low, high = (predict(known, judged, fit(known, learn, setting, q, seed)) for q in (LOW, HIGH))
        outside.append(np.maximum(low - truth(known, judged), truth(known, judged) - high).ravel())
    return float(np.quantile(np.concatenate(outside), HIGH - LOW))


def judge(
    known: Series, test: list[int], models: dict[float, Any], widening: float, asked: dict[str, Any]
) -> dict[str, Any]:
    """Return the figures of the test days: errors beside persistence and a published forecast, coverage."""
    true = truth(known, test)
    middle = predict(known, test, models[0.5])
    yesterday = np.stack([known.values[i - HOURS : i] for i in test])
    week = np.stack([known.values[i - NEEDED : i].reshape(7, HOURS).mean(axis=0) for i in test])
    low = np.minimum(predict(known, test, models[LOW]) - widening, middle)
    high = np.maximum(predict(known, test, models[HIGH]) + widening, middle)
    found = {
        "format": "aifactory-forecast-metrics/1",
        "zone": asked["zone"],
        "unit": "gCO2eq/kWh",
        "measure": "mean absolute error",
        "mae": {
            "model": mae(middle, true),
            "persistence": mae(yesterday, true),
            "mean_of_7_days": mae(week, true),
        },
        "bias": round(float((middle - true).mean()), 2),
        "mae_by_hour_ahead": [round(float(e), 2) for e in np.abs(middle - true).mean(axis=0)],
        "range": {
            "aimed": HIGH - LOW,
            "held": round(float(((true >= low) & (true <= high)).mean()), 4),
            "mean_width": round(float((high - low).mean()), 1),
        },
        "against_persistence": against(middle, yesterday, true, asked["seed"]),
    }
    if has("peer"):
        found["peer"] = beside_peer(known, test, middle, asked)
    return found


def beside_peer(known: Series, test: list[int], middle: np.ndarray, asked: dict[str, Any]) -> dict[str, Any]:
    """Compare with a published forecast on exactly the issue days that both have."""
    published = table("peer").filter(pl.col("lead_h") < HOURS).sort("issue_utc", "lead_h")
    by_issue = {
        moment(str(issue)): part["forecast"].to_numpy()
        for (issue,), part in published.group_by(["issue_utc"], maintain_order=True)
        if len(part) == HOURS
    }
    shared = [k for k, i in enumerate(test) if known.moment(i) in by_issue]
    if len(shared) < 4 * BLOCK_DAYS:
        stop(f"The published forecast shares only {len(shared)} issue days with the test.")
    true, ours = truth(known, [test[k] for k in shared]), middle[shared]
    theirs = np.stack([by_issue[known.moment(test[k])] for k in shared])
    return {"days": len(shared), "mae_peer": mae(theirs, true), "mae_model": mae(ours, true)} | against(
        ours, theirs, true, asked["seed"]
    )


def mae(forecast: np.ndarray, true: np.ndarray) -> float:
    return round(float(np.abs(forecast - true).mean()), 2)


def against(ours: np.ndarray, theirs: np.ndarray, true: np.ndarray, seed: int) -> dict[str, Any]:
    """Return how much smaller our error is than theirs on the same days (g/kWh; negative: larger).

    Days resemble their neighbours, so blocks of 7 following days are drawn (circular block bootstrap).
    """
    gain = (np.abs(theirs - true) - np.abs(ours - true)).mean(axis=1)
    chance, days = np.random.default_rng(seed), len(gain)
    starts = chance.integers(days, size=(RESAMPLES, -(-days // BLOCK_DAYS)))
    drawn = ((starts[:, :, None] + np.arange(BLOCK_DAYS)) % days).reshape(RESAMPLES, -1)[:, :days]
    low, high = np.quantile(gain[drawn].mean(axis=1), [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    verdict = "clear_win" if low > 0 else "clear_loss" if high < 0 else "no_clear_win"
    return {
        "difference": round(float(gain.mean()), 2),
        "low": round(float(low), 2),
        "high": round(float(high), 2),
        "level": LEVEL,
        "method": f"paired by day, circular blocks of {BLOCK_DAYS} days",
        "resamples": RESAMPLES,
        "verdict": verdict,
    }


def split_facts(
    known: Series, before: list[int], folds: list[tuple[list[int], list[int]]], test: list[int]
) -> dict[str, Any]:
    def day(issue: int) -> str:
        return known.moment(issue).date().isoformat()

    return {
        "training_days": len(before), "training_first": day(before[0]), "training_last": day(before[-1]),
        "validation_first": day(folds[0][1][0]), "validation_folds": len(folds), "fold_days": FOLD_DAYS,
        "test_days": len(test), "test_first": day(test[0]), "test_last": day(test[-1]),
    }  # fmt: skip


def model_facts(asked: dict[str, Any], widening: float) -> dict[str, Any]:
    """Return what the forecasting recipe and a model card need."""
    return {
        "format": "aifactory-model-facts/1",
        "family": "gradient_boosting_quantiles",
        "estimator": "HistGradientBoostingRegressor",
        "file": "model.skops",
        "holds_training_rows": False,
        "features": NAMES,
        "zone": asked["zone"],
        "unit": "gCO2eq/kWh",
        "time_zone": asked["time_zone"],
        "issue_hour": asked["issue_hour"],
        "source": asked["source"],
        "widening": widening,
        "range": f"{HIGH - LOW:.0%} of hours should lie between low and high",
        "intended_use": "To choose green hours for computing in this zone, one day ahead.",
        "limits": [
            "Knows the past intensity only: no weather, no market, no outages.",
            "Made for one issue hour; a shift in how power is made lowers its accuracy.",
            "Not for reporting emissions: use measured intensity afterwards.",
        ],
    }


if __name__ == "__main__":
    # One thread per fit: these fits are short, and threads that wait for each other cost more than that.
    with threadpool_limits(1):
        main()
