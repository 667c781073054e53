"""Train a classifier on one table, and release no more than the evidence carries.

A test part is split off before anything is seen. Families are compared by nested cross-validation on the
rest; the winner is compared with logistic regression on the test part, case by case. Without a clear win the
simpler model is released, and nothing that is not clearly better than always naming the largest class.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
import skops.io
from compare import (
    LEVEL,
    RESAMPLES,
    Measure,
    accuracy,
    bootstrap,
    delong,
    interval,
    macro_auc,
    mcnemar,
    once,
    roc_auc,
)
from families import MAJORITY, SIMPLEST, Columns, Family, families, pipeline, readable, scores, sort_columns
from sklearn.metrics import confusion_matrix, roc_curve
from sklearn.model_selection import GridSearchCV, StratifiedKFold, train_test_split
from threadpoolctl import threadpool_limits
from verdicts import verdict

from aifactory.recipes.sandbox import OUTPUTS, parameters, progress, stop, write
from aifactory.recipes.tables import table

MOST_CLASSES = 30
INNER_FOLDS = 3
CURVE_POINTS = 200

Answers = dict[str, tuple[np.ndarray, np.ndarray]]
"""Scores and predicted classes on the test part, by family."""


@dataclass(frozen=True)
class Task:
    """The question: cases and their true classes as numbers. Class 1 of two is the positive one."""

    rows: pl.DataFrame
    true: np.ndarray
    labels: list[str]
    without_target: int
    seed: int

    @property
    def binary(self) -> bool:
        return len(self.labels) == 2

    @property
    def measure(self) -> Measure:
        """Return the figure that decides."""
        return roc_auc if self.binary else accuracy

    @property
    def measure_name(self) -> str:
        return "roc_auc" if self.binary else "accuracy"

    def figure(self, true: np.ndarray, answer: tuple[np.ndarray, np.ndarray]) -> float:
        return float(self.measure(true, *answer, once(true))[0])

    def score(self, model: Any, rows: pl.DataFrame, true: np.ndarray) -> float:
        """Judge a fitted model (the form that scikit-learn calls a scorer)."""
        return self.figure(true, (scores(model, rows), model.predict(rows)))

    def folds(self, count: int) -> StratifiedKFold:
        return StratifiedKFold(count, shuffle=True, random_state=self.seed)


@dataclass(frozen=True)
class Study:
    """The task, split: row numbers of the two parts, readable columns, and the families to compare."""

    task: Task
    rows: pl.DataFrame
    training: np.ndarray
    test: np.ndarray
    columns: Columns
    candidates: dict[str, Family]

    def learn(self) -> tuple[pl.DataFrame, np.ndarray]:
        return self.rows[self.training], self.task.true[self.training]


def main() -> None:
    asked = parameters()
    task = pose(table("table"), asked)
    study = split(task, asked["test_share"])
    selection = select(study, asked["folds"])
    models = fit_all(study)
    evaluate(study, models, selection, asked)
    progress(1, "Done")


def pose(raw: pl.DataFrame, asked: dict[str, Any]) -> Task:
    """Check the table against the question and return the task, or stop with a sentence."""
    target, ignored = asked["target"], {name.strip() for name in asked["ignore"].split(",") if name.strip()}
    for name in [target, *sorted(ignored)]:
        if name not in raw.columns:
            stop(f"The table has no column {name!r}. It has: {', '.join(raw.columns[:40])}.")
    whole = raw.filter(pl.col(target).is_not_null())
    answers = whole[target].cast(pl.String).to_list()
    counts = {label: answers.count(label) for label in sorted(set(answers))}
    if not 2 <= len(counts) <= MOST_CLASSES:
        stop(f"The column {target!r} holds {len(counts)} classes; this recipe takes 2 to {MOST_CLASSES}.")
    fewest = min(counts, key=lambda label: counts[label])
    if counts[fewest] < 4 * asked["folds"]:
        stop(f"The class {fewest!r} has {counts[fewest]} rows; at least {4 * asked['folds']} are needed.")
    labels = sorted(counts)
    if len(labels) == 2:
        positive = asked["positive"] or fewest
        if positive not in counts:
            stop(f"The positive class {positive!r} is not in {target!r}. It holds: {', '.join(labels)}.")
        labels.sort(key=lambda label: label == positive)
    number = {label: k for k, label in enumerate(labels)}
    true = np.array([number[answer] for answer in answers])
    return Task(whole.drop(target, *ignored), true, labels, len(raw) - len(whole), asked["seed"])


def split(task: Task, test_share: float) -> Study:
    """Keep a test part away from everything that follows, until `evaluate`."""
    training, test = train_test_split(
        np.arange(len(task.true)), test_size=test_share, stratify=task.true, random_state=task.seed
    )
    columns = sort_columns(task.rows[training])
    if not columns.numbers and not columns.words:
        stop("The table has no column to learn from, besides the target.")
    candidates = families(len(training), len(task.labels), task.seed)
    return Study(task, readable(task.rows, columns), training, test, columns, candidates)


def tuned(study: Study, family: Family) -> Any:
    """Return a model that chooses its own settings by cross-validation inside whatever it is fitted on."""
    model = pipeline(family.estimator, study.columns)
    if not family.settings:
        return model
    settings = {f"model__{name}": values for name, values in family.settings.items()}
    return GridSearchCV(model, settings, scoring=study.task.score, cv=study.task.folds(INNER_FOLDS))


def select(study: Study, folds: int) -> dict[str, dict[str, Any]]:
    """Return each family's figures over the outer folds; settings are chosen anew inside each fold."""
    task, (rows, true), found = study.task, study.learn(), {}
    for done, (name, family) in enumerate(study.candidates.items()):
        progress(
            0.05 + 0.7 * done / len(study.candidates), f"Nested cross-validation: {name.replace('_', ' ')}"
        )
        figures = []
        for learn, judge in task.folds(folds).split(np.zeros(len(true)), true):
            model = tuned(study, family).fit(rows[learn], true[learn])
            figures.append(task.score(model, rows[judge], true[judge]))
        found[name] = {
            "mean": round(float(np.mean(figures)), 5),
            "sd": round(float(np.std(figures, ddof=1)), 5),
            "folds": [round(figure, 5) for figure in figures],
        }
    return found


