"""The engine of a Slurm cluster. It keeps nothing in memory: any number of agents may come, go and be killed."""

import math
import re
import sys
import time
from contextlib import suppress
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import structlog

from aifactory.adapters.engine.local.engine import check_folders, checked_name, moment, plain
from aifactory.adapters.engine.local.job import read, write_once
from aifactory.adapters.engine.slurm import names, records
from aifactory.adapters.engine.slurm.commands import SlurmRefused, Submission
from aifactory.adapters.engine.slurm.ends import ended, kept, status_of, usage_of
from aifactory.adapters.engine.slurm.folder import SlurmFolder
from aifactory.adapters.engine.slurm.told import Slurm, Told
from aifactory.kit import clock
from aifactory.ports.cluster import ClusterIsSilent, JobRecord, ReplyIsCutOff
from aifactory.ports.engine import ENDED, Attempt, EngineRefused, Phase, Status, Usage

#: seconds before a submission that nobody knows is made again; the clocks of agent and cluster may differ by SLACK
AGAIN = 10.0
SLACK = timedelta(minutes=15)
#: seconds for which a job that Slurm took a moment ago is known to wait, without asking
JUST_NOW = 1.0
#: seconds after which what a node wrote down is believed without Slurm's word, and a stop is enforced
STUBBORN = 15.0
WITHOUT_SLURM = 600.0
OVERHEAD_MB = 64  # of the process that watches over the attempt
#: the batch script: Python from its first line, so that no shell ever reads a name
SCRIPT = """#!{python}
import sys
sys.path.insert(0, {source!r})
from aifactory.adapters.engine.slurm.step import main
main({folder!r})
"""
#: a new project's account may reach the cluster after its first job
_NO_ACCOUNT_YET = re.compile(r"invalid (account|qos)", re.IGNORECASE)
log = structlog.get_logger()


