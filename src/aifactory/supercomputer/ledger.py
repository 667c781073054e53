"""The ledger of what clusters' books say: each run of each job exactly once, corrections as new entries.

A read is taken whole or not at all, in one transaction that also moves the bookmark, so that it may come twice, be
cut off, or come from two agents at once. People's own jobs are drawn from the project's award; those of the portal
were billed when their attempt ended. An engine without books of its own has its ended attempts written here.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import islice
from json import dumps
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import models, transaction

from aifactory.audit.actions import note
from aifactory.awards.models import AwardLine, Project
from aifactory.kit import clock
from aifactory.kit.units import Resource
from aifactory.ports import registry
from aifactory.ports.cluster import Cluster, JobRecord
from aifactory.supercomputer import bulk, totals
from aifactory.supercomputer.models import (
    Attempt,
    ClusterBooks,
    LedgerEntry,
    RunningJob,
    Usage,
    UsageSlice,
    UsageTotal,
)
from aifactory.supercomputer.rules import DESK
from aifactory.supercomputer.slicing import Calendar, slices

BATCH = 5000
#: how far back the first read goes
BEGINNING = timedelta(days=1)
ENTRY = (
    "id", "cluster", "job_id", "submitted_at", "revision", "name", "account", "user", "qos", "partition", "state",
    "started_at", "ended_at", "elapsed_seconds", "nodes", "cores", "gpus", "tres", "energy_joules", "project_id",
    "attempt_id", "read_at", "digest",
)  # fmt: skip
SLICE = (
    "entry_id", "project_id", "gpu_line_id", "core_line_id", "month", "jobs", "seconds", "gpu_seconds", "core_seconds",
    "node_seconds",
)  # fmt: skip
Key = tuple[str, datetime]


def read_until(cluster: str) -> datetime:
    """Return up to which moment the cluster's books are in the ledger."""
    books = ClusterBooks.objects.filter(pk=cluster).first()
    return books.read_until if books else clock.now() - BEGINNING


def take(cluster: str, records: Iterable[JobRecord], *, until: datetime, accounts: dict[str, str]) -> int:
    """Write what is new, and return how many entries that made. `accounts` gives the project of each account."""
    with transaction.atomic():
        books, _ = ClusterBooks.objects.select_for_update().get_or_create(
            pk=cluster, defaults={"read_until": until}
        )
        read = _Read(cluster, accounts)
        read.all(records)
        if until > books.read_until:
            ClusterBooks.objects.filter(pk=cluster).update(read_until=until)
        if read.made:
            digest = f"sha256:{read.digests.hexdigest()}"
            note("usage:read", by=DESK, data={"cluster": cluster, "entries": read.made, "digest": digest})
    return read.made


def enter_attempt(attempt: Attempt, usage: Usage) -> None:
    """Write an ended attempt, where its engine has no books that tell of it later."""
    if has_books(attempt.engine) or attempt.started_at is None or attempt.ended_at is None:
        return
    job = attempt.job
    cores, gpus = job.cores * job.nodes, job.gpus * job.nodes
    elapsed = usage.core_seconds // cores if cores else round(usage.wall_seconds)
    record = JobRecord(
        job_id=attempt.name, submitted_at=attempt.created_at, name=attempt.name, account=job.project_id,
        user=job.submitted_by_id, qos="", partition="", state=attempt.state.upper(), started_at=attempt.started_at,
        ended_at=attempt.ended_at, elapsed_seconds=elapsed, nodes=job.nodes, tres={"cpu": cores, "gres/gpu": gpus},
    )  # fmt: skip
    with transaction.atomic():
        ClusterBooks.objects.select_for_update().get_or_create(
            pk=attempt.engine, defaults={"read_until": clock.now()}
        )
        _Read(attempt.engine, {job.project_id: job.project_id}).all([record])


def has_books(engine: str) -> bool:
    """Say whether the engine is a cluster that keeps books of its own."""
    if engine in settings.AGENTS:
        return True
    try:
        return registry.get(Cluster).name == engine
    except LookupError:
        return False


@dataclass(frozen=True)
class _Line:
    """An award line as slicing needs it."""

    pk: str
    resource: str
    starts_at: datetime
    ends_at: datetime


