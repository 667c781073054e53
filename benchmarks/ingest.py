"""Job records a second into the ledger on PostgreSQL, from the text that sacct prints to sums and bills.

Beside it, in the same run and on the same server with stock settings: raw COPY of the very same rows into a table
with the same columns, indexes and constraints (the limit of writing them at all), and into one without any; and
what ColdFront and Waldur's site agent keep of the same text: one number for each account, overwritten. Ours keeps
every run, its slices by month and award, corrections, sums and the bill. All jobs are people's own, so all are
billed; each has a batch step. Also: reading the same books again, which every turn does, and the memory grown.
"""

import argparse
import io
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.services import postgres

from benchmarks import ratio, table

SIZES = (10_000, 100_000, 1_000_000)
GOAL_OF_COPY, GOAL_OF_PEERS = 0.25, 0.25
#: what the memory of a read may grow by, whatever its length
MOST_MB = 64
PROJECTS, JOBS_AN_HOUR = 50, 400
BEGIN = datetime(2026, 3, 1, tzinfo=UTC)


def text(count: int, mark: str) -> Iterator[str]:
    """Yield rows as sacct prints them: for each job its own, and that of its batch step."""
    begin = int(BEGIN.timestamp())
    for n in range(count):
        submitted = begin + n * 3600 // JOBS_AN_HOUR
        start, elapsed = submitted + n % 600, 60 + n * 37 % 7200
        gpus, cores = n % 5, 4 + n % 8
        tres = f"billing={cores},cpu={cores},gres/gpu={gpus},mem={cores * 4}G,node=1"
        ours = ("train", "COMPLETED", submitted, start, start + elapsed, elapsed, 1, tres)
        name, state, *facts = ours
        account = f"prj_{n % PROJECTS:026}"
        row = [
            n + 1,
            name,
            account,
            f"usr{n % 97}",
            account,
            "main",
            state,
            *facts,
            n * 1000,
            "",
            "0:0",
            "n1",
            "slurm",
        ]
        yield mark.join(map(str, row)) + "\n"
        row[0], row[1], row[3] = f"{n + 1}.batch", "batch", ""
        yield mark.join(map(str, row)) + "\n"


def furnish(count: int) -> dict[str, str]:
    """Make the projects with their award lines; return the project of each account that is ours."""
    from aifactory.awards.models import AwardLine, Project
    from aifactory.people.models import Organisation, User

    end = BEGIN + timedelta(hours=count / JOBS_AN_HOUR + 24)
    home, leader = Organisation(name="Home", country="NL"), User(email="a@example.org", name="A")
    home.save()
    leader.save()
    accounts = {}
    for n in range(PROJECTS):
        project = Project(title=f"P{n}", organisation=home, leader=leader, ends_at=end)
        project.save()
        accounts[f"prj_{n:026}"] = project.pk
        for kind in ("gpu", "core"):
            AwardLine(project=project, resource=kind, amount=10**13, starts_at=BEGIN, ends_at=end).save()
    return accounts


def ours(count: int, accounts: dict[str, str]) -> tuple[float, int]:
    """Read the books into the ledger; return the seconds and how many entries that made."""
    from aifactory.adapters.engine.slurm import records
    from aifactory.supercomputer import ledger

    start = time.perf_counter()
    made = ledger.take(
        "slurm", records.parse(text(count, MARK), MARK), until=BEGIN + timedelta(days=400), accounts=accounts
    )
    return time.perf_counter() - start, made


MARK = "\x1f"


def copied(*, bare: bool) -> float:
    """Copy the ledger's own rows, as text that is ready, into a table like it; return the seconds."""
    from django.db import connection

    with connection.cursor() as cursor:
        out = io.BytesIO()
        with cursor.copy("COPY supercomputer_ledgerentry TO STDOUT") as copy:
            for piece in copy:
                out.write(piece)
        like = "" if bare else " INCLUDING ALL"
        cursor.execute(f"CREATE TABLE raw (LIKE supercomputer_ledgerentry{like})")
        if not bare:
            for column, other in (("project_id", "awards_project"), ("attempt_id", "supercomputer_attempt")):
                key = f"FOREIGN KEY ({column}) REFERENCES {other} DEFERRABLE INITIALLY DEFERRED"
                cursor.execute(f"ALTER TABLE raw ADD {key}")
        out.seek(0)
        start = time.perf_counter()
        with cursor.copy("COPY raw FROM STDIN") as copy:
            while piece := out.read(1 << 16):
                copy.write(piece)
        took = time.perf_counter() - start
        cursor.execute("DROP TABLE raw")
    return took


