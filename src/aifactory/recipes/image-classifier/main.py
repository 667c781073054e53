"""Learn from labelled images: compared with example images, and judged on images kept apart.

Nyström's approximation of a Gaussian kernel, then logistic regression by stochastic gradient descent, an epoch at a
time: after each one the state is written, and a later attempt goes on from it with the same result.
"""

from typing import Any

import numpy as np
import polars as pl
import skops.io
from images import read
from sklearn.kernel_approximation import Nystroem
from sklearn.linear_model import SGDClassifier
from sklearn.metrics import confusion_matrix
from sklearn.model_selection import train_test_split
from sklearn.pipeline import Pipeline
from threadpoolctl import threadpool_limits

from aifactory.recipes.sandbox import INPUTS, OUTPUTS, parameters, progress, stop, write

MOST_CLASSES = 200
LEAST_OF_EACH = 8
RESAMPLES = 2000
STATE = "checkpoint/state.npz"
#: A constant step needs no memory beside the weights.
STEP = {"learning_rate": "constant", "eta0": 0.5, "alpha": 1e-6}


def main() -> None:
    asked = parameters()
    pixels, labels = read(asked["size"])
    check(labels)
    learn, judge = train_test_split(
        np.arange(len(labels)), test_size=asked["test_share"], stratify=labels, random_state=asked["seed"]
    )
    progress(0.05, f"Comparing {len(learn)} images with examples")
    kernel = Nystroem(
        n_components=min(asked["components"], len(learn)),
        gamma=width(pixels[learn]),
        random_state=asked["seed"],
    ).fit(pixels[learn])
    model = train(kernel.transform(pixels[learn]), labels[learn], asked)
    told = model.predict(kernel.transform(pixels[judge]))
    metrics = judged(labels[learn], labels[judge], told, asked["seed"])
    write("metrics.json", metrics)
    pl.DataFrame({"image": judge, "true": labels[judge], "predicted": told}).sort("image").write_csv(
        OUTPUTS / "predictions_test.csv"
    )
    if metrics["released"]:
        whole = Pipeline([("kernel", kernel), ("model", model)])
        skops.io.dump(whole, OUTPUTS / "model.skops")
        write("model_facts.json", facts(whole, asked["size"]))
    progress(1, "Done")


def check(labels: np.ndarray) -> None:
    names, counts = np.unique(labels, return_counts=True)
    if not 2 <= len(names) <= MOST_CLASSES:
        stop(f"There are {len(names)} labels; this recipe takes 2 to {MOST_CLASSES}.")
    if counts.min() < LEAST_OF_EACH:
        few = names[counts.argmin()]
        stop(f"The label {few!r} has {counts.min()} images; at least {LEAST_OF_EACH} are needed.")


def width(pixels: np.ndarray) -> float:
    """Return the width of the Gaussian: one over the mean squared distance between two images."""
    return 1 / max(1e-12, 2 * float(pixels.var(axis=0).sum()))


def train(rows: np.ndarray, labels: np.ndarray, asked: dict[str, Any]) -> SGDClassifier:
    """Go through all images again and again, from the checkpoint on where there is one."""
    classes = np.unique(labels)
    model = SGDClassifier(loss="log_loss", random_state=asked["seed"], shuffle=False, **STEP)
    done = resume(model, classes)
    for epoch in range(done, asked["epochs"]):
        order = np.random.default_rng([asked["seed"], epoch]).permutation(len(rows))
        model.partial_fit(rows[order], labels[order], classes=classes)
        save(model, epoch + 1)
        progress(0.1 + 0.8 * (epoch + 1) / asked["epochs"], f"Round {epoch + 1} of {asked['epochs']}")
    return model


def resume(model: SGDClassifier, classes: np.ndarray) -> int:
    """Take up what an earlier attempt left; return how many epochs it had done."""
    file = INPUTS / STATE
    if not file.is_file():
        return 0
    with np.load(file, allow_pickle=False) as kept:
        model.coef_, model.intercept_, model.t_ = kept["coef"], kept["intercept"], float(kept["steps"])
        done = int(kept["epochs"])
    model.classes_ = classes
    progress(0.1, f"Going on after round {done}")
    return done


def save(model: SGDClassifier, epochs: int) -> None:
    """Write down where the training stands: whole, or not at all."""
    file = OUTPUTS / STATE
    file.parent.mkdir(exist_ok=True)
    draft = file.with_suffix(".draft")
    with draft.open("wb") as out:
        np.savez(out, coef=model.coef_, intercept=model.intercept_, steps=model.t_, epochs=epochs)
    draft.replace(file)


def judged(learned: np.ndarray, true: np.ndarray, told: np.ndarray, seed: int) -> dict[str, Any]:
    """Return the figures on the test images; ranges by a bootstrap of the images, 95 %."""
    names, counts = np.unique(learned, return_counts=True)
    right, largest = told == true, true == names[counts.argmax()]
    drawn = np.random.default_rng(seed).integers(0, len(true), (RESAMPLES, len(true)))
    shares, gaps = right[drawn].mean(axis=1), right[drawn].mean(axis=1) - largest[drawn].mean(axis=1)
    (low, high), (gap_low, gap_high) = (np.quantile(v, [0.025, 0.975]) for v in (shares, gaps))
    return {
        "format": "aifactory-image-metrics/1",
        "classes": {str(name): int(count) for name, count in zip(names, counts, strict=True)},
        "images": {"training": len(learned), "test": len(true)},
        "accuracy": {
            "value": round(float(right.mean()), 5),
            "low": round(float(low), 5),
            "high": round(float(high), 5),
        },
        "against_largest_class": {
            "difference": round(float(right.mean() - largest.mean()), 5),
            "low": round(float(gap_low), 5),
            "high": round(float(gap_high), 5),
        },
        "confusion": {
            "labels": [str(name) for name in names],
            "true_by_predicted": confusion_matrix(true, told, labels=names).tolist(),
        },
        "released": bool(gap_low > 0),
    }


def facts(model: Pipeline, size: int) -> dict[str, Any]:
    return {
        "format": "aifactory-model-facts/1",
        "family": "nystroem_logistic_regression",
        "estimator": "SGDClassifier",
        "file": "model.skops",
        "trusted_types": sorted(skops.io.get_untrusted_types(data=skops.io.dumps(model))),
        "holds_training_rows": True,
        "classes": [str(name) for name in model["model"].classes_],
        "predicts": "the class itself",
        "scores": "probability",
        "features": [{"name": f"grey pixels, {size} x {size}", "kind": "image"}],
        "left_out": {},
        "intended_use": "To sort images like those it learned from, with a person who can correct it.",
        "limits": [
            "Measured on a random part of one collection: other cameras, places or light may differ.",
            "It compares whole images: what is moved, turned or cropped may be named wrongly.",
            "Example images of the training part are in the model: check them before it leaves.",
        ],
    }


if __name__ == "__main__":
    with threadpool_limits(1):
        main()
