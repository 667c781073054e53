"""The model families of the sweep, the settings tried for each, and how columns become numbers."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import polars as pl
from sklearn.compose import ColumnTransformer
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.svm import SVC

MAJORITY = "majority"
SIMPLEST = "logistic_regression"
MOST_LEVELS = 50
MOST_ROWS_FOR_SVM = 5000  # its fit grows with the square of the rows
CORES = 2


@dataclass(frozen=True)
class Family:
    """An estimator and the settings to choose from; one that keeps training rows inside says so."""

    estimator: Any
    settings: dict[str, list[Any]] = field(default_factory=dict)
    keeps_rows: bool = False


def families(rows: int, classes: int, seed: int) -> dict[str, Family]:
    """Return the families that are worth their time on so many training rows and classes, simplest first."""
    trees_per_round = classes if classes > 2 else 1
    found = {
        MAJORITY: Family(DummyClassifier(strategy="prior")),
        SIMPLEST: Family(LogisticRegression(max_iter=2000), {"C": [0.01, 0.1, 1.0]}),
        "random_forest": Family(
            RandomForestClassifier(150, min_samples_leaf=2, n_jobs=CORES, random_state=seed)
        ),
        "gradient_boosting": Family(
            HistGradientBoostingClassifier(
                max_iter=max(20, 60 // trees_per_round),
                max_leaf_nodes=12,
                learning_rate=0.2,
                early_stopping=False,
                random_state=seed,
            )
        ),
    }
    if rows <= MOST_ROWS_FOR_SVM:
        machine = SVC(random_state=seed)
        found["support_vector_machine"] = Family(machine, {"C": [1.0, 5.0, 20.0]}, keeps_rows=True)
    return found


@dataclass(frozen=True)
class Columns:
    """Which columns a model reads as numbers and as words, and which it leaves out and why."""

    numbers: list[str]
    words: list[str]
    left_out: dict[str, str]


def sort_columns(training: pl.DataFrame) -> Columns:
    """Sort the columns by what they hold in the training part alone: nothing is learned from the test."""
    numbers, words, left_out = [], [], {}
    for name, kind in training.schema.items():
        levels = training[name].n_unique()
        if levels < 2:
            left_out[name] = "holds one value only"
        elif kind.is_numeric() or kind == pl.Boolean:
            numbers.append(name)
        elif kind != pl.String:
            left_out[name] = f"is of the kind {kind}"
        elif levels > MOST_LEVELS:
            left_out[name] = f"holds more than {MOST_LEVELS} different texts"
        else:
            words.append(name)
    return Columns(numbers, words, left_out)


def readable(table: pl.DataFrame, columns: Columns) -> pl.DataFrame:
    """Return the columns to read: numbers as floats (a gap is NaN), words as text (a gap is a word too)."""
    numbers = [pl.col(name).cast(pl.Float64).fill_null(float("nan")) for name in columns.numbers]
    return table.select(*numbers, *(pl.col(name).fill_null("(missing)") for name in columns.words))


def pipeline(estimator: Any, columns: Columns) -> Pipeline:
    """Return preparation and estimator as one model, so that each fold prepares from its own rows."""
    numbers = Pipeline([("fill", SimpleImputer(strategy="median")), ("scale", StandardScaler())])
    words = OneHotEncoder(handle_unknown="ignore", sparse_output=False)
    parts = [("numbers", numbers, columns.numbers), ("words", words, columns.words)]
    return Pipeline([("prepare", ColumnTransformer([p for p in parts if p[2]])), ("model", estimator)])


def scores(model: Any, rows: pl.DataFrame) -> np.ndarray:
    """Return one score per row and class: a probability, or the distance to a margin machine's border."""
    if hasattr(model, "predict_proba"):
        return model.predict_proba(rows)
    margins = model.decision_function(rows)
    return np.stack([-margins, margins], axis=1) if margins.ndim == 1 else margins
