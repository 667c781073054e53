"""The inspection of a table, beside the limit (read and hash the same bytes) and beside peers, in one run.

`inspect_ydata` is our bytes a second over those of ydata-profiling in its minimal mode, which tells less: it
looks for no personal data, no groups of few and keeps no digest. `inspect_limit` is reading and BLAKE3 of the
same file over our time. `pii_rate` is MB a second of our scan for personal data alone. Peers run in
environments of their own, which uv builds; one that does not install is said so and left out.

    python -m benchmarks.inspect --megabytes 20 100 --peer-megabytes 20 --peers ydata presidio
"""

import argparse
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from aifactory.datasets.inspection import InspectionLimits, _rare_identifiers, _room, _samples, inspect_table
from aifactory.datasets.personal_data import hints
from benchmarks import ratio, table

#: A peer that takes longer is left out.
PEER_SECONDS = 480
UV = str(Path(__file__).parents[1] / ".tools/bin/uv")
_YDATA = """
import sys, time, warnings
warnings.simplefilter("ignore")
import pandas as pd
from ydata_profiling import ProfileReport
start = time.perf_counter()
ProfileReport(pd.read_csv(sys.argv[1]), minimal=True, progress_bar=False).get_description()
print(time.perf_counter() - start)
"""
_PRESIDIO = """
import csv, sys, time
from presidio_analyzer.predefined_recognizers import EmailRecognizer, IbanRecognizer, IpRecognizer
checks = [EmailRecognizer(), IbanRecognizer(), IpRecognizer()]
rows = list(csv.reader(open(sys.argv[1])))[1:]
start = time.perf_counter()
for row in rows:
    for cell in row:
        for check in checks:
            check.analyze(cell, check.supported_entities, None)
print(time.perf_counter() - start)
"""
#: What uv installs for each peer, and the program that measures it.
PEERS = {
    "ydata": (["ydata-profiling", "setuptools<81"], _YDATA),
    "presidio": (["presidio-analyzer"], _PRESIDIO),
}


def write(path: Path, megabytes: float) -> int:
    """Write a table of patients as invented as can be; return its size in bytes."""
    chance = random.Random(7)
    towns = ["Ede", "Oss", "Assen", "Delft", "Sneek", "Goes", "Tiel", "Venlo"]
    block = "".join(
        f"{n},{chance.randint(0, 99)},{chance.choice('MF')},{chance.choice(towns)},{chance.gauss(70, 12):.2f},"
        f"{chance.randint(1000, 9999)}{chance.choice('ABCDEFGH')}{chance.choice('ABCDEFGH')},"
        f"2026-{chance.randint(1, 12):02}-{chance.randint(1, 28):02},visit of {chance.choice(towns)} noted\n"
        for n in range(20_000)
    )
    with path.open("w") as file:
        file.write("number,age,sex,town,weight,postcode,day,remark\n")
        while file.tell() < megabytes * 1e6:
            file.write(block)
    return path.stat().st_size


def seconds(work: Callable[[], object]) -> float:
    """Return how long a piece of work takes, by the clock."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def limit(path: Path) -> None:
    """Read the file and hash it: what no inspection can beat."""
    import blake3

    blake3.blake3(max_threads=2).update_mmap(path)


def personal_data(path: Path) -> float:
    """Return the seconds of our scan for personal data alone, once the table is in the room."""
    with _room(path, "text/csv", InspectionLimits()) as (room, columns, _skipped):
        (rows,) = room.execute("SELECT count(*) FROM t").fetchall()[0]

        def scan() -> None:
            samples = _samples(room, columns, rows)
            for column in columns:
                hints(column.name, samples[column.alias])
            _rare_identifiers(room, columns, rows)

        return seconds(scan)


def peer(name: str, path: Path) -> float | None:
    """Return a peer's seconds on this table, measured inside its own process, or None where it does not run."""
    needs, script = PEERS[name]
    withs = [part for need in needs for part in ("--with", need)]
    command = [
        UV,
        "run",
        "--no-project",
        "--isolated",
        "--python",
        "3.11",
        *withs,
        "python",
        "-c",
        script,
        str(path),
    ]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=PEER_SECONDS)
    except subprocess.TimeoutExpired:
        print(f"{name} took more than {PEER_SECONDS} s.", file=sys.stderr)
        return None
    except subprocess.CalledProcessError as problem:
        why = problem.stderr.strip().splitlines()[-1][:160]
        print(f"{name} does not run here: {why}", file=sys.stderr)
        return None
    return float(done.stdout.split()[-1])


def main() -> None:
    """Measure every size, print one table and the ratios of the largest."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--megabytes", type=float, nargs="+", default=[20, 100])
    asked.add_argument("--peer-megabytes", type=float, default=20)
    asked.add_argument("--peers", nargs="*", choices=PEERS, default=[])
    wish = asked.parse_args()
    rows, ours = [], {}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "t.csv")
        for megabytes in sorted({*wish.megabytes, wish.peer_megabytes}):
            size = write(path, megabytes)
            best = min(seconds(lambda: limit(path)) for _ in range(3))
            took = seconds(lambda: inspect_table(path, media_type="text/csv", restricted=True))
            scan = personal_data(path)
            ours[megabytes] = (size / took, best / took, size / scan / 1e6)
            rows.append(
                [f"{size / 1e6:.0f} MB", f"{took:.2f} s", f"{size / took / 1e9:.3f} GB/s", f"{best * 1e3:.0f} ms",
                 f"{size / scan / 1e6:.0f} MB/s"]
            )  # fmt: skip
        size = write(path, wish.peer_megabytes)
        peers = {name: peer(name, path) for name in wish.peers}
    table(["table", "inspection", "rate", "read + BLAKE3", "personal data"], rows)
    largest = max(ours)
    ratio("inspect_limit", ours[largest][1], 0.01)
    ratio("pii_rate", ours[largest][2], 20)
    for name, took in peers.items():
        if took:
            print(f"{name}: {size / 1e6:.0f} MB in {took:.1f} s, {size / took / 1e6:.2f} MB/s")
            own = ours[wish.peer_megabytes][0] if name == "ydata" else ours[wish.peer_megabytes][2] * 1e6
            ratio(f"inspect_{name}", own / (size / took), 10)


if __name__ == "__main__":
    main()
