"""Slurm by its own commands, run as lists of arguments and never through a shell: the same in every version."""

import os
import re
import secrets
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from aifactory.adapters.engine.slurm import queue, records
from aifactory.ports.cluster import ClusterIsSilent, JobRecord, ReplyIsCutOff

PATIENCE = 20.0
#: what a command says when it could not ask, as against being told no
_SILENCE = re.compile(
    r"unable to contact|connection refused|timed out|connection failure|communication|"
    r"problem talking to the database|slurmdbd.*(down|connect)|socket|zero bytes|not responding|try again",
    re.IGNORECASE,
)
_ENVIRONMENT = ("PATH", "SLURM_CONF", "SLURM_JWT", "LD_LIBRARY_PATH")


class SlurmRefused(RuntimeError):
    """Slurm said no, in its own words."""


@dataclass(frozen=True)
class Submission:
    """One job to submit: so many cores, GPUs, MB of memory and minutes, on each node and in each task of an array."""

    name: str
    comment: str
    script: str
    folder: Path
    cores: int
    gpus: int
    memory_mb: int
    minutes: int
    account: str = ""
    partition: str = ""
    nodes: int = 1
    tasks: int = 1


@dataclass(frozen=True)
class Commands:
    """Runs Slurm's programs. `conf` names the cluster's slurm.conf where it is not the machine's own."""

    conf: Path | None = None
    patience: float = PATIENCE

    def run(self, *command: str, given: str = "") -> str:
        """Return what a program printed. Raises `SlurmRefused`, or `ClusterIsSilent` where it could not ask."""
        try:
            answer = subprocess.run(
                command, input=given, env=self._environment(), capture_output=True, text=True, check=False,
                timeout=self.patience, errors="replace",
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            raise ClusterIsSilent(f"{command[0]} had no answer within {self.patience:.0f} seconds.") from None
        except OSError as problem:
            raise ClusterIsSilent(f"{command[0]} cannot be run here: {problem}") from problem
        if answer.returncode == 0:
            return answer.stdout
        said = (answer.stderr or answer.stdout).strip()[-500:]
        if _SILENCE.search(said):
            raise ClusterIsSilent(f"{command[0]}: {said}")
        raise SlurmRefused(said)

    def stream(self, *command: str) -> Iterator[str]:
        """Yield the lines that a program prints, as they come. Raises `ReplyIsCutOff` when it did not end well."""
        try:
            program = subprocess.Popen(
                command, env=self._environment(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                stderr=subprocess.PIPE, text=True, errors="replace",
            )  # fmt: skip
        except OSError as problem:
            raise ClusterIsSilent(f"{command[0]} cannot be run here: {problem}") from problem
        with program:
            assert program.stdout  # noqa: S101 - it is a pipe
            assert program.stderr  # noqa: S101
            yield from program.stdout
            said = program.stderr.read().strip()[-500:]
        if _SILENCE.search(said):
            raise ClusterIsSilent(f"{command[0]}: {said}")
        if program.returncode or "error" in said:
            raise ReplyIsCutOff(f"{command[0]} ended with code {program.returncode}: {said}")

    def submit(self, job: Submission) -> str:
        """Submit a job that is never started twice by itself; return its id."""
        line = [
            "sbatch", "--parsable", "--no-requeue", f"--job-name={job.name}", f"--comment={job.comment}",
            f"--chdir={job.folder}", f"--output={job.folder}/slurm.out", "--export=PATH", f"--nodes={job.nodes}",
            f"--ntasks={job.nodes}", "--ntasks-per-node=1", f"--cpus-per-task={job.cores}",
            f"--mem={job.memory_mb}M", f"--time={job.minutes}",
        ]  # fmt: skip
        line += [f"--array=0-{job.tasks - 1}"] if job.tasks > 1 else []
        line += [f"--gres=gpu:{job.gpus}"] if job.gpus else []
        line += [f"--account={job.account}", f"--qos={job.account}"] if job.account else []
        line += [f"--partition={job.partition}"] if job.partition else []
        return self.run(*line, given=job.script).strip().partition(";")[0]

    def job(self, job_id: str) -> JobRecord | None:
        """Ask the controller for one job, an array as a whole; None where it does not know it (any more)."""
        try:
            told = self.run("scontrol", "--oneliner", "show", "job", job_id)
        except SlurmRefused:
            return None
        return records.whole([record for line in told.splitlines() if (record := _shown(line))], job_id)

    def jobs(self, job_ids: list[str]) -> dict[str, JobRecord]:
        """Ask the controller for several jobs at once; those it does not know (any more) are left out."""
        return queue.own(self, job_ids)

    def named(self, name: str) -> list[JobRecord]:
        """Ask the controller for every job with this name."""
        told = self.run("squeue", "--noheader", "--states=all", f"--name={name}", "--format=%F")
        found = (self.job(job_id) for job_id in dict.fromkeys(told.split()))
        return [record for record in found if record and record.name == name]

    def cancel(self, job_id: str) -> None:
        """Stop a job, whatever it does; one that ended is fine."""
        try:
            self.run("scancel", job_id)
        except SlurmRefused as refusal:
            if "already completing or completed" not in str(refusal) and "Invalid job id" not in str(refusal):
                raise

    def booked(
        self, *, since: datetime, until: datetime | None = None, name: str = "", job_id: str = ""
    ) -> Iterator[JobRecord]:
        """Read the books: each run of each job since a moment, those that were started over too.

        `name`: of jobs with this name, or one of several with commas between them.
        """
        # People choose names, also with line ends in them; no name can hold what is drawn anew for each read.
        mark = f"x{secrets.token_hex(8)}"
        line = [
            "sacct", "--allusers", "--duplicates", "--noheader", "--parsable2", f"--delimiter={mark}",
            f"--starttime={since.astimezone(UTC):%Y-%m-%dT%H:%M:%S}", f"--format={','.join(records.COLUMNS)}",
        ]  # fmt: skip
        line += [f"--endtime={until.astimezone(UTC):%Y-%m-%dT%H:%M:%S}"] if until else []
        line += [f"--name={name}"] if name else []
        line += [f"--jobs={job_id}"] if job_id else []
        return records.parse(self.stream(*line), mark)

    def _environment(self) -> dict[str, str]:
        kept = {key: os.environ[key] for key in _ENVIRONMENT if key in os.environ}
        conf = {"SLURM_CONF": str(self.conf)} if self.conf else {}
        # sacct takes no moments since 1970, so both it and we use UTC; it prints them if told to.
        ours = {"PATH": os.defpath, "LC_ALL": "C.UTF-8", "TZ": "UTC", "SLURM_TIME_FORMAT": "%s"}
        return ours | kept | conf


def _shown(told: str) -> JobRecord | None:
    """Read `scontrol show job`: words `Key=value`; the values we use hold no spaces."""
    pairs = (word.partition("=") for word in told.split())
    shown = {key: value for key, equals, value in reversed([*pairs]) if equals}
    submitted = records.moment(shown.get("SubmitTime", ""))
    if submitted is None:
        return None
    state = shown["JobState"]
    started = records.moment(shown.get("StartTime", ""))
    ended = records.moment(shown.get("EndTime", ""))
    has_ended = state not in records.WAITING | records.ACTIVE
    return JobRecord(
        job_id=shown["JobId"],
        submitted_at=submitted,
        name=shown["JobName"],
        account=shown.get("Account", ""),
        user=shown.get("UserId", "").partition("(")[0],
        qos=shown.get("QOS", ""),
        partition=shown.get("Partition", ""),
        state=state,
        started_at=None if state in records.WAITING else started,
        ended_at=ended if has_ended else None,
        elapsed_seconds=int((ended - started).total_seconds()) if has_ended and started and ended else 0,
        nodes=int(shown.get("NumNodes", "0").partition("-")[0]),
        # Before 23.02 one list, which is what was allocated once a job runs.
        tres=records.resources(shown.get("AllocTRES", shown.get("TRES", "")).replace("(null)", "")),
        comment=shown.get("Comment", ""),
        reason=shown.get("Reason", ""),
        exit_code=int(shown.get("ExitCode", "0:0").partition(":")[0]),
        node=shown.get("NodeList", "").replace("(null)", ""),
    )
