import csv
import json
import random
import subprocess

import pytest

LOAD = """
import json, sys, polars, skops.io
model = skops.io.load(sys.argv[1], trusted=json.loads(sys.argv[2]))
table = polars.read_csv(sys.argv[3])
print(json.dumps(model.predict(table).tolist()))
"""


@pytest.fixture(scope="module")
def cancer(run, tables):
    return run(
        "tabular-classifier",
        {"table": [tables / "breast_cancer.csv"]},
        target="diagnosis",
        positive="malignant",
    )


@pytest.fixture(scope="module")
def metrics(cancer):
    assert cancer.exit_code == 0, cancer.said
    return cancer.read("metrics.json")


def test_every_result_is_there(cancer, metrics):
    assert cancer.files() == {
        "metrics.json",
        "model.skops",
        "model_facts.json",
        "predictions_test.csv",
        "roc.json",
        "progress.jsonl",
    }
    lines = [json.loads(line) for line in (cancer.outputs / "progress.jsonl").read_text().splitlines()]
    assert [line["done"] for line in lines] == sorted(line["done"] for line in lines)
    assert lines[-1] == {"done": 1, "text": "Done"}


def test_the_question_and_the_split_are_told(metrics):
    assert metrics["classes"] == {"benign": 357, "malignant": 212}
    assert (metrics["task"], metrics["measure"], metrics["positive"]) == ("binary", "roc_auc", "malignant")
    assert metrics["split"] == {
        "rows": 569, "without_target": 0, "training": 398, "test": 171, "test_share": 0.3, "seed": 20260101,
        "test_rows_also_in_training": 0,
    }  # fmt: skip


def test_every_family_is_validated_and_tested(metrics):
    families = {
        "majority",
        "logistic_regression",
        "random_forest",
        "gradient_boosting",
        "support_vector_machine",
    }
    assert set(metrics["selection"]["families"]) == set(metrics["test"]) == families
    for found in metrics["selection"]["families"].values():
        assert len(found["folds"]) == 5
    assert metrics["test"]["majority"]["roc_auc"] == 0.5
    assert all(metrics["test"][name]["roc_auc"] > 0.98 for name in families - {"majority"})


def test_the_simpler_model_is_released_unless_another_clearly_wins(metrics):
    comparison = metrics["comparison"]
    means = {name: found["mean"] for name, found in metrics["selection"]["families"].items()}
    best = max(means, key=means.get)
    challenger = max(means.keys() - {"majority", "logistic_regression"}, key=means.get)
    assert (metrics["chosen"], comparison["of"], comparison["with"]) == (
        best,
        challenger,
        "logistic_regression",
    )
    clear = comparison["low"] > 0
    assert comparison["verdict"] == ("clear_win" if clear else "no_clear_win")
    assert metrics["released"] == (challenger if clear and best == challenger else "logistic_regression")
    assert comparison["low"] <= comparison["difference"] <= comparison["high"]
    assert metrics["against_majority"]["low"] > 0.45
    assert "released" in metrics["verdict"]["en"]
    assert "komt vrij" in metrics["verdict"]["nl"]


def test_predictions_agree_with_the_figures(cancer, metrics):
    with (cancer.outputs / "predictions_test.csv").open() as file:
        rows = list(csv.DictReader(file))
    right = sum(row["true"] == row["predicted"] for row in rows) / len(rows)
    assert len(rows) == 171
    assert round(right, 5) == metrics["test"][metrics["released"]]["accuracy"]
    positive = [float(row["score malignant"]) for row in rows if row["true"] == "malignant"]
    negative = [float(row["score malignant"]) for row in rows if row["true"] == "benign"]
    area = sum((p > n) + (p == n) / 2 for p in positive for n in negative) / (len(positive) * len(negative))
    assert round(area, 4) == round(metrics["test"][metrics["released"]]["roc_auc"], 4)
    table = metrics["confusion"]["true_by_predicted"]
    assert sum(map(sum, table)) == 171
    assert (table[0][0] + table[1][1]) / 171 == pytest.approx(right)


