"""The inspection of a table, beside the limit (read and hash the same bytes) and beside peers, in one run.

Every line of the table is the same file, read by a process of its own: GB/s by the clock, CPU seconds of all threads,
peak memory. `inspect_ydata` is our GB/s over those of ydata-profiling in its minimal mode, which tells less: it looks
for no personal data, no groups of few and keeps no digest. `inspect_gx` is the same for Great Expectations with the
checks that our report makes, and is to be no less than 1. With `_cpu` they are ratios of CPU seconds: two threads do
not count, and a busy machine changes them less. `inspect_limit` is our GB/s over those of reading and BLAKE3.
`pii_rate` is MB a CPU second of reading the table and scanning it for personal data alone; `inspect_presidio` compares
that scan with Presidio, which is given the first 3,000 rows and its recognisers of e-mail, IBAN and IP addresses.

Peers run in environments of their own, which uv builds; one that does not run is said so. On two cores the default
takes two minutes; time grows as the table does, and from half a gigabyte on somewhat faster, because the table is
packed on disk. Peers are given the smallest table alone: they hold it in memory, many times over.

    script/bench inspect --gigabytes 0.1 1 10 --peers ydata gx presidio
"""

import argparse
import multiprocessing
import random
import resource
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import blake3
import duckdb  # noqa: F401 - to load it is no part of what is measured

from aifactory.datasets.inspection import InspectionLimits, inspect_table
from aifactory.datasets.inspection.asking import Sample, rare
from aifactory.datasets.inspection.reading import Room
from aifactory.datasets.inspection.study import on_this_machine
from aifactory.datasets.personal_data import hinted
from benchmarks import ratio, table

CSV = "text/csv"
#: A peer that takes longer is left out.
PEER_SECONDS = 900
UV = str(Path(__file__).parents[1] / ".tools/bin/uv")
_TIMED = """
import resource, sys, time, warnings
warnings.simplefilter("ignore")
def cpu():
    both = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(used.ru_utime + used.ru_stime for used in both)
def told(*size):
    print(cpu() - began, time.perf_counter() - start, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, *size)
"""
_YDATA = """
import pandas as pd
from ydata_profiling import ProfileReport
began, start = cpu(), time.perf_counter()
ProfileReport(pd.read_csv(sys.argv[1]), minimal=True, progress_bar=False).to_json()
told()
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
assert len(batch.get_batch({"dataframe": rows}).validate(suite).results) == len(suite.expectations)
told()
"""
_PRESIDIO = """
import csv
from presidio_analyzer.predefined_recognizers import EmailRecognizer, IbanRecognizer, IpRecognizer
checks = [EmailRecognizer(), IbanRecognizer(), IpRecognizer()]
assert checks[0].analyze("ask a@example.org", checks[0].supported_entities, None)
rows = list(csv.reader(open(sys.argv[1])))[1:3001]
began, start = cpu(), time.perf_counter()
for row in rows:
    for cell in row:
        for check in checks:
            check.analyze(cell, check.supported_entities, None)
told(sum(len(",".join(row)) + 1 for row in rows))
"""
#: What uv installs for each peer, and the program that measures it.
PEERS = {
    "ydata": (["ydata-profiling", "setuptools<81"], _YDATA),
    "gx": (["great-expectations>=1.5", "pandas<3"], _GX),
    "presidio": (["presidio-analyzer"], _PRESIDIO),
}


@dataclass(frozen=True)
class Spent:
    """What a piece of work took: CPU seconds, seconds by the clock, peak memory in bytes; how many bytes it read."""

    cpu: float
    wall: float
    memory: int
    size: int

    @property
    def rate(self) -> float:
        """GB a second by the clock."""
        return self.size / self.wall / 1e9

    def over(self, other: "Spent") -> float:
        """How many times as many bytes a second as another."""
        return self.rate / other.rate

    def over_cpu(self, other: "Spent") -> float:
        """How many times as many bytes a CPU second as another."""
        return (self.size / self.cpu) / (other.size / other.cpu)

    def row(self, name: str, ours: "Spent") -> list[str]:
        """Tell it in the table, ours over it last."""
        return [
            f"{name}, {self.size / 1e6:,.1f} MB", f"{self.rate:.4f}", f"{self.wall:.2f}", f"{self.cpu:.2f}",
            f"{self.size / self.cpu / 1e6:,.2f}", f"{self.memory / 1e6:,.0f}", f"{ours.over(self):,.3g}",
        ]  # fmt: skip


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


