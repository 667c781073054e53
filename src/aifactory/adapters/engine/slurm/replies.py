"""What slurmrestd is told of a job and says of it, in the words of each version of its interface.

v0.0.38 was run here, with Slurm 22.05. Those after it are written from their published descriptions (openapi.json of
data_parser v0.0.39 to v0.0.43, Slurm 23.02 to 25.05): a number may come as {"set", "infinite", "number"}, a state as
a list of which the first is the base, an exit code as its parts; the environment became a list.
"""

from typing import Any

from aifactory.adapters.engine.slurm import records
from aifactory.adapters.engine.slurm.commands import Submission
from aifactory.ports.cluster import ClusterIsSilent, JobRecord

#: those for which a submission is known; a reply is read whatever its version
VERSIONS = ("v0.0.38", "v0.0.39", "v0.0.40", "v0.0.41", "v0.0.42", "v0.0.43")
#: states that stand beside the base state and say more than it
_FLAGS = ("REQUEUE_HOLD", "SPECIAL_EXIT", "REQUEUED", "REQUEUE_FED", "CONFIGURING", "COMPLETING", "STAGE_OUT")


def submission(job: Submission, version: str) -> dict[str, Any]:
    """Return the body of a submission. Raises `ValueError` for a version that is not known."""
    if version not in VERSIONS:
        raise ValueError(f"Submitting by {version} is not known here; known are {', '.join(VERSIONS)}.")
    number = VERSIONS.index(version) + 38
    wish: dict[str, Any] = {
        "name": job.name, "comment": job.comment, "requeue": False, "tasks": job.nodes, "cpus_per_task": job.cores,
        "current_working_directory": str(job.folder), "standard_output": f"{job.folder}/slurm.out",
    }  # fmt: skip
    wish |= {"array": f"0-{job.tasks - 1}"} if job.tasks > 1 else {}
    wish |= {"account": job.account, "qos": job.account} if job.account else {}
    wish |= {"partition": job.partition} if job.partition else {}
    if number == 38:
        wish |= {"nodes": job.nodes, "memory_per_node": job.memory_mb, "time_limit": job.minutes}
        wish |= {"gres": f"gpu:{job.gpus}"} if job.gpus else {}
        return {"job": wish | {"environment": {"PATH": "/usr/bin:/bin"}}, "script": job.script}
    wish |= {"memory_per_node": _counted(job.memory_mb), "time_limit": _counted(job.minutes)}
    wish |= {"environment": ["PATH=/usr/bin:/bin"], "nodes": str(job.nodes)}
    wish |= {"tres_per_node": f"gres/gpu:{job.gpus}"} if job.gpus else {}
    if number < 41:
        return {"job": wish, "script": job.script}
    return {"job": wish | {"script": job.script}}


def _counted(number: int) -> dict[str, Any]:
    return {"set": True, "infinite": False, "number": number}


def record(job: dict[str, Any]) -> JobRecord:
    """Read one job of a reply of any version. Raises `ClusterIsSilent` where it cannot be read."""
    state = _state(job["job_state"])
    started, ended = (records.moment(str(_number(job.get(name)))) for name in ("start_time", "end_time"))
    has_ended = state not in records.WAITING | records.ACTIVE
    submitted = records.moment(str(_number(job.get("submit_time"))))
    if submitted is None:
        raise ClusterIsSilent(f"slurmrestd gave job {job['job_id']} without the moment of its submission.")
    code, signal = _exit(job.get("exit_code"))
    return JobRecord(
        job_id=str(job["job_id"]),
        submitted_at=submitted,
        name=job.get("name") or "",
        account=job.get("account") or "",
        user=job.get("user_name") or "",
        qos=job.get("qos") or "",
        partition=job.get("partition") or "",
        state=state,
        started_at=None if state in records.WAITING else started,
        ended_at=ended if has_ended else None,
        elapsed_seconds=int((ended - started).total_seconds()) if has_ended and started and ended else 0,
        nodes=_number(job.get("node_count")),
        tres=records.resources(job.get("tres_alloc_str") or ""),
        comment=job.get("comment") or "",
        reason=job.get("state_reason") or "",
        exit_code=code,
        signal=signal,
        limit_minutes=_number(job.get("time_limit")) or None,
        node=job.get("nodes") or "",
    )


def array_of(job: dict[str, Any]) -> str:
    """Return the id of the array that a job is a task of; its own where it is alone."""
    return str(_number(job.get("array_job_id")) or job["job_id"])


def _state(told: str | list[str]) -> str:
    if isinstance(told, str):
        return told
    return next((flag for flag in _FLAGS if flag in told), told[0] if told else "")


def _number(told: Any) -> int:
    """Return a number, zero where it is not set or has no end."""
    if isinstance(told, dict):
        return int(told.get("number") or 0) if told.get("set", True) and not told.get("infinite") else 0
    return int(told or 0)


def _exit(told: Any) -> tuple[int, int]:
    """Return the code and the signal: parts of one, or the status of wait(2)."""
    if isinstance(told, dict) and "return_code" in told:
        signal = told.get("signal") or {}
        return _number(told["return_code"]), _number(signal.get("id", signal.get("signal_id")))
    return _number(told) >> 8, _number(told) & 0x7F
