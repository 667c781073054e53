"""The inspection of a table, beside the limit (read and hash the same bytes) and beside peers, in one run.

`inspect_ydata` is our bytes a second over those of ydata-profiling in its minimal mode, which tells less: it
looks for no personal data, no groups of few and keeps no digest. `inspect_gx` is the same for Great Expectations with
the checks that our report makes. `inspect_limit` is reading and BLAKE3 of the same file over our time. `pii_rate` is MB
of table a second of our scan for personal data alone; `inspect_presidio` that rate over Presidio's, which is given its
recognisers of e-mail, IBAN and IP addresses alone. Ratios are of CPU seconds, so that a busy machine changes them
little; the clock stands beside. Peers run in environments of their own, which uv builds; one that does not install is
said so and left out.

    python -m benchmarks.inspect --megabytes 20 100 --peer-megabytes 20 --peers ydata gx presidio
"""

import argparse
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from aifactory.datasets.inspection import InspectionLimits, inspect_table
from aifactory.datasets.inspection.asking import Sample, rare
from aifactory.datasets.inspection.study import on_this_machine
from aifactory.datasets.personal_data import hinted
from benchmarks import ratio, table

#: A peer that takes longer is left out.
PEER_SECONDS = 480
UV = str(Path(__file__).parents[1] / ".tools/bin/uv")
_TIMED = """
import resource, sys, time, warnings
warnings.simplefilter("ignore")
def cpu():
    both = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(used.ru_utime + used.ru_stime for used in both)
"""
_YDATA = """
import pandas as pd
from ydata_profiling import ProfileReport
began, start = cpu(), time.perf_counter()
ProfileReport(pd.read_csv(sys.argv[1]), minimal=True, progress_bar=False).to_json()
print(cpu() - began, time.perf_counter() - start)
"""
_GX = """
import great_expectations as gx, great_expectations.expectations as e, pandas as pd
context = gx.get_context(mode="ephemeral")
began, start = cpu(), time.perf_counter()
rows = pd.read_csv(sys.argv[1])
batch = context.data_sources.add_pandas("p").add_dataframe_asset("t").add_batch_definition_whole_dataframe("b")
suite = gx.ExpectationSuite(name="s")
suite.add_expectation(e.ExpectTableRowCountToBeBetween(min_value=1))
suite.add_expectation(e.ExpectCompoundColumnsToBeUnique(column_list=list(rows.columns)))
for name in rows.columns:
    suite.add_expectation(e.ExpectColumnValuesToNotBeNull(column=name, mostly=0.8))
    suite.add_expectation(e.ExpectColumnUniqueValueCountToBeBetween(column=name, min_value=2))
    if rows[name].dtype.kind in "if":
        suite.add_expectation(e.ExpectColumnMeanToBeBetween(column=name, min_value=-1e9, max_value=1e9))
        suite.add_expectation(e.ExpectColumnStdevToBeBetween(column=name, min_value=0, max_value=1e9))
        ranges = {"quantiles": [.05, .25, .5, .75, .95], "value_ranges": [[None, None]] * 5}
        suite.add_expectation(e.ExpectColumnQuantileValuesToBeBetween(column=name, quantile_ranges=ranges))
batch.get_batch({"dataframe": rows}).validate(suite)
print(cpu() - began, time.perf_counter() - start)
"""
_PRESIDIO = """
import csv
from presidio_analyzer.predefined_recognizers import EmailRecognizer, IbanRecognizer, IpRecognizer
checks = [EmailRecognizer(), IbanRecognizer(), IpRecognizer()]
rows = list(csv.reader(open(sys.argv[1])))[1:3001]
began, start = cpu(), time.perf_counter()
for row in rows:
    for cell in row:
        for check in checks:
            check.analyze(cell, check.supported_entities, None)
size = sum(len(",".join(row)) + 1 for row in rows)
print(cpu() - began, time.perf_counter() - start, size)
"""
#: What uv installs for each peer, and the program that measures it: it prints CPU seconds, seconds, and bytes if fewer.
PEERS = {
    "ydata": (["ydata-profiling", "setuptools<81"], _YDATA),
    "gx": (["great-expectations>=1.5", "pandas<3"], _GX),
    "presidio": (["presidio-analyzer"], _PRESIDIO),
}


def write(path: Path, megabytes: float) -> int:
    """Write a table of patients as invented as can be, no two rows alike; return its size in bytes."""
    chance = random.Random(7)
    towns = ["Ede", "Oss", "Assen", "Delft", "Sneek", "Goes", "Tiel", "Venlo"]
    patients = [
        f",{chance.randint(0, 99)},{chance.choice('MF')},{chance.choice(towns)},{chance.gauss(70, 12):.2f},"
        f"{chance.randint(1000, 9999)}{chance.choice('ABCDEFGH')}{chance.choice('ABCDEFGH')},"
        f"2026-{chance.randint(1, 12):02}-{chance.randint(1, 28):02},visit of {chance.choice(towns)} noted\n"
        for _ in range(20_000)
    ]
    number = 0
    with path.open("w") as file:
        file.write("number,age,sex,town,weight,postcode,day,remark\n")
        while file.tell() < megabytes * 1e6:
            file.write("".join(f"{number + n}{patient}" for n, patient in enumerate(patients)))
            number += len(patients)
    return path.stat().st_size