@dataclass
class _Last:
    """The last revision of a run that the ledger has."""

    pk: int
    revision: int
    digest: str


@dataclass
class _Read:
    """One read of a cluster's books, batch by batch: its memory is that of one batch and of the sums."""

    cluster: str
    accounts: dict[str, str]
    made: int = 0
    first: int = 0
    digests: Any = field(default_factory=hashlib.sha256)
    sums: totals.Sums = field(default_factory=lambda: defaultdict(lambda: [0, 0, 0, 0]))
    days: totals.Days = field(default_factory=lambda: defaultdict(lambda: [0, 0]))
    own: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    def __post_init__(self) -> None:
        self.calendar = Calendar(ZoneInfo(settings.TIME_ZONE))
        self.read_at = bulk.moment(clock.now())
        self.lines = _lines(set(self.accounts.values()))
        self.seams = {
            project: sorted({moment for line in lines for moment in (line.starts_at, line.ends_at)})
            for project, lines in self.lines.items()
        }

    def all(self, records: Iterable[JobRecord]) -> None:
        """Write every record that is new or says something else, then the sums, then the bill."""
        reading = iter(records)
        while batch := list(islice(reading, BATCH)):
            self._batch(batch)
        self.settle()

    def settle(self) -> None:
        """Write the sums and the bill of all that was written."""
        totals.add(self.cluster, self.sums, self.days)
        totals.bill(self.cluster, self.own, key=f"books:{self.first}")

    def again(self, entries: Iterable[LedgerEntry]) -> None:
        """Write ended runs anew that would be cut otherwise now: a correction of ours, with the cluster's own facts."""
        for entry in entries:
            record = _record(entry)
            has = list(
                entry.slices.filter(seconds__gt=0)
                .order_by("pk")
                .values_list("gpu_line", "core_line", "seconds")
            )
            cut = slices(*_span(entry), self.calendar, self.seams.get(entry.project_id or "", ()))
            should = [
                (*self._lines_at(entry.project_id or "", begin), seconds)
                for _m, begin, seconds in cut
                if seconds
            ]
            if has != should:
                last = _Last(entry.pk, entry.revision, entry.digest)
                self._write({record.key: (record, entry.digest)}, {record.key: last})

    def _batch(self, batch: list[JobRecord]) -> None:
        known = _latest(self.cluster, {record.job_id for record in batch})
        fresh: dict[Key, tuple[JobRecord, str]] = {}  # twice in a batch: the later row stands
        for record in batch:
            if not (record.started_at or record.ended_at):
                continue  # it waits: nothing to account for
            facts, key = fingerprint(record), record.key
            last = known.get(key)
            if key in fresh or last is None or last.digest != facts:
                fresh[key] = record, facts
        if fresh:
            self._write(fresh, known)

    def _write(self, fresh: dict[Key, tuple[JobRecord, str]], known: dict[Key, _Last]) -> None:
        ids = bulk.take_ids(LedgerEntry, len(fresh))
        attempts = self._attempts(fresh)
        before = {
            last.pk: pk for pk, key in zip(ids, fresh, strict=True) if (last := known.get(key)) is not None
        }
        self.made, self.first = self.made + len(fresh), self.first or ids[0]
        running: list[RunningJob] = []
        parts: list[tuple[Any, ...]] = list(self._taken_back(before))
        bulk.write(LedgerEntry, ENTRY, self._rows(ids, fresh, known, attempts, parts, running))
        bulk.write(UsageSlice, SLICE, parts)
        if before:
            RunningJob.objects.filter(entry__in=list(before)).delete()
        RunningJob.objects.bulk_create(running, batch_size=500)

    def _attempts(self, fresh: dict[Key, Any]) -> dict[str, str]:
        """Return the attempts that these runs are: the portal's own jobs are named after theirs."""
        names = {record.name for record, _ in fresh.values() if record.name.startswith("job_")}
        rows = (
            Attempt.objects.filter(engine=self.cluster, name__in=names) if names else Attempt.objects.none()
        )
        return dict(rows.values_list("name", "pk"))

    def _rows(  # noqa: PLR0917
        self, ids: list[int], fresh: dict[Key, tuple[JobRecord, str]], known: dict[Key, _Last],
        attempts: dict[str, str], parts: list[tuple[Any, ...]], running: list[RunningJob],
    ) -> Iterator[tuple[Any, ...]]:  # fmt: skip
        """Yield the row of each entry; beside it, put its slices into `parts`, or what runs into `running`."""
        moment = bulk.moment
        for pk, (key, (record, facts)) in zip(ids, fresh.items(), strict=True):
            self.digests.update(facts.encode())
            last = known.get(key)
            project, attempt = self.accounts.get(record.account), attempts.get(record.name)
            started, ended = utc(record.started_at), utc(record.ended_at)
            cores, gpus = record.cores, record.gpus
            if started and ended:
                parts += self._parts(pk, record, started, project, attempt)
            elif started:
                running.append(
                    RunningJob(
                        entry_id=pk, project_id=project, started_second=int(started.timestamp()),
                        nodes=record.nodes, cores=cores, gpus=gpus,
                    )
                )  # fmt: skip
            yield (
                pk, self.cluster, record.job_id, moment(utc(record.submitted_at)), last.revision + 1 if last else 1,
                record.name[:200], record.account[:80], record.user[:80], record.qos[:80], record.partition[:80],
                record.state[:20], moment(started), moment(ended), record.elapsed_seconds if ended else 0,
                record.nodes, cores, gpus, _tres(tuple(record.tres.items())),
                record.energy_joules if ended else None, project, attempt, self.read_at, facts,
            )  # fmt: skip

    def _parts(
        self, pk: int, record: JobRecord, started: datetime, project: str | None, attempt: str | None
    ) -> list[tuple[Any, ...]]:
        """Cut a run's time into slices, and add them up."""
        cores, gpus, found = record.cores, record.gpus, []
        stop = started + timedelta(seconds=record.elapsed_seconds)
        cut = slices(started, stop, self.calendar, self.seams.get(project, ()) if project else ())
        last, at = len(cut) - 1, started
        for n, (month, begin, seconds) in enumerate(cut):
            gpu, core = self._lines_at(project, begin) if project else (None, None)
            row = (
                pk, project, gpu, core, month, int(n == last), seconds, seconds * gpus, seconds * cores,
                seconds * record.nodes,
            )  # fmt: skip
            self._add(row, is_own=attempt is None)
            self._add_days(row, at, 1)
            at += timedelta(seconds=seconds)
            found.append(row)
        return found

    def _lines_at(self, project: str, at: datetime) -> tuple[str | None, str | None]:
        """Return the award lines for GPUs and for cores that are in force at a moment: the latest begun of each."""
        gpu = core = None
        for line in self.lines.get(project, ()):
            if line.starts_at <= at < line.ends_at:
                if line.resource == Resource.GPU:
                    gpu = line.pk
                else:
                    core = line.pk
        return gpu, core

    def _taken_back(self, before: dict[int, int]) -> Iterator[tuple[Any, ...]]:
        """Yield the slices of superseded entries with a minus, under the entries that follow them."""
        if not before:
            return
        written = UsageSlice.objects.filter(entry__in=list(before))
        positive = written.filter(models.Q(seconds__gt=0) | models.Q(jobs__gt=0)).order_by("entry", "pk")
        names = ("entry__attempt_id", "entry__started_at", *SLICE)
        ends: dict[int, datetime] = {}  # the slices of an entry follow each other
        for attempt, started, entry, *facts in positive.values_list(*names):
            project, gpu, core, month, *amounts = facts
            row = (before[entry], project, gpu, core, month, *(-amount for amount in amounts))
            self._add(row, is_own=attempt is None)
            begin = ends.get(entry, started)
            self._add_days(row, begin, -1)
            ends[entry] = begin - timedelta(seconds=row[6])
            yield row

    def _add(self, row: tuple[Any, ...], *, is_own: bool) -> None:
        _pk, project, gpu, core, month, jobs, _seconds, gpu_seconds, core_seconds, node_seconds = row
        sums = self.sums[project, month, gpu, core]
        sums[0] += jobs
        sums[1] += gpu_seconds
        sums[2] += core_seconds
        sums[3] += node_seconds
        if is_own and gpu and gpu_seconds:
            self.own[gpu] += gpu_seconds
        if is_own and core and core_seconds:
            self.own[core] += core_seconds

    def _add_days(self, row: tuple[Any, ...], begin: datetime, sign: int) -> None:
        """Add a slice that began then to its days; with a minus for one that is taken back."""
        _pk, project, gpu, core, _month, _jobs, seconds, gpu_seconds, core_seconds, _node_seconds = row
        whole = seconds * sign
        if not whole:
            return
        cut = self.calendar.days(begin, whole)
        for day, here in cut:
            sums = self.days[project, day, gpu, core]
            # Amounts are so many a second, so a part of the seconds has a whole part of them.
            sums[0] += gpu_seconds * here // whole
            sums[1] += core_seconds * here // whole


