"""Slurm's words about jobs, made into ours: states, resources and moments."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from functools import lru_cache

from aifactory.ports.cluster import JobRecord, ReplyIsCutOff
from aifactory.ports.engine import Phase

#: what sacct is asked for, in this order; the last column never is empty, so a line that was cut off shows
COLUMNS = (
    "jobidraw", "jobname", "account", "user", "qos", "partition", "state", "submit", "start", "end", "elapsedraw",
    "nnodes", "alloctres", "consumedenergyraw", "comment", "exitcode", "nodelist", "cluster",
)  # fmt: skip

_JOULES = COLUMNS.index("consumedenergyraw")

WAITING = frozenset({"PENDING", "REQUEUED", "REQUEUE_HOLD", "REQUEUE_FED", "SPECIAL_EXIT", "RESV_DEL_HOLD"})
ACTIVE = frozenset(
    {"RUNNING", "COMPLETING", "CONFIGURING", "SUSPENDED", "STOPPED", "SIGNALING", "STAGE_OUT", "RESIZING"}
)
ENDS = {
    "COMPLETED": Phase.COMPLETED,
    "FAILED": Phase.FAILED,
    "TIMEOUT": Phase.TIMEOUT,
    "DEADLINE": Phase.TIMEOUT,
    "OUT_OF_MEMORY": Phase.OUT_OF_MEMORY,
    "CANCELLED": Phase.CANCELLED,
    "PREEMPTED": Phase.CANCELLED,
    "REVOKED": Phase.CANCELLED,
}


def phase(state: str) -> Phase:
    """Return where a job stands by Slurm's word. A failed node, or a word we don't know, is an end unknown."""
    if state in WAITING:
        return Phase.QUEUED
    return Phase.RUNNING if state in ACTIVE else ENDS.get(state, Phase.LOST)


def why(reason: str) -> str:
    """Return a sentence that keeps Slurm's word for why a job waits: who explains it needs the word."""
    return "Slurm has not looked at it yet." if reason in {"", "None"} else f"It waits ({reason})."


def whole(found: list[JobRecord], job_id: str = "") -> JobRecord | None:
    """Join the records of an array's tasks into one: it runs while any of them does, and took what all took.

    One record alone stays as it is.
    """
    if len(found) < 2:
        return found[0] if found else None
    states = [record.state for record in found]
    worst = next((state for state in states if state != "COMPLETED"), "COMPLETED")
    if not all(record.ended_at for record in found):
        worst = "PENDING" if all(state in WAITING for state in states) else "RUNNING"
    joules = [record.energy_joules for record in found if record.energy_joules is not None]
    return replace(
        found[0],
        job_id=job_id or found[0].job_id,
        state=worst,
        started_at=min((r.started_at for r in found if r.started_at), default=None),
        ended_at=max(r.ended_at for r in found if r.ended_at) if all(r.ended_at for r in found) else None,
        elapsed_seconds=sum(record.elapsed_seconds for record in found),
        tres=max((record.tres for record in found), key=lambda tres: tres.get("cpu", 0)),
        energy_joules=sum(joules) if joules else None,
        node=",".join(dict.fromkeys(record.node for record in found if record.node)),
    )


def resources(text: str) -> dict[str, int]:
    """Read `cpu=4,mem=2G,gres/gpu=1`; memory in bytes, what is no number left out."""
    found = {}
    for part in filter(None, text.split(",")):
        name, _, value = part.partition("=")
        if name == "mem":
            found[name] = _bytes(value)
        elif value.isdigit():
            found[name] = int(value)
    return found


#: a cluster has few sizes of jobs, and a read has many jobs of each
_resources = lru_cache(maxsize=4096)(resources)


def parse(lines: Iterable[str], mark: str) -> Iterator[JobRecord]:
    """Read sacct's rows of `COLUMNS`, separated by `mark`: one record a job, with the energy of its steps.

    A job that is a batch script alone has its joules on a step's row, each step counting the whole node. A name may
    hold line ends: then a row goes on in the next line. Raises `ReplyIsCutOff` for a row that is not whole.
    """
    job: list[str] = []
    joules: int | None = None
    row = ""
    for line in lines:
        row = row + line if row else line
        fields = row.split(mark)
        if len(fields) < len(COLUMNS):
            continue
        _check(fields, row)
        row, used = "", _joules(fields[_JOULES])
        if "." not in fields[0]:
            if job:
                yield _record(job, joules)
            job, joules = fields, used
        elif used and job and fields[0].partition(".")[0] == job[0]:
            joules = max(used, joules or 0)
    if row:
        raise ReplyIsCutOff(f"sacct's reply ends within a row: {row[:80]!r}")
    if job:
        yield _record(job, joules)


def _check(fields: list[str], row: str) -> None:
    last = fields[-1]
    if len(fields) != len(COLUMNS) or len(last) < 2 or not last.endswith("\n"):
        raise ReplyIsCutOff(f"sacct's reply holds a row that cannot be read: {row[:80]!r}")


def _record(fields: list[str], joules: int | None) -> JobRecord:
    (job_id, name, account, user, qos, partition, state, submit, start, end, elapsed, nodes, tres, _step_joules,
     comment, ended_with, node, _cluster) = fields  # fmt: skip
    submitted = moment(submit)
    if submitted is None or not elapsed.isdigit():
        raise ReplyIsCutOff(f"sacct's reply holds a row that cannot be read: {' '.join(fields)[:80]!r}")
    state = state.split(" ")[0].rstrip("+")
    code, _, signal = ended_with.partition(":")
    return JobRecord(
        job_id=job_id,
        submitted_at=submitted,
        name=name,
        account=account,
        user=user,
        qos=qos,
        partition=partition,
        state=state,
        started_at=moment(start),
        ended_at=None if state in WAITING or state in ACTIVE else moment(end),
        elapsed_seconds=int(elapsed),
        nodes=int(nodes) if nodes.isdigit() else 0,
        tres=dict(_resources(tres)),
        energy_joules=joules,
        comment=comment,
        exit_code=_number(code),
        signal=_number(signal) or 0,
        node=node.replace("None assigned", ""),
    )


def _number(text: str) -> int | None:
    return int(text) if text.isdigit() else None


def _joules(text: str) -> int | None:
    """Read joules; zero is what Slurm writes where it has no meter."""
    return (int(text) or None) if text.isdigit() else None


def moment(text: str) -> datetime | None:
    """Read seconds since 1970; what Slurm does not know, or sets to zero, is None."""
    seconds = int(text) if text.isdigit() else 0
    return datetime.fromtimestamp(seconds, UTC) if seconds else None


def _bytes(text: str) -> int:
    """Read Slurm's amounts of memory: a number of MB, or one with its unit, 1024-based."""
    units = {"K": 2**10, "M": 2**20, "G": 2**30, "T": 2**40}
    if text and text[-1] in units:
        return int(float(text[:-1]) * units[text[-1]])
    return int(float(text or 0) * 2**20)
