"""Slurm's words about jobs, made into ours: states, resources, moments, and why a job waits."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime

from aifactory.ports.cluster import JobRecord, ReplyIsCutOff
from aifactory.ports.engine import Phase

#: what sacct is asked for, in this order; the last column never is empty, so a line that was cut off shows
COLUMNS = (
    "jobidraw", "jobname", "account", "user", "qos", "partition", "state", "submit", "start", "end", "elapsedraw",
    "nnodes", "alloctres", "consumedenergyraw", "comment", "exitcode", "nodelist", "cluster",
)  # fmt: skip

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

#: why a job waits, in words, by the beginning of Slurm's own
REASONS = {
    "None": "Slurm has not looked at it yet.",
    "Priority": "Jobs with a higher priority go first.",
    "Resources": "It waits for free nodes.",
    "BeginTime": "Its start time has not come.",
    "Dependency": "It waits for another job.",
    "JobHeld": "It was put on hold.",
    "QOSGrpGRESMinutes": "The project's GPU hours would not last for its whole time limit.",
    "QOSGrpCPUMinutes": "The project's core hours would not last for its whole time limit.",
    "AssocGrpGRESMinutes": "The account's GPU hours would not last for its whole time limit.",
    "AssocGrpCPUMinutes": "The account's core hours would not last for its whole time limit.",
    "QOSGrpJobsLimit": "The project may start no more jobs: it is suspended, or its award has ended.",
    "QOSMax": "It asks for more than one job of this project may have.",
    "ReqNodeNotAvail": "A node that it needs is down or reserved.",
    "PartitionDown": "The partition takes no jobs now.",
    "BadConstraints": "No node is like what it asks for.",
    "Licenses": "It waits for a licence.",
}


def phase(state: str) -> Phase:
    """Return where a job stands by Slurm's word. A failed node, or a word we don't know, is an end unknown."""
    if state in WAITING:
        return Phase.QUEUED
    return Phase.RUNNING if state in ACTIVE else ENDS.get(state, Phase.LOST)


def why(reason: str) -> str:
    """Return a sentence for Slurm's reason to let a job wait, which it keeps to be looked up."""
    for word, sentence in REASONS.items():
        if reason.startswith(word):
            return sentence if word == "None" else f"{sentence} ({reason})"
    return f"It waits ({reason})."


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


def parse(lines: Iterable[str]) -> Iterator[JobRecord]:
    """Read sacct's rows of `COLUMNS`, separated by `|`: one record a job, with the energy of its steps.

    A job that is a batch script alone has its joules on a step's row, each step counting the whole node.
    Raises `ReplyIsCutOff` for a row that is not whole.
    """
    last: JobRecord | None = None
    for line in lines:
        fields = line.rstrip("\n").split("|")
        if len(fields) < len(COLUMNS) or not fields[-1] or not line.endswith("\n"):
            raise ReplyIsCutOff(f"sacct's reply ends within a row: {line[:80]!r}")
        whole = fields if len(fields) == len(COLUMNS) else _joined(fields)
        if "." not in whole[0]:
            if last:
                yield last
            last = _record(whole)
        elif last and whole[0].partition(".")[0] == last.job_id:
            joules = _joules(whole[COLUMNS.index("consumedenergyraw")])
            last = replace(last, energy_joules=max(filter(None, (last.energy_joules, joules)), default=None))
    if last:
        yield last


def _joined(fields: list[str]) -> list[str]:
    """Put a name with separators in it together again: only people's own jobs have such names."""
    extra = len(fields) - len(COLUMNS)
    for in_name in range(extra, -1, -1):
        name = "|".join(fields[1 : 2 + in_name])
        rest = fields[2 + in_name :]
        comment = "|".join(rest[12 : 13 + extra - in_name])
        row = [fields[0], name, *rest[:12], comment, *rest[13 + extra - in_name :]]
        if row[10].isdigit() and row[11].isdigit():
            return row
    raise ReplyIsCutOff(f"sacct's reply holds a row that cannot be read: {'|'.join(fields)[:80]!r}")


def _record(fields: list[str]) -> JobRecord:
    told = dict(zip(COLUMNS, fields, strict=True))
    submitted = moment(told["submit"])
    if submitted is None or not told["elapsedraw"].isdigit():
        raise ReplyIsCutOff(f"sacct's reply holds a row that cannot be read: {'|'.join(fields)[:80]!r}")
    started, ended = moment(told["start"]), moment(told["end"])
    elapsed = int(told["elapsedraw"])
    state = told["state"].split(" ")[0].rstrip("+")
    return JobRecord(
        job_id=told["jobidraw"],
        submitted_at=submitted,
        name=told["jobname"],
        account=told["account"],
        user=told["user"],
        qos=told["qos"],
        partition=told["partition"],
        state=state,
        started_at=started,
        ended_at=ended if phase(state) not in {Phase.QUEUED, Phase.RUNNING} else None,
        elapsed_seconds=elapsed,
        nodes=int(told["nnodes"]) if told["nnodes"].isdigit() else 0,
        tres=resources(told["alloctres"]),
        energy_joules=_joules(told["consumedenergyraw"]),
        comment=told["comment"],
        exit_code=int(told["exitcode"].partition(":")[0]) if told["exitcode"] else None,
        node=told["nodelist"].replace("None assigned", ""),
    )


def _joules(text: str) -> int | None:
    """Read joules; zero is what Slurm writes where it has no meter."""
    return int(text) if text.isdigit() and int(text) else None


def moment(text: str) -> datetime | None:
    """Read seconds since 1970; what Slurm does not know, or sets to zero, is None."""
    return datetime.fromtimestamp(int(text), UTC) if text.isdigit() and int(text) else None


def _bytes(text: str) -> int:
    """Read Slurm's amounts of memory: a number of MB, or one with its unit, 1024-based."""
    units = {"K": 2**10, "M": 2**20, "G": 2**30, "T": 2**40}
    if text and text[-1] in units:
        return int(float(text[:-1]) * units[text[-1]])
    return int(float(text or 0) * 2**20)
