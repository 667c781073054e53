"""Slurm's queue, read with squeue: why each job waits, and how it ended a moment ago."""

import secrets
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Protocol

from aifactory.adapters.engine.slurm import records
from aifactory.ports.cluster import JobRecord, ReplyIsCutOff
from aifactory.ports.engine import Phase

#: squeue's fields with the most characters of each; the name comes last
FIELDS = {
    "jobid": 20, "submittime": 20, "account": 80, "username": 80, "qos": 80, "partition": 80, "state": 30,
    "reason": 200, "timelimit": 20, "numnodes": 10, "starttime": 20, "endtime": 20, "tres-alloc": 200,
    "exit_code": 10, "name": 200,
}  # fmt: skip


#: what an engine needs besides, to know its own jobs again
_OWN = FIELDS | {"arrayjobid": 20, "comment": 200, "nodelist": 200}


class Programs(Protocol):
    """Runs Slurm's programs; see `commands.Commands`."""

    def stream(self, *command: str) -> Iterator[str]: ...


def read(commands: Programs) -> Iterator[JobRecord]:
    """Read the whole queue, and what ended in the last minutes (Slurm's MinJobAge)."""
    # People choose names, also with line ends in them; no name can hold what is drawn anew for each read.
    mark = f"x{secrets.token_hex(8)}"
    wanted = ",".join(f"{field}:{width}{mark}" for field, width in FIELDS.items())
    return parse(commands.stream("squeue", "--noheader", "--states=all", f"--Format={wanted}"), mark)


def own(commands: Programs, job_ids: list[str]) -> dict[str, JobRecord]:
    """Read some jobs of the queue, an array as a whole; those that Slurm does not know (any more) are left out."""
    mark = f"x{secrets.token_hex(8)}"
    wanted = ",".join(f"{field}:{width}{mark}" for field, width in _OWN.items())
    lines = commands.stream(
        "squeue", "--noheader", "--states=all", f"--jobs={','.join(job_ids)}", f"--Format={wanted}"
    )
    found: dict[str, list[JobRecord]] = defaultdict(list)
    for told in rows(lines, mark, tuple(_OWN)):
        one = record(told)
        took = one.ended_at - one.started_at if one.ended_at and one.started_at else None
        comment, node = (told[name].replace("(null)", "") for name in ("comment", "nodelist"))
        seconds = int(took.total_seconds()) if took else 0
        found[told["arrayjobid"]].append(replace(one, elapsed_seconds=seconds, comment=comment, node=node))
    return {job_id: whole for job_id, tasks in found.items() if (whole := records.whole(tasks, job_id))}


def parse(lines: Iterable[str], mark: str) -> Iterator[JobRecord]:
    """Read squeue's rows, each field padded and ended by `mark`. Raises `ReplyIsCutOff`."""
    return map(record, rows(lines, mark, tuple(FIELDS)))


def rows(lines: Iterable[str], mark: str, names: tuple[str, ...]) -> Iterator[dict[str, str]]:
    """Yield the fields of each row by their `names`. Raises `ReplyIsCutOff`."""
    row = ""
    for line in lines:
        row += line
        if row.count(mark) < len(names):
            continue
        fields = [field.strip() for field in row.removesuffix("\n").split(mark)[: len(names)]]
        yield dict(zip(names, fields, strict=True))
        row = ""
    if row.strip():
        raise ReplyIsCutOff(f"squeue's reply ends within a row: {row[:80]!r}")


def record(told: dict[str, str]) -> JobRecord:
    """Read one row of `FIELDS`. Raises `ReplyIsCutOff`."""
    submitted = records.moment(told["submittime"])
    if submitted is None:
        raise ReplyIsCutOff(f"squeue's reply holds a row that cannot be read: job {told['jobid'][:20]!r}")
    state, status = told["state"], told["exit_code"]
    phase = records.phase(state)
    return JobRecord(
        job_id=told["jobid"],
        submitted_at=submitted,
        name=told["name"],
        account=told["account"],
        user=told["username"],
        qos=told["qos"],
        partition=told["partition"],
        state=state,
        # While it waits this is what Slurm expects, which is no start.
        started_at=None if phase is Phase.QUEUED else records.moment(told["starttime"]),
        ended_at=None if phase in {Phase.QUEUED, Phase.RUNNING} else records.moment(told["endtime"]),
        nodes=int(told["numnodes"].partition("-")[0] or 0),
        tres=records.resources(told["tres-alloc"].replace("N/A", "")),
        reason=told["reason"],
        # The status of wait(2): the code in the upper byte, the signal in the lower.
        exit_code=int(status) >> 8 if status.isdigit() else None,
        signal=int(status) & 0x7F if status.isdigit() else 0,
        limit_minutes=_minutes(told["timelimit"]),
    )


def _minutes(text: str) -> int | None:
    """Read a time limit: [days-]hours:minutes:seconds or minutes:seconds; none where there is no limit."""
    days, dash, clock = text.rpartition("-")
    parts = clock.split(":")
    if not all(part.isdigit() for part in parts) or (dash and not days.isdigit()):
        return None
    seconds = 0
    for part in parts:
        seconds = seconds * 60 + int(part)
    return int(days or 0) * 1440 + seconds // 60