def follow_awards() -> int:
    """Cut runs anew that an award reaches since it was extended, or was granted afterwards; return how many.

    What the books said stays; each is a new revision, and the bill follows. Called over and over: what stands as it
    should is left alone.
    """
    outside = UsageTotal.objects.exclude(project=None).filter(
        models.Q(gpu_line=None, gpu_seconds__gt=0) | models.Q(core_line=None, core_seconds__gt=0)
    )
    pairs = outside.order_by("books", "project").values_list("books", "project").distinct()
    return sum(_follow(cluster, project) for cluster, project in list(pairs) if project)


def _follow(cluster: str, project: str) -> int:
    with transaction.atomic():
        ClusterBooks.objects.select_for_update().get(pk=cluster)
        standing = LedgerEntry.objects.standing().filter(
            cluster=cluster, project=project, ended_at__isnull=False
        )
        reached = models.Q(pk__in=())
        for line in AwardLine.objects.filter(project=project, resource__in=[Resource.GPU, Resource.CORE]):
            part = f"slices__{line.resource}"
            reached |= models.Q(
                **{f"{part}_line": None, f"{part}_seconds__gt": 0},
                started_at__lt=line.ends_at, ended_at__gt=line.starts_at,
            )  # fmt: skip
        entries = list(standing.filter(reached).distinct().order_by("pk"))
        read = _Read(cluster, {entry.account: project for entry in entries})
        read.again(entries)
        read.settle()
        if read.made:
            data = {"cluster": cluster, "project": project, "entries": read.made}
            note("usage:follow", by=DESK, data=data)
    return read.made


