"""Forecast one column from its own past: gradient boosting on what is known at the moment of issue.

Every forecast is for the next `horizon` rows. What it learns from lies before the test part, and what it reads before
the moment of issue; the test part is the last fifth. The yardstick is the value one season (or more) earlier.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from sklearn.ensemble import HistGradientBoostingRegressor
from threadpoolctl import threadpool_limits

from aifactory.recipes.sandbox import OUTPUTS, parameters, progress, stop, write
from aifactory.recipes.tables import table

TEST_SHARE = 0.2
MOST_EXAMPLES = 20_000
QUANTILES = {"middle": 0.5, "low": 0.1, "high": 0.9}
RESAMPLES = 2000


@dataclass(frozen=True)
class Series:
    """Values at equal steps, their moments, how many rows a forecast covers and after how many a pattern repeats."""

    moments: pl.Series
    values: np.ndarray
    horizon: int
    season: int

    @property
    def needed(self) -> int:
        """How many rows before the moment of issue are read."""
        return max(3 * self.season, self.horizon + self.season)


def main() -> None:
    asked = parameters()
    known = read(asked["time"], asked["value"], asked["horizon"], asked["season"])
    first_test = round(len(known.values) * (1 - TEST_SHARE))
    learn = np.arange(known.needed, first_test - known.horizon + 1)
    judge = np.arange(max(first_test, known.needed), len(known.values) - known.horizon + 1, known.horizon)
    if len(learn) < 50 or len(judge) < 5:
        least = 5 * (known.needed + 5 * known.horizon)
        stop(f"The table has {len(known.values)} rows; about {least} are needed for this season and horizon.")
    models = fit(known, learn, asked["seed"])
    progress(0.7, f"Judging on {len(judge)} forecasts never seen")
    told, naive, true = predicted(models, known, judge), yardstick(known, judge), actual(known, judge)
    widening = widen(models, known, learn, asked["seed"])
    errors = {"model": np.abs(told["middle"] - true), "last_season": np.abs(naive - true)}
    gains = (errors["last_season"] - errors["model"]).reshape(len(judge), -1).mean(axis=1)
    drawn = np.random.default_rng(asked["seed"]).integers(0, len(gains), (RESAMPLES, len(gains)))
    low, high = np.quantile(gains[drawn].mean(axis=1), [0.025, 0.975])
    held = (told["low"] - widening <= true) & (true <= told["high"] + widening)
    write(
        "metrics.json",
        {
            "format": "aifactory-tabular-forecast/1",
            "rows": len(known.values),
            "test": {"forecasts": len(judge), "first": str(known.moments[int(judge[0])])},
            "mae": {name: round(float(error.mean()), 6) for name, error in errors.items()},
            "against_last_season": {
                "gain": round(float(gains.mean()), 6),
                "low": round(float(low), 6),
                "high": round(float(high), 6),
                "verdict": "clear_win" if low > 0 else "clear_loss" if high < 0 else "no_clear_win",
            },
            "range": {"meant": 0.8, "held": round(float(held.mean()), 4)},
        },
    )
    publish(known, models, widening, use_model=bool(low > 0))
    progress(1, "Done")


def read(time: str, value: str, horizon: int, season: int) -> Series:
    """Return the series, or stop with a sentence."""
    raw = table("table")
    for name in (time, value):
        if name not in raw.columns:
            stop(f"The table has no column {name!r}. It has: {', '.join(raw.columns[:40])}.")
    if raw[time].dtype.base_type() not in {pl.Datetime, pl.Date}:
        stop(f"The column {time!r} must hold moments or dates; it holds {raw[time].dtype}.")
    rows = raw.select(pl.col(time).alias("time"), pl.col(value).cast(pl.Float64, strict=False)).sort("time")
    steps = rows["time"].diff().drop_nulls()
    if len(rows) < 10 or steps.n_unique() != 1 or not steps[0]:
        stop("The rows must stand at equal steps in time, each once, without a gap.")
    values = rows[value].to_numpy()
    if not np.isfinite(values).all():
        stop(f"The column {value!r} holds something that is not a number.")
    return Series(rows["time"], values, horizon, season)


def features(known: Series, issue: int) -> np.ndarray:
    """Return a row for each step ahead of `issue`, from the rows before it alone; relative to the last one."""
    past = known.values[issue - known.needed : issue]
    last, ahead = past[-1], np.arange(known.horizon)
    back = -(-(ahead + 1) // known.season) * known.season  # whole seasons, as many as reach into the past
    place = len(past) + ahead - back
    recent = past[-known.season :]
    phase = (issue + ahead) % known.season
    same = [past[place - k * known.season] - last for k in range(2)]
    once = [recent.mean() - last, recent.std(), last - past[-2], last - past[0], last]
    return np.column_stack([ahead, phase, *same, *(np.full(known.horizon, figure) for figure in once)])


def fit(known: Series, learn: np.ndarray, seed: int) -> dict[str, HistGradientBoostingRegressor]:
    """Return a model for the middle and for each end of the range, fitted on a sample of past moments of issue."""
    rows, distances = examples(known, learn, seed)
    found = {}
    for done, (name, quantile) in enumerate(QUANTILES.items()):
        progress(0.1 + 0.6 * done / len(QUANTILES), f"Learning the {name} from {len(rows)} examples")
        found[name] = HistGradientBoostingRegressor(
            loss="quantile", quantile=quantile, max_iter=80, max_leaf_nodes=16, random_state=seed
        ).fit(rows, distances)
    return found


def examples(known: Series, issues: np.ndarray, seed: int) -> tuple[np.ndarray, np.ndarray]:
    most = max(1, MOST_EXAMPLES // known.horizon)
    if len(issues) > most:
        issues = np.sort(np.random.default_rng(seed).choice(issues, most, replace=False))
    rows = np.vstack([features(known, int(issue)) for issue in issues])
    return rows, (actual(known, issues) - np.repeat(known.values[issues - 1], known.horizon))


def actual(known: Series, issues: np.ndarray) -> np.ndarray:
    return np.concatenate([known.values[issue : issue + known.horizon] for issue in issues])


def predicted(models: dict[str, Any], known: Series, issues: np.ndarray) -> dict[str, np.ndarray]:
    rows = np.vstack([features(known, int(issue)) for issue in issues])
    base = np.repeat(known.values[issues - 1], known.horizon)
    told = {name: base + model.predict(rows) for name, model in models.items()}
    return told | {
        "low": np.minimum(told["low"], told["middle"]),
        "high": np.maximum(told["high"], told["middle"]),
    }


def yardstick(known: Series, issues: np.ndarray) -> np.ndarray:
    """Return the value as many whole seasons earlier as it takes to be known."""
    ahead = np.arange(known.horizon)
    back = -(-(ahead + 1) // known.season) * known.season
    return np.concatenate([known.values[issue + ahead - back] for issue in issues])


def widen(models: dict[str, Any], known: Series, learn: np.ndarray, seed: int) -> float:
    """Return by how much the range must grow to hold four times in five on the last tenth of the training part.

    Conformalised quantile regression (Romano, Patterson and Candès, 2019), with models that saw those rows too: a
    first correction, which the test part then judges.
    """
    last = learn[-max(1, len(learn) // 10) :]
    issues = np.random.default_rng(seed).choice(last, min(len(last), 200), replace=False)
    told, true = predicted(models, known, issues), actual(known, issues)
    return max(0.0, float(np.quantile(np.maximum(told["low"] - true, true - told["high"]), 0.8)))


def publish(known: Series, models: dict[str, Any], widening: float, *, use_model: bool) -> None:
    """Write the rows to come: by the model where it is clearly better, else by the season before."""
    issue, step = len(known.values), known.moments[1] - known.moments[0]
    told = predicted(models, known, np.array([issue]))
    middle = told["middle"] if use_model else yardstick(known, np.array([issue]))
    pl.DataFrame(
        {
            "time": [known.moments[-1] + step * (k + 1) for k in range(known.horizon)],
            "value": middle.round(6),
            "low": np.minimum(told["low"] - widening, middle).round(6),
            "high": np.maximum(told["high"] + widening, middle).round(6),
            "by": ["model" if use_model else "last season"] * known.horizon,
        }
    ).write_csv(OUTPUTS / "forecast.csv")


if __name__ == "__main__":
    # One thread: these fits are short, and threads that wait for each other cost more than that.
    with threadpool_limits(1):
        main()
