"""The walls seen from inside: what a recipe reads, what it writes, how it says how far it is.

A recipe that names it in `carries` finds it beside its own files, and is digested with it.
"""

import json
import os
import sys
import time
from pathlib import Path
from typing import Any, NoReturn

INPUTS = Path(os.environ.get("AIFACTORY_INPUTS", "/inputs"))
OUTPUTS = Path(os.environ.get("AIFACTORY_OUTPUTS", "/outputs"))
STARTED = time.monotonic()


def parameters() -> dict[str, Any]:
    """Return the answers that this run was given."""
    return json.loads((INPUTS / "parameters" / "parameters.json").read_text(encoding="utf-8"))


def progress(done: float, text: str) -> None:
    """Say how far the run is: `done` from 0 to 1, and what happens now."""
    with (OUTPUTS / "progress.jsonl").open("a", encoding="utf-8") as file:
        file.write(json.dumps({"done": round(done, 3), "text": text}) + "\n")
    print(f"{time.monotonic() - STARTED:6.1f} s  {text}", flush=True)


def has(role: str) -> bool:
    """Say whether something was given under a role that may be left empty."""
    return (INPUTS / role).is_dir()


def write(name: str, content: Any) -> None:
    """Write one result as JSON; a figure that is not finite is a fault of ours and fails the run."""
    text = json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False)
    (OUTPUTS / name).write_text(text + "\n", encoding="utf-8")


def stop(sentence: str) -> NoReturn:
    """End the run as failed, with a sentence for the person who started it."""
    print(sentence, file=sys.stderr, flush=True)
    raise SystemExit(2)