def test_the_model_opens_without_running_code_and_answers(cancer, python, tables):
    facts = cancer.read("model_facts.json")
    assert set(facts["trusted_types"]) <= {
        "numpy.dtype",
        "sklearn.tree._tree.Tree",
        "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",
    }
    answer = subprocess.run(
        [python, "-c", LOAD, cancer.outputs / "model.skops", json.dumps(facts["trusted_types"]),
         tables / "breast_cancer.csv"],
        capture_output=True, text=True, check=True, timeout=120,
    )  # fmt: skip
    predicted = [facts["classes"][k] for k in json.loads(answer.stdout)]
    with (tables / "breast_cancer.csv").open() as file:
        true = [row["diagnosis"] for row in csv.DictReader(file)]
    assert sum(p == t for p, t in zip(predicted, true, strict=True)) / len(true) > 0.96


def test_curves_run_from_corner_to_corner(cancer):
    for curve in cancer.read("roc.json")["curves"]:
        assert curve["points"][0] == [0, 0]
        assert curve["points"][-1] == [1, 1]
        assert curve["points"] == sorted(curve["points"])
        assert len(curve["points"]) <= 200


def table(path, rows):
    with path.open("w", newline="") as file:
        csv.writer(file).writerows(rows)
    return {"table": [path]}


def test_words_gaps_and_twins_are_handled_and_three_classes_too(run, tmp_path):
    chance, rows = random.Random(1), [["colour", "size", "weight", "note", "constant", "kind"]]
    for k in range(240):
        kind = ("apple", "pear", "plum")[k % 3]
        colour = {"apple": "red", "pear": "green", "plum": ""}[kind] if chance.random() < 0.9 else "brown"
        size = {"apple": 8, "pear": 9, "plum": 4}[kind] + chance.gauss(0, 1.5)
        rows.append(
            [colour, "" if k % 17 == 0 else round(size, 2), chance.random(), f"n{k}", 1, kind if k else ""]
        )
    rows += rows[2:12]
    found = run(
        "tabular-classifier", table(tmp_path / "fruit.csv", rows), target="kind", ignore="weight", folds=3
    )
    assert found.exit_code == 0, found.said
    metrics, facts = found.read("metrics.json"), found.read("model_facts.json")
    assert (metrics["task"], metrics["measure"], metrics["positive"]) == ("multiclass", "accuracy", None)
    assert metrics["split"]["without_target"] == 1
    assert metrics["split"]["test_rows_also_in_training"] > 0
    assert facts["left_out"] == {
        "note": "holds more than 50 different texts",
        "constant": "holds one value only",
    }
    assert [f["name"] for f in facts["features"]] == ["size", "colour"]
    assert metrics["test"][metrics["released"]]["accuracy"] > 0.8


def test_nothing_is_released_from_noise(run, tmp_path):
    chance = random.Random(2)
    rows = [["a", "b", "answer"]] + [
        [chance.random(), chance.random(), chance.choice("xy")] for _ in range(160)
    ]
    found = run("tabular-classifier", table(tmp_path / "noise.csv", rows), target="answer", folds=3)
    assert found.exit_code == 0, found.said
    metrics = found.read("metrics.json")
    assert metrics["released"] is None
    assert metrics["verdict"]["en"].startswith("Nothing is released")
    assert "model.skops" not in found.files()


@pytest.mark.parametrize(
    ("rows", "parameters", "sentence"),
    [
        ([["a", "b"], [1, 2]], {"target": "c"}, "The table has no column 'c'. It has: a, b."),
        ([["a", "b"], [1, 2]], {"target": "b"}, "holds 1 classes; this recipe takes 2 to 30"),
        ([["a", "b"], *([k, k % 2] for k in range(30))], {"target": "b"}, "at least 20 are needed"),
        (
            [["a", "b"], *([k, k % 2] for k in range(99))],
            {"target": "b", "positive": "yes"},
            "It holds: 0, 1.",
        ),
        ([["a", "b"], *([1, k % 2] for k in range(99))], {"target": "b"}, "no column to learn from"),
    ],
)
def test_a_table_that_cannot_answer_is_refused_in_a_sentence(run, tmp_path, rows, parameters, sentence):
    found = run("tabular-classifier", table(tmp_path / "t.csv", rows), **parameters)
    assert found.exit_code == 2
    assert sentence in found.said
    assert "Traceback" not in found.said
