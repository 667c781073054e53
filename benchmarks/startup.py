"""Seconds from `script/demo` on a fresh copy of the tree, packages in uv's cache, to its summary.

The limit is a minute, so the figure is 60 s over the time taken: 1 or more is within it.
"""

import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

from benchmarks import ratio, table

ROOT = Path(__file__).parent.parent
LIMIT_S = 60
MARK = "Summary"
KEPT = (
    "HOME",
    "PATH",
    "LANG",
    "XDG_CACHE_HOME",
    "UV_CACHE_DIR",
    "UV_INDEX_URL",
    "UV_DEFAULT_INDEX",
    "SSL_CERT_FILE",
)


def copy(target: Path) -> None:
    """Copy what git knows or would add: the tree as a newcomer gets it, without what was built in it."""
    listing = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(listing, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    for name in filter(None, names.split("\0")):
        if (ROOT / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, target / name)


def seconds(tree: Path) -> tuple[float, float]:
    """Run the demo; return the seconds to its summary and to its end. Raises when it fails."""
    environment = {name: os.environ[name] for name in KEPT if name in os.environ}
    environment["PYTHONUNBUFFERED"] = "1"  # a line is timed when it is printed, not when a buffer is full
    start, to_summary, lines = time.monotonic(), None, []
    with subprocess.Popen(
        ["script/demo"],
        cwd=tree,
        env=environment,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    ) as demo:
        assert demo.stdout is not None
        for line in demo.stdout:
            lines.append(line)
            if to_summary is None and line.strip().startswith(MARK):
                to_summary = time.monotonic() - start
    if demo.returncode or to_summary is None:
        tail = "".join(lines[-20:])
        message = f"script/demo ended with {demo.returncode}, summary seen: {to_summary is not None}.\n{tail}"
        raise SystemExit(message)
    return to_summary, time.monotonic() - start


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="aifactory-startup-") as name:
        tree = Path(name) / "aifactory"
        copy(tree)
        to_summary, to_end = seconds(tree)
    table(
        ["script/demo on a fresh copy", "seconds"],
        [["to the summary", f"{to_summary:.1f}"], ["to its end", f"{to_end:.1f}"]],
    )
    ratio("startup_within_60s", LIMIT_S / to_summary, 1)


if __name__ == "__main__":
    main()
