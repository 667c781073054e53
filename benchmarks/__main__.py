"""Runs the figures named, or all that fit in 30 minutes, and repeats nothing: the ratio lines come last."""

import subprocess
import sys
from itertools import takewhile
from pathlib import Path

FIT_IN_30_MINUTES = (
    "assign",
    "gate",
    "negotiate",
    "select",
    "startup",
    "ledger",
    "ingest",
    "usage_page",
    "portal",
)


def run(name: str, options: list[str]) -> tuple[int, list[str]]:
    """Run one figure, passing its output on, and return its exit status and its ratio lines."""
    command = [sys.executable, "-m", f"benchmarks.{name}", *options]
    ratios = []
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as figure:
        assert figure.stdout is not None
        for line in figure.stdout:
            if line.startswith("ratio "):
                ratios.append(line)
            else:
                print(line, end="", flush=True)
    return figure.returncode, ratios


def main(arguments: list[str]) -> int:
    """Return 0 when every figure could be measured; a goal that is missed is a figure too.

    Options after a figure's name are its own: `harvest --datasets 1000 10000`.
    """
    names = list(takewhile(lambda argument: not argument.startswith("-"), arguments))
    options = arguments[len(names) :]
    if options and len(names) != 1:
        print("Options are for one figure: name it first.", file=sys.stderr)
        return 2
    here = Path(__file__).parent
    known = {path.stem for path in here.glob("*.py")} | {
        path.parent.name for path in here.glob("*/__main__.py")
    }
    unknown = sorted(set(names) - known)
    if unknown:
        print(f"There is no benchmark named {', '.join(unknown)}.", file=sys.stderr)
        return 2
    worst, ratios = 0, []
    for name in names or FIT_IN_30_MINUTES:
        print(f"\n== {name}", flush=True)
        status, lines = run(name, options)
        worst = max(worst, abs(status))
        ratios += lines
    print("".join(["\n", *ratios]), end="")
    return worst


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