def spent(work: Callable[[], object]) -> tuple[float, float]:
    """Return the CPU seconds of a piece of work, all threads together, and its seconds by the clock."""

    def cpu() -> float:
        used = resource.getrusage(resource.RUSAGE_SELF)
        return used.ru_utime + used.ru_stime

    began, start = cpu(), time.perf_counter()
    work()
    return cpu() - began, time.perf_counter() - start


def limit(path: Path) -> None:
    """Read the file and hash it: what no inspection can beat."""
    import blake3

    blake3.blake3(max_threads=2).update_mmap(path)


def personal_data(path: Path) -> tuple[float, float]:
    """Return the seconds of our scan for personal data alone, once the table is in the room."""
    with on_this_machine(path, "text/csv", InspectionLimits()) as (ask, form):
        asked = RareAlone()
        rows = ask(asked)[0]

        def scan() -> None:
            passed = ask(Sample(max(1, rows // 10_000), {0: 0}))
            for column, one in zip(form.columns, passed, strict=True):
                hinted(column.name, one)
            ask(asked)

        return spent(scan)


class RareAlone:
    """The part of the first look that searches every row for identifiers, as one question."""

    def answer(self, room):  # noqa: ANN001, ANN201 - as the protocol has it
        return room.rows, [rare(room, column) for column in room.columns]

    def merged(self, answers):  # noqa: ANN001, ANN201
        return answers[0]


def peer(name: str, path: Path) -> tuple[float, float, int] | None:
    """Return a peer's CPU seconds, seconds and bytes, measured in its own process; None where it does not run."""
    needs, script = PEERS[name]
    withs = [part for need in needs for part in ("--with", need)]
    python = ["python", "-c", _TIMED + script, str(path)]
    command = [UV, "run", "--no-project", "--isolated", "--python", "3.11", *withs, *python]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=PEER_SECONDS)
    except subprocess.TimeoutExpired:
        print(f"{name} took more than {PEER_SECONDS} s.", file=sys.stderr)
        return None
    except subprocess.CalledProcessError as problem:
        why = (problem.stderr.strip().splitlines() or ["no word"])[-1][:160]
        print(f"{name} does not run here: {why}", file=sys.stderr)
        return None
    cpu, wall, *size = done.stdout.strip().splitlines()[-1].split()
    return float(cpu), float(wall), int(size[0]) if size else path.stat().st_size


def main() -> None:
    """Measure every size, print one table and the ratios of the largest; of peers, those of their own size."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--megabytes", type=float, nargs="+", default=[20, 100])
    asked.add_argument("--peer-megabytes", type=float, default=20)
    asked.add_argument("--peers", nargs="*", choices=PEERS, default=list(PEERS))
    wish = asked.parse_args()
    rows, ours = [], {}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "t.csv")
        for megabytes in sorted({*wish.megabytes, wish.peer_megabytes}):
            size = write(path, megabytes)
            best = min(spent(lambda: limit(path)) for _ in range(3))
            cpu, wall = spent(lambda: inspect_table(path, media_type="text/csv", restricted=True))
            scan = personal_data(path)
            ours[megabytes] = (cpu / size, best[0] / cpu, size / scan[0] / 1e6, scan[0] / size)
            rows.append(
                [f"ours, {size / 1e6:.0f} MB", f"{cpu:.2f} s", f"{wall:.2f} s", f"{size / cpu / 1e6:.1f} MB/s",
                 f"{best[0] * 1e3:.0f} ms", f"{size / scan[0] / 1e6:.0f} MB/s"]
            )  # fmt: skip
        write(path, wish.peer_megabytes)
        peers = {name: told for name in wish.peers if (told := peer(name, path))}
    rows += [
        [
            f"{name}, {size / 1e6:.1f} MB",
            f"{cpu:.2f} s",
            f"{wall:.2f} s",
            f"{size / cpu / 1e6:.2f} MB/s",
            "",
            "",
        ]
        for name, (cpu, wall, size) in peers.items()
    ]
    table(["table", "CPU", "wall", "a CPU second", "read + BLAKE3", "personal data"], rows)
    largest = max(ours)
    ratio("inspect_limit", ours[largest][1], 0.01)
    ratio("pii_rate", ours[largest][2], 20)
    for name, (cpu, _wall, size) in peers.items():
        own = ours[wish.peer_megabytes][3 if name == "presidio" else 0]
        ratio(f"inspect_{name}", cpu / size / own, 10)


if __name__ == "__main__":
    main()