class SlurmEngine:
    """Runs attempts as batch jobs, each in a folder below `root`, on a disk that all nodes share.

    Without `with_accounts`, jobs run on the default account of who submits; else on their project's.
    `is_closed` is the operator's word that nodes reach nothing but each other: then attempts on restricted data may
    run on several at once. With `image` they run behind apptainer's walls, from that image, instead of bubblewrap's.
    Nodes need this Python at the same path. Each checks for itself that the walls stand, or
    runs nothing restricted.
    """

    simulated = False
    isolated = True
    at_once = 8

    def __init__(
        self,
        root: Path,
        slurm: Slurm,
        *,
        partition: str = "",
        with_accounts: bool = False,
        is_closed: bool = False,
        image: str = "",
        name: str = "slurm",
    ) -> None:
        self.name, self.root, self.slurm = name, root.absolute(), slurm
        self.partition, self.with_accounts, self.is_closed = partition, with_accounts, is_closed
        self.image = image
        (self.root / "jobs").mkdir(parents=True, exist_ok=True, mode=0o755)

    def submit(self, attempt: Attempt) -> None:
        """Write the attempt down and give it to Slurm. Where Slurm is silent it stays queued, and is given later.

        Raises `EngineRefused` when Slurm will never run it.
        """
        job = self._job(attempt.name)
        if job.order.exists() or job.end.exists():
            return
        check_folders(attempt)
        if attempt.limits.nodes > 1 and attempt.restricted and not self.is_closed:
            raise EngineRefused(
                "Nodes that run an attempt together have a network, and restricted data may not come near one "
                "that leads elsewhere. Ask for one node, or ask the operator for nodes that are closed off."
            )
        job.path.mkdir(exist_ok=True, mode=0o755)
        token = f"{time.time_ns():x}"
        walls = {"image": self.image} if self.image else {}
        write_once(job.order, {"attempt": plain(asdict(attempt)) | walls, "token": token, "at": time.time()})
        try:
            self._launch(job, attempt.name)
        except SlurmRefused as refusal:
            job.clear()
            job.path.rmdir()
            wanted = attempt.limits
            asked = f"It asks for {wanted.cores} cores and {wanted.gpus} GPUs"
            asked += f" on each of {wanted.nodes} nodes" if wanted.nodes > 1 else ""
            raise EngineRefused(f"{asked}; Slurm will not take it: {refusal}") from refusal

    def status(self, names: list[str]) -> dict[str, Status]:
        """Return what is true of each attempt, by its folder and by Slurm; a silence of Slurm's is no end."""
        jobs = {}
        for name in names:
            with suppress(EngineRefused):
                jobs[name] = self._job(name)
        told = self._told(jobs)
        found = {name: self._status(name, job, told) for name, job in jobs.items()}
        return {name: status for name, status in found.items() if status}

    def _told(self, jobs: dict[str, SlurmFolder]) -> Told:
        """Prepare what will be asked of Slurm about these attempts together."""
        open_ = {name: job for name, job in jobs.items() if job.order.exists() and not job.end.exists()}
        ids = [said[-1]["job_id"] for job in open_.values() if (said := job.submitted())]
        ended = {name: _submitted_after(job) for name, job in open_.items() if job.ran.exists()}
        return Told(self.slurm, filter(None, ids), ended)

    def cancel(self, name: str, reason: str) -> None:
        """Leave a note that the node reads within a tenth of a second; Slurm stops it where that does not help."""
        job = self._job(name)
        if job.end.exists() or not job.order.exists():
            return
        write_once(job.cancel, {"reason": reason})
        try:
            record = self._seen(name, job, Told(self.slurm))
            if record and (record.state in records.WAITING or _age(job.cancel) > STUBBORN):
                self.slurm.cancel(record.job_id)
        except ClusterIsSilent as silence:
            log.warning("slurm_silent", attempt=name, why=str(silence))  # it is asked again next turn

    def outputs(self, name: str) -> Path | None:
        """Return the results folder. Read it with `adapters.engine.outputs` only: beware of traps."""
        job = self._job(name)
        return next((folder for folder in (job.outputs, job.so_far) if folder.is_dir()), None)

    def log(self, name: str, *, after: int = 0) -> bytes:
        """Return at most 1 MB of what it printed, from byte `after` on."""
        return self._job(name).printed(after)

    def reach(self, name: str) -> Path | None:
        """Return the folder that it sees as `/tmp`; what listens there is heard on its own node alone."""
        folder = self._job(name).tmp
        return folder if folder.is_dir() else None

    def forget(self, name: str) -> None:
        """Delete the files of an ended attempt. Its claim and end stay: the name never runs again."""
        job = self._job(name)
        status = self._status(name, job, Told(self.slurm))
        if status and status.phase in ENDED:
            write_once(job.claim, {"by": "engine"})
            write_once(job.end, kept(status))
            job.clear()

    def account(self, project: str) -> str:
        """Return the name of a project's account."""
        return names.account(project)

    def _job(self, name: str) -> SlurmFolder:
        return SlurmFolder(self.root / "jobs" / checked_name(name))

    def _launch(self, job: SlurmFolder, name: str) -> None:
        """Give an attempt to Slurm, unless somebody is doing so or Slurm has it. Raises `SlurmRefused`."""
        order = read(job.order)
        if order is None:
            return
        with job.turn() as is_ours:
            before = job.submitted()
            if not is_ours or (before and time.time() - before[-1]["at"] < AGAIN):
                return
            try:
                if before and self._find(name, job):
                    return
                job.note_submission(None, time.time())
                job_id = self.slurm.submit(self._submission(name, job, order))
                job.note_submission(job_id, time.time())
            except ClusterIsSilent as silence:
                log.warning("slurm_silent", attempt=name, why=str(silence))
            except SlurmRefused as refusal:
                if not _NO_ACCOUNT_YET.search(str(refusal)):
                    raise
                log.info("slurm_account_missing", attempt=name, why=str(refusal))

    def _submission(self, name: str, job: SlurmFolder, order: dict[str, Any]) -> Submission:
        attempt = order["attempt"]
        limits = attempt["limits"]
        source = str(Path(__file__).parents[4])
        return Submission(
            name=name,
            comment=f"aifactory:{order['token']}",
            script=SCRIPT.format(python=sys.executable, source=source, folder=str(job.path)),
            folder=job.path,
            cores=limits["cores"],
            gpus=limits["gpus"],
            memory_mb=math.ceil(limits["memory_bytes"] / 2**20) + OVERHEAD_MB,
            minutes=math.ceil(limits["wall_seconds"] / 60),
            account=self.account(attempt["project"]) if self.with_accounts and attempt["project"] else "",
            partition=self.partition,
            nodes=limits["nodes"],
            tasks=limits["tasks"],
        )

    def _seen(self, name: str, job: SlurmFolder, told: Told) -> JobRecord | None:
        """Return what the controller says of the last submission; after an accident, of any with this name."""
        ids = [said["job_id"] for said in job.submitted()]
        if ids and ids[-1]:
            record = told.job(ids[-1])
            # A controller that lost its memory gives the id to somebody else's job.
            if record and self._is_ours(record, name, job):
                return record
        return self._find(name, job)

    def _find(self, name: str, job: SlurmFolder) -> JobRecord | None:
        """Return the job of this name that matters: one that runs, else one that waits, else the last. Stop others."""
        found = [record for record in self.slurm.named(name) if self._is_ours(record, name, job)]
        found.sort(key=lambda r: (r.state in records.ACTIVE, r.state in records.WAITING, r.submitted_at))
        for other in found[:-1]:
            if other.state in records.WAITING:
                self.slurm.cancel(other.job_id)
        return found[-1] if found else None

    def _booked(self, name: str, job: SlurmFolder, told: Told) -> JobRecord | None:
        """Return what the books say of this attempt's run: the one that claimed it, else the last."""
        claim = read(job.claim) or {}
        found = [r for r in told.booked(name, _submitted_after(job)) if self._is_ours(r, name, job)]
        if tasks := {(read(path) or {}).get("slurm_job") for path in job.path.glob("parts/*/claim.json")}:
            theirs = [record for record in found if record.job_id in tasks]
            # The books hear of one task after the other: until of all, the others would go unbilled.
            return records.whole(theirs) if tasks == {record.job_id for record in theirs} else None
        found.sort(key=lambda r: (r.job_id == claim.get("slurm_job"), r.submitted_at))
        return found[-1] if found else None

    def _is_ours(self, record: JobRecord, name: str, job: SlurmFolder) -> bool:
        """Compare name and word; where the site keeps no comments, the moment of submission."""
        order = read(job.order) or {}
        if record.name != name:
            return False
        if record.comment:
            return record.comment == f"aifactory:{order.get('token')}"
        return record.submitted_at >= _submitted_after(job)

    def _status(self, name: str, job: SlurmFolder, told: Told) -> Status | None:
        end = read(job.end)
        if end or not job.order.exists():
            return status_of(name, end) if end else None
        if _taken_just_now(job):
            return Status(name, Phase.QUEUED, records.why(""))
        try:
            record = self._seen(name, job, told)
            if record is None or (record.ended_at and job.ran.exists()):
                record = self._believed(name, job, record, told)
        except (ClusterIsSilent, ReplyIsCutOff) as silence:
            return self._in_silence(name, job, str(silence))
        if record and not record.ended_at and records.phase(record.state) in {Phase.QUEUED, Phase.RUNNING}:
            return self._going_on(name, job, record)
        if record is None and not job.claim.exists():
            return self._never_seen(name, job)
        # Read after Slurm was asked: a node writes its account before Slurm hears of the end.
        return self._settle(name, job, record, read(job.ran))

    def _in_silence(self, name: str, job: SlurmFolder, why: str) -> Status:
        """Slurm does not answer: an attempt stays where it was, until its node's own account has waited long."""
        claim, ran = read(job.claim), read(job.ran)
        if ran and _age(job.ran) > WITHOUT_SLURM:
            return self._settle(name, job, None, ran)
        phase = Phase.RUNNING if claim else Phase.QUEUED
        started = moment(claim.get("at")) if claim else None
        return Status(name, phase, f"Slurm does not answer: {why}"[:300], started_at=started)

    def _going_on(self, name: str, job: SlurmFolder, record: JobRecord) -> Status:
        if job.ran.exists() and _age(job.ran) > STUBBORN:
            log.warning("slurm_ghost", attempt=name, job=record.job_id)
            self._stop_ghost(record)
        if records.phase(record.state) is Phase.QUEUED:
            return Status(name, Phase.QUEUED, records.why(record.reason))
        is_begun = job.claim.exists()
        phase = Phase.RUNNING if is_begun else Phase.QUEUED
        return Status(name, phase, started_at=record.started_at if is_begun else None, node=record.node)

    def _believed(self, name: str, job: SlurmFolder, seen: JobRecord | None, told: Told) -> JobRecord | None:
        """Return the books' record once it has ended there too; what the controller says while the books lag."""
        try:
            booked = self._booked(name, job, told)
        except (ClusterIsSilent, ReplyIsCutOff):
            if seen is None:
                raise
            return seen
        return booked if booked and booked.ended_at else seen

    def _never_seen(self, name: str, job: SlurmFolder) -> Status:
        """Slurm knows nothing of it and no node began it: give it to Slurm (again), unless it is to be stopped."""
        if note := read(job.cancel):
            return self._settle_unbegun(name, job, Phase.CANCELLED, note["reason"])
        try:
            self._launch(job, name)
        except SlurmRefused as refusal:
            return self._settle_unbegun(
                name, job, Phase.FAILED, f"Slurm will not take it any more: {refusal}"
            )
        return Status(name, Phase.QUEUED, "Slurm has not taken it yet.")

    def _settle_unbegun(self, name: str, job: SlurmFolder, phase: Phase, reason: str) -> Status:
        """End what never began. Taking the claim first makes sure that no node begins it after all."""
        if not write_once(job.claim, {"by": "engine"}) and (read(job.claim) or {}).get("by") != "engine":
            return Status(name, Phase.RUNNING, started_at=moment((read(job.claim) or {}).get("at")))
        status = Status(name, phase, reason, ended_at=clock.now(), usage=Usage(0.0, 0, 0))
        write_once(job.end, kept(status))
        return status_of(name, read(job.end) or {})

    def _settle(
        self, name: str, job: SlurmFolder, record: JobRecord | None, ran: dict[str, Any] | None
    ) -> Status:
        """End it: how, by the node's own account; when and at what cost, by Slurm's books."""
        claim = read(job.claim)
        if claim is None or claim.get("by") == "engine":
            phase, reason = self._unbegun_end(job, record)
            return self._settle_unbegun(name, job, phase, reason)
        if ran is None:
            return self._without_account(name, job, record)
        limits = (read(job.order) or {})["attempt"]["limits"]
        status = ended(name, ran, record, gpus=limits["gpus"] * limits["nodes"])
        write_once(job.end, kept(status))
        return status_of(name, read(job.end) or {})

    def _unbegun_end(self, job: SlurmFolder, record: JobRecord | None) -> tuple[Phase, str]:
        if note := read(job.cancel):
            return Phase.CANCELLED, note["reason"]
        if record is None:
            return Phase.FAILED, "Slurm would not take it any more."
        phase = records.phase(record.state)
        said = job.out.read_text(errors="replace")[-200:].strip() if job.out.exists() else ""
        if phase is Phase.CANCELLED:
            return phase, "It was cancelled in Slurm."
        return Phase.FAILED, f"Slurm ended it before it began ({record.state}). {said}".strip()

    def _without_account(self, name: str, job: SlurmFolder, record: JobRecord | None) -> Status:
        """A node began it and wrote no end. Slurm's word for a limit or a stop is enough; else nobody knows.

        What nobody knows is not written down as the end: a node that was cut off may still tell.
        """
        claim, note = read(job.claim) or {}, read(job.cancel)
        phase = records.phase(record.state) if record else Phase.LOST
        if record is None or phase not in {Phase.TIMEOUT, Phase.OUT_OF_MEMORY, Phase.CANCELLED}:
            word = record.state if record else "unknown"
            reason = f"Its node began it and left no account of its end; to Slurm it is {word}."
            return Status(name, Phase.LOST, reason, started_at=moment(claim.get("at")))
        reasons = {
            Phase.TIMEOUT: "It reached its time limit.",
            Phase.OUT_OF_MEMORY: "It needed more memory than its limit.",
            Phase.CANCELLED: note["reason"] if note else "It was cancelled in Slurm.",
        }
        usage = usage_of(record, {})
        status = Status(
            name, phase, reasons[phase], None, record.started_at, record.ended_at, usage, record.node
        )
        write_once(job.end, kept(status))
        return status_of(name, read(job.end) or {})

    def _stop_ghost(self, record: JobRecord) -> None:
        """End a job in Slurm whose attempt ended long ago: its controller lost the news, and goes on billing."""
        with suppress(ClusterIsSilent):
            self.slurm.cancel(record.job_id)


def _submitted_after(job: SlurmFolder) -> datetime:
    """Return the moment before which no run of this attempt began, whatever the cluster's clock says."""
    return datetime.fromtimestamp((read(job.order) or {}).get("at", 0), UTC) - SLACK


def _taken_just_now(job: SlurmFolder) -> bool:
    """Say whether Slurm took it in the last moment, and no node has begun it."""
    said = job.submitted()[-1:]
    return bool(
        said and said[0]["job_id"] and 0 <= time.time() - said[0]["at"] < JUST_NOW and not job.claim.exists()
    )


def _age(path: Path) -> float:
    return time.time() - path.stat().st_mtime