def one_number(count: int) -> float:
    """Keep one number an account, as the peers do: read the text, add up, overwrite; return the seconds.

    Waldur's agent multiplies what was asked for by the time that went by; ColdFront stores the total it fetched.
    """
    from django.db import connection

    start = time.perf_counter()
    sums: dict[str, int] = defaultdict(int)
    for line in text(count, "|"):
        fields = line.split("|")
        if "." in fields[0]:
            continue
        asked = dict(part.split("=") for part in fields[12].split(","))
        sums[fields[2]] += int(fields[10]) * int(asked["gres/gpu"])
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE IF NOT EXISTS one_number (account text PRIMARY KEY, used bigint)")
        put = (
            "INSERT INTO one_number VALUES (%s, %s) ON CONFLICT (account) DO UPDATE SET used = EXCLUDED.used"
        )
        cursor.executemany(put, list(sums.items()))
    return time.perf_counter() - start


def made_up(count: int) -> float:
    """Return the seconds that it takes to make up the text, which is no part of reading it."""
    start = time.perf_counter()
    for _line in text(count, MARK):
        pass
    return time.perf_counter() - start


def measure(count: int) -> dict[str, Any]:
    """Measure one size in a fresh database; rates in records a second."""
    import django

    os.environ["DJANGO_SETTINGS_MODULE"] = "aifactory.config.settings"
    django.setup()
    from django.core.management import call_command

    from aifactory.supercomputer import totals

    call_command("migrate", verbosity=0)
    accounts = furnish(count)
    ours(0, accounts)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    text_s = made_up(count)
    first, made = ours(count, accounts)
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    again, none = ours(count, accounts)
    if (made, none, list(totals.check())) != (count, 0, []):
        raise RuntimeError(f"{count} records made {made} entries, and {none} when they were read again.")
    peers = one_number(count) - text_s
    return {
        "ours": count / (first - text_s),
        "again": count / (again - text_s),
        "copy": count / copied(bare=False),
        "bare": count / copied(bare=True),
        "one number": count / peers,
        "MB grown": grown,
    }


def in_a_process(server: postgres.Server, count: int) -> dict[str, Any]:
    """Measure in a database and a process of their own."""
    with tempfile.TemporaryDirectory(prefix="aifactory-bench-") as home:
        environment = {**os.environ, "AIFACTORY_HOME": home, "AIFACTORY_SECRET_KEY": "for this run alone",
                       "DATABASE_URL": server.create(f"ingest{count}")}  # fmt: skip
        command = [sys.executable, "-m", "benchmarks.ingest", "--one", str(count)]
        done = subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE, text=True)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--max", type=int, default=SIZES[1], help="the largest read, in jobs")
    parser.add_argument("--one", type=int, help="measure this size alone, in this process")
    given = parser.parse_args()
    if given.one:
        print(json.dumps(measure(given.one)))
        return
    sizes = [size for size in SIZES if size <= max(given.max, SIZES[0])]
    with postgres.server() as server:
        found = {size: in_a_process(server, size) for size in sizes}
    columns = ("ours", "again", "copy", "bare", "one number", "MB grown")
    rows = [[f"{size:,}", *(f"{one[column]:,.0f}" for column in columns)] for size, one in found.items()]
    head = ["jobs", "ours/s", "read again/s", "COPY/s", "bare COPY/s", "one number/s", "MB grown"]
    table(head, rows)
    last = found[sizes[-1]]
    ratio("ingest_of_copy", last["ours"] / last["copy"], GOAL_OF_COPY)
    ratio("ingest_of_one_number_an_account", last["ours"] / last["one number"], GOAL_OF_PEERS)
    ratio("ingest_memory_is_flat", MOST_MB / max(last["MB grown"], 1), 1)


if __name__ == "__main__":
    main()