def alone(work: Callable[[Path], object], path: Path) -> Spent:
    """Measure a piece of work in a new process."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as process:
        return process.submit(spent, work, path).result()


def spent(work: Callable[[Path], object], path: Path) -> Spent:
    """Measure a piece of work in this process, all threads together."""
    before, start = resource.getrusage(resource.RUSAGE_SELF), time.perf_counter()
    work(path)
    wall, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_SELF)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Spent(cpu, wall, after.ru_maxrss * 1024, path.stat().st_size)


def limits(path: Path) -> InspectionLimits:
    """The memory of the factory, with disk and time enough for any size."""
    return InspectionLimits(disk=max(8_000_000_000, 3 * path.stat().st_size), seconds=3_600)


def read_and_hash(path: Path) -> None:
    """Read the file and hash it: what no inspection can beat."""
    blake3.blake3(max_threads=2).update_mmap(path)


def inspect(path: Path) -> None:
    """Inspect the table as the factory does."""
    inspect_table(path, media_type=CSV, restricted=True, limits=limits(path))


def scan(path: Path) -> None:
    """Read the table and look for personal data, and for nothing else."""
    with on_this_machine(path, CSV, limits(path)) as (ask, form):
        asked = RareAlone()
        passed = ask(Sample(max(1, ask(asked) // 10_000), {0: 0}))
        for column, one in zip(form.columns, passed, strict=True):
            hinted(column.name, one)


class RareAlone:
    """The part of the first look that searches every row for identifiers, as one question; it tells how many rows."""

    def answer(self, room: Room) -> int:
        for column in room.columns:
            rare(column, room.sources[column.alias])
        return room.rows

    def merged(self, answers: Sequence[int]) -> int:
        return answers[0]


def peer(name: str, path: Path) -> Spent | str:
    """Measure a peer in its own environment and process; say why where it does not run."""
    needs, script = PEERS[name]
    withs = [part for need in needs for part in ("--with", need)]
    python = ["python", "-c", _TIMED + script, str(path)]
    command = [UV, "run", "--no-project", "--isolated", "--python", "3.11", *withs, *python]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=PEER_SECONDS)
    except subprocess.TimeoutExpired:
        return f"{name} took more than {PEER_SECONDS} s."
    except subprocess.CalledProcessError as problem:
        why = (problem.stderr.strip().splitlines() or ["no word"])[-1][:160]
        return f"{name} does not run here: {why}"
    cpu, wall, memory, *size = done.stdout.strip().splitlines()[-1].split()
    read = int(size[0]) if size else path.stat().st_size
    return Spent(float(cpu), float(wall), int(memory) * 1024, read)


def main() -> int:
    """Measure every size, peers on the smallest; print one table and the ratios. Return 1 where a peer did not run."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--gigabytes", type=float, nargs="+", default=[0.1])
    asked.add_argument("--peers", nargs="*", choices=PEERS, default=list(PEERS))
    wish = asked.parse_args()
    rows: list[list[str]] = []
    peers: dict[str, Spent | str] = {}
    lines: list[tuple[str, float, float]] = []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "t.csv")
        for gigabytes in sorted(wish.gigabytes):
            write(path, gigabytes * 1e3)
            least = min((alone(read_and_hash, path) for _ in range(3)), key=lambda one: one.wall)
            ours, ours_scan = alone(inspect, path), alone(scan, path)
            rows += [
                least.row("read + BLAKE3", ours), ours.row("our inspection", ours),
                ours_scan.row("our scan for personal data", ours),
            ]  # fmt: skip
            if not lines:
                peers = {name: peer(name, path) for name in wish.peers}
                lines = figures(least, ours, ours_scan, peers)
                rows += [one.row(name, ours) for name, one in peers.items() if isinstance(one, Spent)]
    table(["table", "GB/s", "seconds", "CPU s", "MB a CPU s", "memory MB", "ours over it"], rows)
    refused = [why for why in peers.values() if isinstance(why, str)]
    print("\n".join(refused))
    for name, value, goal in lines:
        ratio(name, value, goal)
    return 1 if refused else 0


def figures(
    least: Spent, ours: Spent, ours_scan: Spent, peers: dict[str, Spent | str]
) -> list[tuple[str, float, float]]:
    """Return each ratio with its name and goal."""
    told = [("inspect_limit", ours.over(least), 0.01), ("pii_rate", ours_scan.size / ours_scan.cpu / 1e6, 20)]
    for name, one in peers.items():
        if isinstance(one, Spent):
            own = ours_scan if name == "presidio" else ours
            goal = 1 if name == "gx" else 10
            told += [
                (f"inspect_{name}", own.over(one), goal),
                (f"inspect_{name}_cpu", own.over_cpu(one), goal),
            ]
    return told


if __name__ == "__main__":
    raise SystemExit(main())