def _span(entry: LedgerEntry) -> tuple[datetime, datetime]:
    assert entry.started_at  # noqa: S101 - only ended runs are cut
    return entry.started_at, entry.started_at + timedelta(seconds=entry.elapsed_seconds)


def _record(entry: LedgerEntry) -> JobRecord:
    """Return what the cluster's books said, as the ledger kept it."""
    return JobRecord(
        job_id=entry.job_id, submitted_at=entry.submitted_at, name=entry.name, account=entry.account, user=entry.user,
        qos=entry.qos, partition=entry.partition, state=entry.state, started_at=entry.started_at,
        ended_at=entry.ended_at, elapsed_seconds=entry.elapsed_seconds, nodes=entry.nodes, tres=entry.tres,
        energy_joules=entry.energy_joules,
    )  # fmt: skip


def utc(at: datetime | None) -> datetime | None:
    """Return a moment in UTC."""
    return at if at is None or at.tzinfo is UTC else at.astimezone(UTC)


def fingerprint(record: JobRecord) -> str:
    """Return the digest of what is accounted for. What grows while a job runs is no news: its start and size say it.

    Nor is why it waits, on which node it ran, or how its program ended. The name comes last: it alone may hold
    anything, so no two records read alike.
    """
    ended = record.ended_at
    facts = (
        record.job_id, _iso(record.submitted_at), record.account, record.user, record.qos, record.partition,
        record.state, _iso(record.started_at), _iso(ended), str(record.elapsed_seconds if ended else 0),
        str(record.nodes), _tres(tuple(record.tres.items())), str(record.energy_joules if ended else None), record.name,
    )  # fmt: skip
    return "sha256:" + hashlib.sha256("\x1f".join(facts).encode(errors="surrogatepass")).hexdigest()


def _iso(at: datetime | None) -> str:
    return (at if at.tzinfo is UTC else at.astimezone(UTC)).isoformat() if at else ""


