"""Jobs a second from some clients of the API until Slurm has them, while jobs run, beside sbatch and slurmrestd.

One real Slurm in one run; the same number of clients and of jobs each time, every job the same batch script that
finds its claim taken or waits a moment. `submit` is ours over slurmrestd's own: ours checks who asks, plans the hour,
holds the budget, writes what happened in the log, stages the files, and only then submits, from one process beside
the cluster. How soon the portal says yes is told apart.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
from tests.services import postgres

from aifactory.adapters.engine.slurm.commands import Commands, Submission
from aifactory.adapters.engine.slurm.rest import Rest
from aifactory.demo.cluster import Cluster, cluster
from benchmarks import ratio, table
from benchmarks.portal.site import Application, served

GOAL = 0.5
PATIENCE = 300.0


def bare(made: Cluster, submit: Callable[[Submission], str], jobs: int, clients: int) -> list[float]:
    """Submit bare jobs from some clients at once; return when each was acknowledged, in seconds from the start."""
    job = Submission("bare", "", "#!/bin/sh\ntrue\n", made.root, 1, 0, 100, 2)
    start = time.perf_counter()

    def one(_number: int) -> float:
        submit(job)
        return time.perf_counter() - start

    with ThreadPoolExecutor(clients) as pool:
        return sorted(pool.map(one, range(jobs)))


def known(made: Cluster) -> int:
    """Return how many of the portal's jobs Slurm has."""
    names = Commands(made.conf).run("squeue", "--noheader", "--states=all", "--format=%j").split()
    return sum(name.startswith("job_") for name in names)


def ours(
    url: str, made: Cluster, project: dict[str, str], jobs: int, clients: int
) -> tuple[list[float], float]:
    """Submit jobs through the API; return how long each POST took, and when Slurm had the last of them."""
    headers = {"Authorization": f"Bearer {project['token']}"}
    before, start = known(made), time.perf_counter()

    def one(_number: int) -> float:
        begun = time.perf_counter()
        wish: dict[str, Any] = {
            "project": project["project"], "recipe": "patience", "parameters": {"seconds": 0.0}, "wall_seconds": 60,
            "deadline": f"{datetime.now(UTC) + timedelta(minutes=4):%Y-%m-%dT%H:%M:%SZ}",
        }  # fmt: skip
        answer = client.post(f"{url}/api/v1/jobs", json=wish, headers=headers)
        answer.raise_for_status()
        return time.perf_counter() - begun

    with httpx.Client(timeout=60, trust_env=False) as client, ThreadPoolExecutor(clients) as pool:
        took = sorted(pool.map(one, range(jobs)))
    while True:
        if known(made) >= before + jobs:
            return took, time.perf_counter() - start
        if time.perf_counter() - start > PATIENCE:
            raise RuntimeError(f"Slurm has {known(made) - before} of {jobs} jobs after {PATIENCE:.0f} s.")
        time.sleep(0.05)


@contextmanager
def factory(made: Cluster, home: str, database: str) -> Iterator[tuple[str, dict[str, str]]]:
    """Serve a factory on PostgreSQL whose engine is this cluster; give its address and its project."""
    environment = {
        "AIFACTORY_HOME": home, "AIFACTORY_SECRET_KEY": "for this run on loopback only", "AIFACTORY_ENGINE": "slurm",
        "DATABASE_URL": database,
        "AIFACTORY_SLURM_CONF": str(made.conf), "AIFACTORY_SLURM_REST": made.rest,
        "AIFACTORY_SLURM_JWT_KEY": str(made.jwt_key), "AIFACTORY_SLURM_USER": made.setting.user,
    }  # fmt: skip
    site = [sys.executable, "-m", "benchmarks.submit.site"]
    prepared = subprocess.run(
        [*site, "prepare"], env=os.environ | environment, check=True, stdout=subprocess.PIPE, text=True
    )
    app = Application("factory", Path(sys.executable), "benchmarks.submit.site:application", environment)
    worker = subprocess.Popen([*site, "worker"], env=os.environ | environment)
    try:
        with served(app, "", {}) as running:
            yield f"http://127.0.0.1:{running.port}", json.loads(prepared.stdout)
    finally:
        worker.terminate()
        worker.wait(30)


def main() -> None:
    """Print the table and the ratio."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, default=200, help="jobs in each run")
    parser.add_argument("--clients", type=int, default=4)
    parser.add_argument("--busy", type=int, default=8, help="jobs that run all the time")
    asked = parser.parse_args()
    rows, rates = [], {}
    with cluster() as made, tempfile.TemporaryDirectory(prefix="aifactory-bench-") as home:
        direct = Commands(made.conf)
        for _ in range(asked.busy):
            direct.submit(Submission("busy", "", "#!/bin/sh\nsleep 3600\n", made.root, 1, 0, 100, 120))
        doors = {
            "sbatch": direct.submit,
            "slurmrestd": Rest(made.rest, made.setting.user, made.jwt_key, direct).submit,
        }
        for name, submit in doors.items():
            at = bare(made, submit, asked.jobs, asked.clients)
            rates[name] = asked.jobs / at[-1]
            rows.append(
                [name, f"{rates[name]:.1f}", f"{at[-1] / asked.jobs * asked.clients * 1000:.0f}", "-"]
            )
        with postgres.server() as server, factory(made, home, server.create("factory")) as (url, project):
            ours(url, made, project, 1, 1)  # the account, the first pages
            took, last = ours(url, made, project, asked.jobs, asked.clients)
        rates["factory"] = asked.jobs / last
        median, slow = statistics.median(took) * 1000, took[int(len(took) * 0.95)] * 1000
        rows.append(["this factory", f"{rates['factory']:.1f}", f"{median:.0f}", f"{slow:.0f}"])
    print(f"{asked.jobs} jobs from {asked.clients} clients, while {asked.busy} others run", flush=True)
    table(["", "jobs/s until in Slurm", "accepted after ms", "95 %"], rows)
    ratio("submit", rates["factory"] / rates["slurmrestd"], GOAL)


if __name__ == "__main__":
    main()
