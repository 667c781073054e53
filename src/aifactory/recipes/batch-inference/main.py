"""Let a model that a recipe made answer on every row of a table, a slice of rows at a time."""

import json
from typing import Any

import numpy as np
import polars as pl
import skops.io
from threadpoolctl import threadpool_limits

from aifactory.recipes.sandbox import INPUTS, OUTPUTS, parameters, progress, stop, write
from aifactory.recipes.tables import table

SLICE = 20_000
#: What our recipes' models need beyond skops' own list; nothing else is opened.
TRUSTED = [
    "numpy.dtype",
    "scipy.sparse._csr.csr_matrix",
    "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",
    "sklearn.tree._tree.Tree",
]


def main() -> None:
    asked, facts = parameters(), read_facts()
    model = open_model(facts["file"])
    rows = table("table")
    kept = [name.strip() for name in asked["keep"].split(",") if name.strip()]
    wanted = [feature["name"] for feature in facts["features"]]
    if missing := [name for name in [*wanted, *kept] if name not in rows.columns]:
        stop(f"The table has no column {missing[0]!r}. The model reads: {', '.join(wanted[:40])}.")
    if taken := {"row", "predicted", "score"} & set(kept) or len(kept) != len(set(kept)):
        stop(f"Columns to keep must differ from each other and from row, predicted and score: {taken}.")
    counts: dict[str, int] = {}
    with (OUTPUTS / "predictions.csv").open("wb") as file:
        for start in range(0, len(rows), SLICE):
            piece = rows.slice(start, SLICE)
            answers, scores = answer(model, facts, piece)
            answers = np.where(scores < asked["least"], "", answers)
            for name, count in zip(*np.unique(answers, return_counts=True), strict=True):
                counts[str(name)] = counts.get(str(name), 0) + int(count)
            beside = [
                pl.Series("predicted", answers.tolist(), dtype=pl.String),
                pl.Series("score", scores.round(6)),
            ]
            number = pl.int_range(start, start + len(piece), eager=True).alias("row")
            found = pl.DataFrame([number, *(piece[name] for name in kept), *beside])
            found.write_csv(file, include_header=start == 0)
            done = start + len(piece)
            progress(0.1 + 0.9 * done / len(rows), f"{done} of {len(rows)} rows")
    told = {
        "format": "aifactory-inference/1",
        "rows": len(rows),
        "answers": dict(sorted(counts.items())),
        "score": facts["scores"],
    }
    write("metrics.json", told | {"outside_usual_range": outside(facts, rows)})


def read_facts() -> dict[str, Any]:
    file = INPUTS / "model" / "model_facts.json"
    facts = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
    kinds = {feature.get("kind") for feature in facts.get("features", []) if isinstance(feature, dict)}
    if (
        facts.get("format") != "aifactory-model-facts/1"
        or not kinds
        or not kinds <= {"number", "word", "text"}
    ):
        stop(
            "This model doesn't say which columns it reads: take one that was trained here on tables or texts."
        )
    return facts


def open_model(name: str) -> Any:
    try:
        return skops.io.load(INPUTS / "model" / "model.skops", trusted=TRUSTED)
    except (TypeError, OSError, ValueError) as error:
        stop(f"The model {name} can't be opened: {error}")


def answer(model: Any, facts: dict[str, Any], rows: pl.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Return the class and its score on each row."""
    read = columns(facts, rows)
    told = model.predict(read)
    answers = told if facts["predicts"] == "the class itself" else np.array(facts["classes"])[told]
    if hasattr(model, "predict_proba"):
        return answers, model.predict_proba(read).max(axis=1)
    margins = model.decision_function(read)
    return answers, np.abs(margins) if margins.ndim == 1 else margins.max(axis=1)


def columns(facts: dict[str, Any], rows: pl.DataFrame) -> Any:
    """Return what the model reads, prepared as it was for the training."""
    named = {
        kind: [f["name"] for f in facts["features"] if f["kind"] == kind]
        for kind in ("number", "word", "text")
    }
    if named["text"]:
        return rows[named["text"][0]].cast(pl.String).fill_null("").to_numpy()
    numbers = [
        pl.col(name).cast(pl.Float64, strict=False).fill_null(float("nan")) for name in named["number"]
    ]
    return rows.select(*numbers, *(pl.col(n).cast(pl.String).fill_null("(missing)") for n in named["word"]))


def outside(facts: dict[str, Any], rows: pl.DataFrame) -> dict[str, float]:
    """Return, by column, the share of rows outside what was usual in the training: a tenth is to be expected."""
    return {
        f["name"]: round(
            float(
                rows.select(
                    (
                        ~pl.col(f["name"])
                        .cast(pl.Float64, strict=False)
                        .is_between(f["usual_low"], f["usual_high"])
                    )
                    .fill_null(value=True)
                    .mean()
                ).item()
            ),
            4,
        )
        for f in facts["features"]
        if "usual_low" in f
    }


if __name__ == "__main__":
    with threadpool_limits(2):
        main()
