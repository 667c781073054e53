"""What nobody can read, or would overlook: models, bytes written as text, outputs that a notebook keeps."""

import re
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

from aifactory.datasets.output_check.tables import json_of
from aifactory.datasets.output_check.words import Sign, sign

_MODELS = {
    ".bin", ".ckpt", ".gguf", ".h5", ".hdf5", ".joblib", ".keras", ".msgpack", ".npy", ".npz", ".onnx", ".pb",
    ".pickle", ".pkl", ".pmml", ".pt", ".pth", ".rds", ".safetensors", ".skops", ".tflite",
}  # fmt: skip
_MODEL_NAME = re.compile(r"model|weights|checkpoint|embedding", re.IGNORECASE)
_MODEL_NAME = re.compile(r"model|weights|checkpoint|embedding", re.IGNORECASE)
#: How models are written as text: by LightGBM, XGBoost, and by whoever writes down what was learned.
_MODEL_TEXT = re.compile(
    r'\Atree\nversion=|"(?:learner|weights|coef_?|coefficients|support_vectors|state_dict|tree_info)"\s*:'
)
#: So many characters without a space, of so many kinds, are no word of any language.
_CODED = re.compile(r"[A-Za-z0-9+/_=-]{200,}")
_CODED_LINE = re.compile(r"[A-Za-z0-9+/_=-]{40,}")
_KINDS_OF_CODE, _LINES_OF_CODE = 10, 5


def is_model(name: str, text: str | None) -> bool:
    """Say whether a file may hold a trained model, by its name or by what it says."""
    named = Path(name).suffix.lower() in _MODELS or _MODEL_NAME.search(Path(name).name)
    return bool(named or (text and _MODEL_TEXT.search(text)))


def shown(text: str) -> Iterator[Sign]:
    """Yield a sign where the cells of a notebook keep what they printed or drew."""
    told = json_of(text)
    cells = told.get("cells") if isinstance(told, dict) else None
    listed = cells if isinstance(cells, list) else []
    kept = [cell for cell in listed if isinstance(cell, dict) and cell.get("outputs")]
    if kept:
        yield sign("notebook", cells=len(kept))


def coded(text: str) -> Iterator[Sign]:
    """Yield a sign where bytes are written as text: whatever they are, no rule below sees it."""
    size = sum(len(found) for found in _CODED.findall(text) if len(set(found)) >= _KINDS_OF_CODE)
    run: list[str] = []
    for line in chain(text.splitlines(), [""]):
        if len(line) < 200 and _CODED_LINE.fullmatch(line.strip()) and len(set(line)) >= _KINDS_OF_CODE:
            run.append(line)
            continue
        size += sum(map(len, run)) if len(run) >= _LINES_OF_CODE else 0
        run = []
    if size:
        yield sign("coded", characters=size)