def fit_all(study: Study) -> dict[str, Any]:
    """Return every family fitted on the whole training part, with the settings chosen there."""
    progress(0.75, "Fitting on the training part")
    fitted = {name: tuned(study, family).fit(*study.learn()) for name, family in study.candidates.items()}
    return {name: getattr(model, "best_estimator_", model) for name, model in fitted.items()}


def evaluate(
    study: Study, models: dict[str, Any], selection: dict[str, dict[str, Any]], asked: dict[str, Any]
) -> None:
    """Open the test part, once, and write every result."""
    progress(0.9, "Judging on the test part")
    task, true = study.task, study.task.true[study.test]
    rows = study.rows[study.test]
    answers = {name: (scores(model, rows), model.predict(rows)) for name, model in models.items()}
    weights = bootstrap(true, task.seed)
    drawn = {name: task.measure(true, *answer, weights) for name, answer in answers.items()}
    chosen = max(selection, key=lambda name: selection[name]["mean"])
    challenger = max(selection.keys() - {MAJORITY, SIMPLEST}, key=lambda name: selection[name]["mean"])
    comparison = compare(task, true, answers, drawn, challenger)
    won = chosen == challenger and comparison["verdict"] == "clear_win"
    candidate = challenger if won else SIMPLEST
    against = {
        "difference": gap(task, true, answers, candidate, MAJORITY),
        **interval(drawn[candidate] - drawn[MAJORITY]),
    }
    usable = against["low"] > 0
    write(
        "metrics.json",
        {
            "format": "aifactory-classifier-metrics/1",
            "task": "binary" if task.binary else "multiclass",
            "measure": task.measure_name,
            "target": asked["target"],
            "positive": task.labels[1] if task.binary else None,
            "classes": {label: int((task.true == k).sum()) for k, label in enumerate(task.labels)},
            "split": split_facts(study, asked),
            "selection": {
                "method": "nested cross-validation on the training part, stratified",
                "outer_folds": asked["folds"],
                "inner_folds": INNER_FOLDS,
                "families": selection,
            },
            "chosen": chosen,
            "released": candidate if usable else None,
            "simplest": SIMPLEST,
            "test": {
                name: test_figures(true, answers[name], drawn[name], family, models[name])
                for name, family in study.candidates.items()
            },
            "comparison": comparison,
            "against_majority": against,
            "verdict": verdict(chosen, candidate, comparison, against, task.measure_name),
            "confusion": {
                "labels": task.labels,
                "true_by_predicted": confusion_matrix(
                    true, answers[candidate][1], labels=range(len(task.labels))
                ).tolist(),
            },
        },
    )
    write("roc.json", curves(task, true, answers, list(dict.fromkeys([challenger, SIMPLEST]))))
    write_predictions(study, true, answers[candidate])
    if usable:
        skops.io.dump(models[candidate], OUTPUTS / "model.skops")
        write(
            "model_facts.json", model_facts(study, candidate, models[candidate]) | {"target": asked["target"]}
        )


def gap(task: Task, true: np.ndarray, answers: Answers, one: str, other: str) -> float:
    return round(task.figure(true, answers[one]) - task.figure(true, answers[other]), 5)


