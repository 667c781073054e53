"""Queries and milliseconds of an award's usage, with 1 job in a hundred and with all: it must not grow with them.

PostgreSQL with stock settings; the project's page, the award's page and the two routes, asked for in process,
signed in, warm, median of some rounds. Beside it: the same sums made by adding up the ledger's slices, which is
what such a page costs without kept sums; and the queries that ColdFront 1.1.10 was measured to make for one
allocation (32 for its leader). The jobs are written by the ledger itself, from records, and the kept sums checked.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.services import postgres

from benchmarks import ratio, table

COLDFRONT, MOST, GROWTH_GOAL = 32, 6, 1.5
ROUNDS = 15
BEGIN = datetime(2026, 3, 1, tzinfo=UTC)


def jobs(count: int) -> Iterator[Any]:
    """Yield the records of a project's jobs in half a year; every hundredth is corrected by a second one."""
    from aifactory.ports.cluster import JobRecord

    for n in range(count):
        start = BEGIN + timedelta(seconds=n * 15_000_000 // count)
        for seconds in (600 + n % 900, 300) if n % 100 == 0 else (600 + n % 900,):
            yield JobRecord(
                job_id=str(n), submitted_at=start, name=f"train-{n % 20}", account="p", user="u", qos="p",
                partition="main", state="COMPLETED", started_at=start, ended_at=start + timedelta(seconds=seconds),
                elapsed_seconds=seconds, nodes=1, tres={"cpu": 8, "gres/gpu": 1, "node": 1},
            )  # fmt: skip


def fill(count: int) -> tuple[str, list[tuple[str, str]]]:
    """Write the jobs into the ledger; return the leader's id and the addresses."""
    from aifactory.awards.models import AwardLine, Project, ProjectMember
    from aifactory.people.models import Membership, Organisation, User
    from aifactory.supercomputer import ledger, totals

    end = BEGIN + timedelta(days=365)
    home, leader = Organisation(name="Home", country="NL"), User(email="a@example.org", name="A")
    home.save()
    leader.save()
    Membership(user=leader, organisation=home, since=BEGIN).save()
    project = Project(title="P", organisation=home, leader=leader, ends_at=end)
    project.save()
    ProjectMember(project=project, user=leader).save()
    line = AwardLine(project=project, resource="gpu", amount=10**13, starts_at=BEGIN, ends_at=end)
    line.save()
    ledger.take("slurm", jobs(count), until=end, accounts={"p": project.pk})
    if wrong := list(totals.check()):
        raise RuntimeError(" ".join(wrong))
    return leader.pk, [
        ("project's page", f"/projects/{project.pk}/usage/"),
        ("award's page", f"/allocations/{line.pk}/usage/"),
        ("project's route", f"/api/v1/projects/{project.pk}/usage"),
        ("award's route", f"/api/v1/allocations/{line.pk}/usage"),
        ("list of postings", f"/api/v1/projects/{project.pk}/usage/postings"),
    ]


def added_up() -> None:
    """Make the page's sums without any that are kept."""
    from django.db.models import Count, Sum

    from aifactory.supercomputer.models import UsageSlice

    rows = UsageSlice.objects.values("month", "gpu_line").annotate(
        Count("entry"), Sum("gpu_seconds"), Sum("core_seconds")
    )
    list(rows)


def timed(act: Any, rounds: int = ROUNDS) -> float:
    """Return the median milliseconds of some rounds."""
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        act()
        times.append(1000 * (time.perf_counter() - start))
    return statistics.median(times)


def measure(count: int) -> list[tuple[str, int, float]]:
    """Return what was asked for, its queries and median milliseconds."""
    import django

    os.environ["DJANGO_SETTINGS_MODULE"] = "aifactory.config.settings"
    django.setup()
    from django.core.management import call_command
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    from aifactory.people.models import User

    call_command("migrate", verbosity=0)
    leader, addresses = fill(count)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    client, found = Client(SERVER_NAME="localhost"), []
    client.force_login(User.objects.get(pk=leader))
    for name, to in addresses:
        assert client.get(to).status_code == 200, to
        with CaptureQueriesContext(connection) as asked:
            client.get(to)
        found.append((name, len(asked), timed(lambda to=to: client.get(to))))
    found.append(("(slices added up)", 1, timed(added_up, 3)))
    return found


def in_a_process(server: postgres.Server, count: int) -> list[tuple[str, int, float]]:
    """Measure with so many jobs, in a database and a process of their own."""
    with tempfile.TemporaryDirectory(prefix="aifactory-bench-") as home:
        environment = {**os.environ, "AIFACTORY_HOME": home, "AIFACTORY_SECRET_KEY": "for this run alone",
                       "DATABASE_URL": server.create(f"usage{count}")}  # fmt: skip
        command = [sys.executable, "-m", "benchmarks.usage_page", "--one", str(count)]
        done = subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE, text=True)
    return [tuple(row) for row in json.loads(done.stdout.splitlines()[-1])]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, default=100_000, help="jobs of the award")
    parser.add_argument("--one", type=int, help="measure with so many jobs alone, in this process")
    given = parser.parse_args()
    if given.one:
        print(json.dumps(measure(given.one)))
        return
    with postgres.server() as server:
        small, whole = (in_a_process(server, size) for size in (given.jobs // 100, given.jobs))
    rows = [
        [name, queries, f"{few:.1f}", f"{many:.1f}", f"{many / few:.2f}"]
        for (name, queries, many), (_name, _queries, few) in zip(whole, small, strict=True)
    ]
    table(["what", "queries", f"ms at {given.jobs // 100:,}", f"ms at {given.jobs:,}", "growth"], rows)
    pages = whole[:-1]  # the last is what they would cost without kept sums
    most = max(queries for _name, queries, _ms in pages)
    growth = max(many / few for (_n, _q, many), (_m, _p, few) in zip(pages, small[:-1], strict=True))
    ratio("usage_page_queries_within_six", MOST / most, 1)
    ratio("usage_page_queries_below_coldfronts_32", COLDFRONT / most, COLDFRONT / MOST)
    ratio("usage_page_growth_a_hundred_times", GROWTH_GOAL / growth, 1)


if __name__ == "__main__":
    main()
