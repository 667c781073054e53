"""The other recipes, each on real data that comes with the packages of the recipes' own environment."""

import csv
import json
import subprocess

import pytest

from aifactory.agent.recipes import copy_recipe
from aifactory.supercomputer import recipes

# What SciPy says of its own functions, as labelled texts: which of four parts is this about?
TEXTS = """
import csv, importlib, inspect, re, sys
rows = []
for part in ("stats", "signal", "linalg", "ndimage"):
    module = importlib.import_module(f"scipy.{part}")
    for name in sorted(module.__all__ if hasattr(module, "__all__") else dir(module)):
        said = inspect.getdoc(getattr(module, name, None)) or ""
        first = re.split(r"\\n(?:Parameters|Returns|Notes)\\n-+", said)[0]
        if len(first) > 60 and not inspect.ismodule(getattr(module, name)):
            rows.append((first[:400].replace(part, " "), part))
with open(sys.argv[1], "w", newline="") as file:
    csv.writer(file).writerows([("text", "label"), *rows])
"""
IMAGES = """
import sys
import numpy as np
from sklearn.datasets import load_digits
digits = load_digits()
np.savez(sys.argv[1], images=digits.images.astype(np.uint8)[:900], labels=digits.target[:900])
"""


def made(python, program, path):
    subprocess.run([python, "-c", program, path], check=True, timeout=120)
    return path


@pytest.fixture(scope="module")
def sorted_texts(python, run, tmp_path_factory):
    file = made(python, TEXTS, tmp_path_factory.mktemp("texts") / "texts.csv")
    found = run("text-classifier", {"texts": [file]})
    assert found.exit_code == 0, found.said
    return found, file


def test_texts_are_sorted_by_their_words_and_the_deciding_ones_are_told(sorted_texts):
    found, file = sorted_texts
    metrics = found.read("metrics.json")
    with file.open() as lines:
        labels = [row["label"] for row in csv.DictReader(lines)]
    assert metrics["classes"] == {label: labels.count(label) for label in sorted(set(labels))}
    assert metrics["texts"]["training"] + metrics["texts"]["test"] == len(labels) > 400
    assert metrics["accuracy"]["low"] <= metrics["accuracy"]["value"] <= metrics["accuracy"]["high"]
    assert metrics["accuracy"]["value"] > 0.8
    assert metrics["against_largest_class"]["low"] > 0.1
    assert metrics["released"] is True
    assert "distribution" in metrics["words"]["stats"]
    with (found.outputs / "predictions_test.csv").open() as lines:
        rows = list(csv.DictReader(lines))
    right = sum(row["true"] == row["predicted"] for row in rows) / len(rows)
    assert round(right, 5) == metrics["accuracy"]["value"]
    assert all(labels[int(row["row"])] == row["true"] for row in rows)


def test_a_model_of_texts_answers_on_a_whole_table(run, sorted_texts):
    found, file = sorted_texts
    model = [found.outputs / "model.skops", found.outputs / "model_facts.json"]
    told = run("batch-inference", {"model": model, "table": [file]}, keep="label", least=0.5)
    assert told.exit_code == 0, told.said
    with (told.outputs / "predictions.csv").open() as lines:
        rows = list(csv.DictReader(lines))
    metrics = told.read("metrics.json")
    assert list(rows[0]) == ["row", "label", "predicted", "score"]
    assert metrics["rows"] == len(rows) == sum(metrics["answers"].values())
    assert metrics["answers"][""] == sum(row["predicted"] == "" for row in rows)
    assert all((row["predicted"] == "") == (float(row["score"]) < 0.5) for row in rows)
    named = [row for row in rows if row["predicted"]]
    assert sum(row["label"] == row["predicted"] for row in named) / len(named) > 0.95


