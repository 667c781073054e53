"""Learn from labelled texts by their words: TF-IDF and logistic regression, judged on texts kept apart.

Nothing is released that is not clearly better than always naming the largest class.
"""

from typing import Any

import numpy as np
import polars as pl
import skops.io
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import confusion_matrix, f1_score
from sklearn.model_selection import GridSearchCV, StratifiedKFold, train_test_split
from sklearn.pipeline import Pipeline
from threadpoolctl import threadpool_limits

from aifactory.recipes.sandbox import OUTPUTS, parameters, progress, stop, write
from aifactory.recipes.tables import table

MOST_CLASSES = 100
FOLDS = 3
STRENGTHS = [1.0, 10.0, 100.0]
RESAMPLES = 2000
WORDS_SHOWN = 10


def main() -> None:
    asked = parameters()
    texts, labels = read(asked["text"], asked["label"])
    learn, judge = train_test_split(
        np.arange(len(texts)), test_size=asked["test_share"], stratify=labels, random_state=asked["seed"]
    )
    progress(0.1, f"Learning from {len(learn)} texts")
    search = GridSearchCV(
        pipeline(pairs=asked["pairs"]),
        {"model__C": STRENGTHS},
        cv=StratifiedKFold(FOLDS, shuffle=True, random_state=asked["seed"]),
    ).fit(texts[learn], labels[learn])
    progress(0.8, "Judging on texts never seen")
    model, told = search.best_estimator_, search.best_estimator_.predict(texts[judge])
    metrics = judged(labels[learn], labels[judge], told, asked["seed"])
    metrics["cross_validation"] = {
        f"C={strength:g}": round(float(score), 5)
        for strength, score in zip(STRENGTHS, search.cv_results_["mean_test_score"], strict=True)
    }
    write("metrics.json", metrics | {"words": deciding(model)})
    scores = model.predict_proba(texts[judge]).max(axis=1).round(6)
    pl.DataFrame({"row": judge, "true": labels[judge], "predicted": told, "score": scores}).sort(
        "row"
    ).write_csv(OUTPUTS / "predictions_test.csv")
    if metrics["released"]:
        skops.io.dump(model, OUTPUTS / "model.skops")
        write("model_facts.json", facts(model, asked["text"], asked["label"], len(learn)))
    progress(1, "Done")


def read(text: str, label: str) -> tuple[np.ndarray, np.ndarray]:
    """Return texts and labels of the rows that have both, or stop with a sentence."""
    raw = table("texts")
    for name in (text, label):
        if name not in raw.columns:
            stop(f"The table has no column {name!r}. It has: {', '.join(raw.columns[:40])}.")
    whole = raw.select(
        pl.col(text).cast(pl.String).alias("text"), pl.col(label).cast(pl.String).alias("label")
    )
    whole = whole.drop_nulls().filter(pl.col("text").str.strip_chars() != "")
    counts = dict(whole["label"].value_counts().iter_rows())
    if not 2 <= len(counts) <= MOST_CLASSES:
        stop(f"The column {label!r} holds {len(counts)} labels; this recipe takes 2 to {MOST_CLASSES}.")
    fewest = min(counts, key=lambda name: counts[name])
    if counts[fewest] < 4 * FOLDS:
        stop(f"The label {fewest!r} has {counts[fewest]} texts; at least {4 * FOLDS} are needed.")
    return whole["text"].to_numpy(), whole["label"].to_numpy()


def pipeline(*, pairs: bool) -> Pipeline:
    words = TfidfVectorizer(
        sublinear_tf=True,
        min_df=2,
        ngram_range=(1, 2 if pairs else 1),
        max_features=200_000,
        strip_accents="unicode",
    )
    return Pipeline([("words", words), ("model", LogisticRegression(max_iter=2000))])


def judged(learned: np.ndarray, true: np.ndarray, told: np.ndarray, seed: int) -> dict[str, Any]:
    """Return the figures on the test texts; ranges by a bootstrap of the texts, 95 %."""
    classes = sorted(set(learned))
    names, counts = np.unique(learned, return_counts=True)
    right, largest = told == true, true == names[counts.argmax()]
    drawn = np.random.default_rng(seed).integers(0, len(true), (RESAMPLES, len(true)))
    low, high = np.quantile((right[drawn].mean(axis=1) - largest[drawn].mean(axis=1)), [0.025, 0.975])
    return {
        "format": "aifactory-text-metrics/1",
        "classes": {name: int((learned == name).sum() + (true == name).sum()) for name in classes},
        "texts": {"training": len(learned), "test": len(true)},
        "accuracy": {"value": round(float(right.mean()), 5), **bounds(right[drawn].mean(axis=1))},
        "macro_f1": round(float(f1_score(true, told, average="macro", zero_division=0)), 5),
        "against_largest_class": {
            "difference": round(float(right.mean() - largest.mean()), 5),
            "low": round(float(low), 5),
            "high": round(float(high), 5),
        },
        "confusion": {
            "labels": classes,
            "true_by_predicted": confusion_matrix(true, told, labels=classes).tolist(),
        },
        "released": bool(low > 0),
    }


def bounds(values: np.ndarray) -> dict[str, float]:
    low, high = np.quantile(values, [0.025, 0.975])
    return {"low": round(float(low), 5), "high": round(float(high), 5)}


def deciding(model: Pipeline) -> dict[str, list[str]]:
    """Return, for each label, the words that speak for it most."""
    words, weights = model["words"].get_feature_names_out(), model["model"].coef_
    labels = model["model"].classes_
    rows = np.vstack([-weights, weights]) if len(labels) == 2 else weights
    return {
        str(label): [str(words[k]) for k in row.argsort()[::-1][:WORDS_SHOWN]]
        for label, row in zip(labels, rows, strict=True)
    }


def facts(model: Pipeline, text: str, label: str, rows: int) -> dict[str, Any]:
    return {
        "format": "aifactory-model-facts/1",
        "family": "logistic_regression_on_words",
        "estimator": "LogisticRegression",
        "file": "model.skops",
        "trusted_types": sorted(skops.io.get_untrusted_types(data=skops.io.dumps(model))),
        "holds_training_rows": False,
        "classes": [str(name) for name in model["model"].classes_],
        "predicts": "the class itself",
        "scores": "probability",
        "features": [{"name": text, "kind": "text", "levels": rows}],
        "target": label,
        "left_out": {},
        "intended_use": "To sort texts like those it learned from, with a person who can correct it.",
        "limits": [
            "Measured on a random part of one table: other writers, places or years may differ.",
            "It counts words and knows no meaning: irony, negation and new words escape it.",
            "Words of the training texts are in the model: check that none of them is personal before it leaves.",
        ],
    }


if __name__ == "__main__":
    with threadpool_limits(1):
        main()
