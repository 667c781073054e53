"""A Slurm for a run of tests: started once a process, when the first test asks for it."""

import time
from collections.abc import Iterator

import pytest

from aifactory.adapters.engine.slurm.commands import Commands
from aifactory.adapters.engine.slurm.rest import Rest
from aifactory.demo.cluster import Cluster, NotInstalled, cluster


@pytest.fixture(scope="session")
def slurm() -> Iterator[Cluster]:
    """Give a real cluster: nodes n1 and n2 in `main`, n3 with two processors and one GPU in `small`."""
    try:
        with cluster() as made:
            yield made
    except NotInstalled as missing:
        pytest.skip(str(missing))


def commands(made: Cluster, patience: float = 20.0) -> Commands:
    """Return the cluster's own programs."""
    return Commands(made.conf, patience=patience)


def rest(made: Cluster, patience: float = 20.0) -> Rest:
    """Return the same cluster by slurmrestd."""
    return Rest(made.rest, made.setting.user, made.jwt_key, commands(made), patience=patience)


def clear(made: Cluster, seconds: float = 20.0) -> None:
    """Free every node of what earlier tests left: their jobs, or what a killed controller forgot on a node."""
    made.daemons.run("scancel", "--user", made.setting.user)
    until = time.monotonic() + seconds
    while busy := [name for name, state in _states(made).items() if state != "idle"]:
        if time.monotonic() > until:
            break
        time.sleep(0.2)
    for name in busy:
        made.daemons.run("scontrol", "update", f"NodeName={name}", "State=DOWN", "Reason=left")
        made.daemons.run("scontrol", "update", f"NodeName={name}", "State=RESUME")


def _states(made: Cluster) -> dict[str, str]:
    said = made.daemons.run("sinfo", "-hN", "-o", "%N %T").stdout.split("\n")
    return dict(line.split() for line in said if line)