PICTURES = """
import csv, pathlib, sys, zipfile
import numpy as np
from PIL import Image
from sklearn.datasets import load_digits
digits, folder = load_digits(), pathlib.Path(sys.argv[1])
grey = (digits.images[:600] * 15).astype(np.uint8)
rows = []
for number, (image, label) in enumerate(zip(grey, digits.target)):
    place = folder / str(label)
    place.mkdir(parents=True, exist_ok=True)
    name = place / f"{number}.{'png' if number % 2 else 'JPG'}"
    picture = Image.fromarray(image).resize((16, 16))
    picture = picture.convert(("L", "RGB", "RGBA")[number % 3 if number % 2 else number % 2])
    picture.save(name, "PNG" if number % 2 else "JPEG", **({} if number % 2 else {"quality": 95}))
    rows.append((name, label))
with zipfile.ZipFile(folder / "pictures.zip", "w") as packed, open(folder / "labels.csv", "w", newline="") as table:
    out = csv.writer(table)
    out.writerow(["file", "label"])
    for name, label in rows:
        packed.write(name, f"all/{name.name}")
        out.writerow([name.name, f"digit {label}"])
    table.flush()
    packed.write(folder / "labels.csv", "all/labels.csv")
"""


#: reads the pictures below each folder that is named, as the recipe would
READS = """
import json, pathlib, sys
import images
for name in sys.argv[1:]:
    images.INPUTS = pathlib.Path(name)
    try:
        pixels, labels = images.read(8)
        print(json.dumps([list(pixels.shape), sorted(set(labels.tolist())), round(float(pixels.mean()), 6)]))
    except SystemExit:
        print("null")
"""


def test_pictures_are_read_from_folders_and_from_an_archive_and_no_trap_is_opened(images_python, tmp_path):
    shown, packed, other, bomb = (tmp_path / name / "images" for name in ("shown", "packed", "other", "bomb"))
    made(images_python, PICTURES, shown)
    for folder, name, program in (
        (
            packed,
            "pictures.zip",
            f"import shutil, sys; shutil.move({str(shown / 'pictures.zip')!r}, sys.argv[1])",
        ),
        (other, "cat/1.png", "import sys; open(sys.argv[1], 'w').write('GIF89a, says this picture')"),
        (
            bomb,
            "cat/1.png",
            "from PIL import Image; import sys; Image.new('1', (9000, 9000)).save(sys.argv[1])",
        ),
    ):
        (folder / name).parent.mkdir(parents=True)
        made(images_python, program, folder / name)
    (shown / "labels.csv").unlink()
    recipe = tmp_path / "recipe"
    copy_recipe("image-classifier", recipes.ROOT, recipe, recipes.find("image-classifier").digest)
    told = subprocess.run(
        [images_python, "-c", READS, *(folder.parent for folder in (shown, packed, other, bomb))],
        capture_output=True, text=True, check=True, timeout=120,
        env={"PYTHONPATH": str(recipe), "PYTHONDONTWRITEBYTECODE": "1"},
    )  # fmt: skip
    one, same, *traps = [json.loads(line) for line in told.stdout.splitlines()]
    assert (one[0], one[1]) == ([600, 64], [str(digit) for digit in range(10)])
    assert (same[0], same[1], same[2]) == (one[0], [f"digit {digit}" for digit in range(10)], one[2])
    assert traps == [None, None]
    assert "cannot identify image file" in told.stderr
    assert "exceeds limit of 50000000 pixels" in told.stderr


@pytest.mark.thorough
def test_images_are_named_and_a_training_that_was_cut_off_ends_the_same(images_python, run, tmp_path):
    file = made(images_python, IMAGES, tmp_path / "digits.npz")
    asked = {"size": 8, "epochs": 12, "components": 150, "python": images_python}
    whole = run("image-classifier", {"images": [file]}, **asked)
    assert whole.exit_code == 0, whole.said
    metrics = whole.read("metrics.json")
    assert metrics["accuracy"]["value"] > 0.9
    assert metrics["released"] is True
    assert sum(metrics["classes"].values()) == metrics["images"]["training"] == 630

    half = run("image-classifier", {"images": [file]}, **(asked | {"epochs": 5}))
    rest = run(
        "image-classifier", {"images": [file], "checkpoint": [half.outputs / "checkpoint/state.npz"]}, **asked
    )
    assert rest.exit_code == 0, rest.said
    assert "Going on after round 5" in rest.said
    assert rest.read("metrics.json") == metrics


