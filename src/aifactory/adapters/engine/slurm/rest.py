"""Slurm by slurmrestd: jobs are submitted, looked at and stopped over HTTP with a token; the books stay with sacct.

The HTTP status of v0.0.38 (Slurm 22.05) cannot be trusted: a reply is judged by what is in it.
"""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import httpx

from aifactory.adapters.engine.slurm import records, replies
from aifactory.adapters.engine.slurm.commands import Commands, SlurmRefused, Submission
from aifactory.ports.cluster import ClusterIsSilent, JobRecord

TOKEN_SECONDS = 600
#: Slurm's error numbers that mean "could not ask": no answer from the controller, a timeout, a lost connection
_SILENCES = frozenset({1800, 1801, 1802, 1803, 1807, 1900, 5004, 9001})
_NO_SUCH_JOB = 2017


@dataclass(frozen=True)
class Rest:
    """Asks slurmrestd at `url` as `user`, with tokens signed by the cluster's own key in `key`."""

    url: str
    user: str
    key: Path
    commands: Commands
    patience: float = 20.0
    version: str = replies.VERSIONS[0]

    @cached_property
    def _client(self) -> httpx.Client:
        """One for all calls, for making one costs more than a call; a connection each, so that none grows stale."""
        limits = httpx.Limits(max_keepalive_connections=0)
        return httpx.Client(timeout=self.patience, limits=limits, trust_env=False)

    def submit(self, job: Submission) -> str:
        """Submit a job that is never started twice by itself; return its id."""
        told = self._ask("POST", "job/submit", replies.submission(job, self.version))
        return str(told["job_id"])

    def job(self, job_id: str) -> JobRecord | None:
        """Ask for one job, an array as a whole; None where the controller does not know it (any more)."""
        try:
            jobs = self._ask("GET", f"job/{job_id}")["jobs"]
        except SlurmRefused:
            return None
        return records.whole([replies.record(job) for job in jobs], job_id)

    def jobs(self, job_ids: list[str]) -> dict[str, JobRecord]:
        """Ask for several jobs at once, by squeue: REST gives all that there are, or one."""
        return self.commands.jobs(job_ids)

    def named(self, name: str) -> list[JobRecord]:
        """Ask for every job with this name. Slurm sends all it has, so this is for after an accident."""
        found: dict[str, list[JobRecord]] = {}
        for job in self._ask("GET", "jobs")["jobs"]:
            if job["name"] == name:
                found.setdefault(replies.array_of(job), []).append(replies.record(job))
        return [record for job_id, tasks in found.items() if (record := records.whole(tasks, job_id))]

    def cancel(self, job_id: str) -> None:
        """Stop a job, whatever it does; one that ended is fine."""
        try:
            self._ask("DELETE", f"job/{job_id}")
        except SlurmRefused as refusal:
            if "completed" not in str(refusal) and "Invalid job id" not in str(refusal):
                raise

    def booked(
        self, *, since: datetime, until: datetime | None = None, name: str = "", job_id: str = ""
    ) -> Iterator[JobRecord]:
        """Read the books by sacct: REST gives no energy, and five times the bytes."""
        return self.commands.booked(since=since, until=until, name=name, job_id=job_id)

    def _ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        headers = {"X-SLURM-USER-NAME": self.user, "X-SLURM-USER-TOKEN": token(self.key, self.user)}
        try:
            answer = self._client.request(
                method, f"{self.url}/slurm/{self.version}/{path}", headers=headers, json=body
            )
            told: dict[str, Any] = answer.json()
        except (httpx.HTTPError, ValueError) as problem:
            raise ClusterIsSilent(f"slurmrestd did not answer {method} {path}: {problem!r}") from problem
        errors = told.get("errors") or []
        if not errors and answer.is_success:
            return told
        numbers = {error.get("error_number", error.get("error_code", 0)) for error in errors}
        said = "; ".join(str(error.get("error") or error.get("description")) for error in errors)
        if told.get("job_id") and method == "POST":
            return told  # it took the job and grumbled about something else
        if not errors or numbers & _SILENCES or "Unspecified error" in said:
            raise ClusterIsSilent(f"slurmrestd answered {method} {path} with {answer.status_code}: {said}")
        raise SlurmRefused(said)


def token(key: Path, user: str) -> str:
    """Sign a token (RFC 7519, HS256) that lets its bearer act as `user` for ten minutes."""
    now = int(time.time())
    claims = {"sun": user, "iat": now, "exp": now + TOKEN_SECONDS}
    signed = b".".join(_coded(json.dumps(part).encode()) for part in ({"alg": "HS256", "typ": "JWT"}, claims))
    signature = hmac.new(key.read_bytes(), signed, hashlib.sha256).digest()
    return (signed + b"." + _coded(signature)).decode()


def _coded(content: bytes) -> bytes:
    return base64.urlsafe_b64encode(content).rstrip(b"=")