def compare(
    task: Task, true: np.ndarray, answers: Answers, drawn: dict[str, np.ndarray], challenger: str
) -> dict[str, Any]:
    """Compare the best other family of the cross-validation with logistic regression on the same test cases."""
    bounds = interval(drawn[challenger] - drawn[SIMPLEST])
    found = {
        "of": challenger,
        "with": SIMPLEST,
        "measure": task.measure_name,
        "difference": gap(task, true, answers, challenger, SIMPLEST),
        **bounds,
        "level": LEVEL,
        "method": "paired stratified bootstrap of the test cases",
        "resamples": RESAMPLES,
        "verdict": "clear_win" if bounds["low"] > 0 else "no_clear_win",
        "mcnemar": mcnemar(true, answers[challenger][1], answers[SIMPLEST][1]),
    }
    if task.binary:
        found["delong"] = delong(true, answers[challenger][0][:, 1], answers[SIMPLEST][0][:, 1])
    return found


def split_facts(study: Study, asked: dict[str, Any]) -> dict[str, Any]:
    """Return sizes and seed of the split, and how many test rows stand word for word in the training part."""
    seen = study.rows[study.training].unique()
    twins = study.rows[study.test].join(seen, on=seen.columns, how="semi", nulls_equal=True)
    return {
        "rows": len(study.rows),
        "without_target": study.task.without_target,
        "training": len(study.training),
        "test": len(study.test),
        "test_share": asked["test_share"],
        "seed": study.task.seed,
        "test_rows_also_in_training": len(twins),
    }


def test_figures(
    true: np.ndarray, answer: tuple[np.ndarray, np.ndarray], drawn: np.ndarray, family: Family, model: Any
) -> dict[str, Any]:
    """Return one family's figures on the test part, the deciding one with its interval, and its settings."""
    area = roc_auc if answer[0].shape[1] == 2 else macro_auc
    used = model.named_steps["model"].get_params()
    return {
        "roc_auc": round(float(area(true, *answer, once(true))[0]), 5),
        "accuracy": round(float(accuracy(true, *answer, once(true))[0]), 5),
        "interval": interval(drawn),
        "settings": {name: used[name] for name in family.settings},
    }


def curves(task: Task, true: np.ndarray, answers: Answers, shown: list[str]) -> dict[str, Any]:
    """Return ROC curves, thinned for drawing; with more than two classes each (case, class) counts once."""
    drawn = []
    for name in shown:
        score = answers[name][0]
        if task.binary:
            false_rate, true_rate, _ = roc_curve(true == 1, score[:, 1])
        else:
            hits = true[:, None] == np.arange(len(task.labels))
            false_rate, true_rate, _ = roc_curve(hits.ravel(), score.ravel())
        grid = np.linspace(0, len(false_rate) - 1, min(CURVE_POINTS, len(false_rate))).round().astype(int)
        points = [[round(float(false_rate[i]), 4), round(float(true_rate[i]), 4)] for i in grid]
        drawn.append({"family": name, "points": points})
    kind = "binary" if task.binary else "micro-average, one class against the rest"
    return {
        "format": "aifactory-roc/1",
        "kind": kind,
        "axes": ["false positive rate", "true positive rate"],
        "curves": drawn,
    }


def write_predictions(study: Study, true: np.ndarray, answer: tuple[np.ndarray, np.ndarray]) -> None:
    """Write the answer on every test case; `row` counts the rows that have a target, from 0."""
    (score, predicted), labels = answer, study.task.labels
    found = {
        "row": study.test,
        "true": [labels[k] for k in true],
        "predicted": [labels[k] for k in predicted],
        **{f"score {label}": score[:, k].round(6) for k, label in enumerate(labels)},
    }
    pl.DataFrame(found).sort("row").write_csv(OUTPUTS / "predictions_test.csv")


def model_facts(study: Study, name: str, model: Any) -> dict[str, Any]:
    """Return what a model card needs. Ranges are 5th to 95th percentiles: extremes are single people's."""
    training, numbers = study.rows[study.training], []
    for column in study.columns.numbers:
        low, high = np.nanquantile(training[column].to_numpy(), [0.05, 0.95])
        numbers.append({"name": column, "kind": "number", "usual_low": float(low), "usual_high": float(high)})
    words = [{"name": c, "kind": "word", "levels": training[c].n_unique()} for c in study.columns.words]
    return {
        "format": "aifactory-model-facts/1",
        "family": name,
        "estimator": type(model.named_steps["model"]).__name__,
        "file": "model.skops",
        "trusted_types": sorted(skops.io.get_untrusted_types(data=skops.io.dumps(model))),
        "holds_training_rows": study.candidates[name].keeps_rows,
        "classes": study.task.labels,
        "predicts": "the number of the class in `classes`",
        "scores": "probability" if hasattr(model, "predict_proba") else "margin",
        "features": [*numbers, *words],
        "left_out": study.columns.left_out,
        "intended_use": "To support a person's judgement on cases like those of the training table.",
        "limits": [
            "Measured on a random part of one table: other places, years or devices may differ.",
            "Outside the usual range of a feature the answer is a guess.",
            "Scores are not calibrated; set a threshold on cases of your own.",
            "Groups of people were not compared: check fairness before use on people.",
        ],
    }


if __name__ == "__main__":
    # One thread per fit: these fits are short, and threads that wait for each other cost more than that.
    with threadpool_limits(1):
        main()