@lru_cache(maxsize=4096)
def _tres(items: tuple[tuple[str, int], ...]) -> str:
    """Write what was allocated as JSON, in one order."""
    return dumps(dict(sorted(items)))


def _lines(projects: set[str]) -> dict[str, list[_Line]]:
    """Return the lines of time of each project, in the order of their beginning."""
    found: dict[str, list[_Line]] = {}
    rows = AwardLine.objects.filter(project__in=projects, resource__in=[Resource.GPU, Resource.CORE])
    facts = ("project", "pk", "resource", "starts_at", "ends_at")
    for project, *line in rows.order_by("starts_at").values_list(*facts):
        found.setdefault(project, []).append(_Line(*line))
    return found


def _latest(cluster: str, job_ids: set[str]) -> dict[Key, _Last]:
    """Return the last revision of every run of these jobs."""
    rows = bulk.among(LedgerEntry.objects.filter(cluster=cluster), "job_id", job_ids).order_by("revision")
    facts = rows.values_list("job_id", "submitted_at", "pk", "revision", "digest")
    return {(job, submitted): _Last(*last) for job, submitted, *last in facts.iterator()}


def differences(
    cluster: str, records: Iterable[JobRecord], *, until: datetime | None = None
) -> dict[str, dict[str, int]]:
    """Compare the ledger with books read anew: by account both sums of the same jobs and the difference, in seconds.

    All zero when healthy. With `until`, only jobs that had ended by then: a later one may not have been read yet.
    """
    found: dict[str, dict[str, int]] = {}
    reading = iter(records)
    while batch := list(islice(reading, BATCH)):
        ids = {record.job_id for record in batch}
        rows = bulk.among(LedgerEntry.objects.filter(cluster=cluster), "job_id", ids).order_by("revision")
        facts = rows.values_list("job_id", "submitted_at", "elapsed_seconds", "gpus", "cores")
        known = {(job, submitted): (e * gpus, e * cores) for job, submitted, e, gpus, cores in facts}
        for record in batch:
            if not record.ended_at or (until and record.ended_at > until):
                continue
            gpu, core = known.get(record.key, (0, 0))
            sums = found.setdefault(
                record.account, {"books_gpu": 0, "ledger_gpu": 0, "books_core": 0, "ledger_core": 0}
            )
            sums["books_gpu"] += record.elapsed_seconds * record.gpus
            sums["books_core"] += record.elapsed_seconds * record.cores
            sums["ledger_gpu"] += gpu
            sums["ledger_core"] += core
    for sums in found.values():
        sums["difference_gpu"] = sums["books_gpu"] - sums["ledger_gpu"]
        sums["difference_core"] = sums["books_core"] - sums["ledger_core"]
    return found


def compare(
    cluster: str, records: Iterable[JobRecord], *, since: datetime, until: datetime, accounts: dict[str, str]
) -> dict[str, Any]:
    """Compare, and keep what differed for the pages: by account, in seconds, at most a hundred accounts."""
    found = differences(cluster, records, until=until)
    differing = {
        account: {
            "project": accounts.get(account),
            "gpu": sums["difference_gpu"],
            "core": sums["difference_core"],
        }
        for account, sums in sorted(found.items())
        if sums["difference_gpu"] or sums["difference_core"]
    }
    kept = {
        "since": clock.stamp(since),
        "until": clock.stamp(until),
        "accounts": len(found),
        "gpu_seconds": sum(sums["difference_gpu"] for sums in found.values()),
        "core_seconds": sum(sums["difference_core"] for sums in found.values()),
        "differing": dict(islice(differing.items(), 100)),
    }
    ClusterBooks.objects.filter(pk=cluster).update(compared=kept, compared_at=clock.now())
    return kept


def by_month(project: Project) -> list[dict[str, Any]]:
    """Return a project's use by month: jobs, seconds of GPUs, cores and nodes, and GPU seconds outside any award."""
    names = ("jobs", "gpu_seconds", "core_seconds", "node_seconds")
    outside = models.Sum("gpu_seconds", filter=models.Q(gpu_line=None), default=0)
    rows = project.usage_totals.values("month")
    sums = {name: models.Sum(name) for name in names}
    found = rows.annotate(outside_gpu_seconds=outside, **sums).order_by("month")
    return [dict(row) for row in found]