def test_a_pickle_is_never_read_as_an_image(images_python, run, tmp_path):
    program = "import numpy, sys; numpy.savez(sys.argv[1], images=numpy.array([{}] * 9), labels=[1] * 9)"
    file = made(images_python, program, tmp_path / "trap.npz")
    found = run("image-classifier", {"images": [file]}, python=images_python)
    assert (found.exit_code, "can't be read" in found.said) == (2, True)


@pytest.mark.thorough
def test_a_search_finds_the_same_in_one_task_as_in_two_and_its_model_answers(run, tables, tmp_path):
    with (tables / "breast_cancer.csv").open() as lines:
        rows = [[*row[:6], row[-1]] for row in csv.reader(lines)][:301]
    with (tmp_path / "cells.csv").open("w", newline="") as file:
        csv.writer(file).writerows(rows)
    table = {"table": [tmp_path / "cells.csv"]}
    asked = {"target": "diagnosis", "trials": 2, "folds": 3}
    alone = run("hyper-parameter-sweep", table, **asked)
    tasks = [
        run("hyper-parameter-sweep", table, {"AIFACTORY_TASK": str(k), "AIFACTORY_TASKS": "2"}, **asked)
        for k in range(2)
    ]
    assert [task.exit_code for task in (alone, *tasks)] == [0, 0, 0], alone.said + tasks[0].said
    found = {f"task{k}": [task.outputs / "trials.json"] for k, task in enumerate(tasks)}
    gathered = run(
        "hyper-parameter-sweep", table | found, {"AIFACTORY_GATHER": "1", "AIFACTORY_TASKS": "2"}, **asked
    )
    assert gathered.exit_code == 0, gathered.said
    metrics = gathered.read("metrics.json")
    assert metrics == alone.read("metrics.json")
    assert [trial["trial"] for trial in tasks[1].read("trials.json")] == [1]
    assert (metrics["trials"], metrics["released"]) == (2, True)
    assert metrics["accuracy"]["value"] > 0.85
    assert metrics["best"]["score"] >= metrics["worst_score"]

    model = [gathered.outputs / "model.skops", gathered.outputs / "model_facts.json"]
    told = run("batch-inference", {"model": model} | table)
    assert told.exit_code == 0, told.said
    answers = told.read("metrics.json")
    assert set(answers["answers"]) == {"benign", "malignant"}
    assert sum(answers["answers"].values()) == 300
    assert all(0.05 <= share <= 0.2 for share in answers["outside_usual_range"].values())


def test_a_model_of_another_kind_is_refused(run, tables, tmp_path):
    (tmp_path / "model_facts.json").write_text(
        json.dumps({"format": "aifactory-model-facts/1", "features": ["x"]})
    )
    found = run(
        "batch-inference", {"model": [tmp_path / "model_facts.json"], "table": [tables / "digits.csv"]}
    )
    assert (found.exit_code, "which columns it reads" in found.said) == (2, True)


def test_a_script_of_ones_own_runs_with_its_arguments_and_cannot_leave_its_folder(run, tmp_path):
    (tmp_path / "hello.py").write_text(
        "import os, pathlib, sys\n"
        "pathlib.Path(os.environ['AIFACTORY_OUTPUTS'], 'said.txt').write_text(' '.join(sys.argv[1:]))\n"
    )
    code = {"code": [tmp_path / "hello.py"]}
    found = run("own-script", code, script="hello.py", arguments="one 'two words'")
    assert (found.exit_code, (found.outputs / "said.txt").read_text()) == (0, "one two words")
    for script in ("../parameters/parameters.json", "/etc/passwd", "main.py"):
        refused = run("own-script", code, script=script)
        assert (refused.exit_code, "There is no file" in refused.said) == (2, True)
