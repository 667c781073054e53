"""The ledger of what clusters' books say: each run of each job exactly once, corrections as new entries.

A read is taken whole or not at all, in one transaction that also moves the bookmark, so that it may come twice, be
cut off, or come from two agents at once. People's own jobs are drawn from the project's award; those of the portal
were billed when their attempt ended.
"""

from collections.abc import Iterable, Iterator
from dataclasses import asdict
from datetime import datetime, timedelta
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import models, transaction

from aifactory.audit.actions import note
from aifactory.awards import actions as awards
from aifactory.awards.models import AwardLine, Project
from aifactory.kit import clock
from aifactory.kit.canonical import digest
from aifactory.kit.errors import Refused
from aifactory.ports.cluster import JobRecord
from aifactory.supercomputer.models import Attempt, ClusterBooks, LedgerEntry, UsageSlice
from aifactory.supercomputer.rules import DESK
from aifactory.supercomputer.slicing import slices

BATCH = 2000
#: how far back the first read goes
BEGINNING = timedelta(days=1)


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
        made: list[str] = []
        reading = iter(records)
        while batch := list(islice(reading, BATCH)):
            made += _take(cluster, batch, accounts)
        if until > books.read_until:
            ClusterBooks.objects.filter(pk=cluster).update(read_until=until)
        if made:
            data = {"cluster": cluster, "entries": len(made), "digest": digest(made)}
            note("usage:read", by=DESK, data=data)
    return len(made)


def _take(cluster: str, batch: list[JobRecord], accounts: dict[str, str]) -> list[str]:
    """Write the entries of one batch and their slices; return the digests of the new ones."""
    known = _latest(cluster, {record.job_id for record in batch})
    attempts = dict(
        Attempt.objects.filter(engine=cluster, name__in={r.name for r in batch}).values_list("name", "pk")
    )
    fresh: dict[tuple[str, datetime, int], LedgerEntry] = {}
    before: list[LedgerEntry] = []
    for record in batch:
        if not (record.started_at or record.ended_at):
            continue  # it waits: nothing to account for
        entry = _entry(cluster, record, accounts.get(record.account), attempts.get(record.name))
        last = known.get(record.key)
        if last and last.digest == entry.digest:
            continue
        if last and last.pk:
            entry.revision = last.revision + 1
            before.append(last)
        elif last:  # twice in this batch: the later row stands
            entry.revision = last.revision
        known[record.key] = entry
        fresh[(*record.key, entry.revision)] = entry
    entries = LedgerEntry.objects.bulk_create(fresh.values(), batch_size=500)
    _write_slices(before, entries)
    for entry in entries:
        if entry.project_id and entry.ended_at and not entry.attempt_id:
            _draw(entry)
    return [entry.digest for entry in entries]


def _latest(cluster: str, job_ids: set[str]) -> dict[tuple[str, datetime], LedgerEntry]:
    entries = LedgerEntry.objects.filter(cluster=cluster, job_id__in=job_ids).order_by("revision")
    return {(entry.job_id, entry.submitted_at): entry for entry in entries}


def _entry(cluster: str, record: JobRecord, project: str | None, attempt: str | None) -> LedgerEntry:
    """Make an entry. What grows while a job runs is no news: its start and size say it all."""
    facts = asdict(record)
    for key in ("submitted_at", "started_at", "ended_at"):
        facts[key] = clock.stamp(facts[key]) if facts[key] else None
    elapsed = record.elapsed_seconds if record.ended_at else 0
    joules = record.energy_joules if record.ended_at else None
    # Why it waits, and its exit code, change without anything that is accounted for.
    kept = {key: facts[key] for key in facts if key not in {"reason", "exit_code", "comment", "node"}}
    kept |= {"elapsed_seconds": elapsed, "energy_joules": joules}
    return LedgerEntry(
        cluster=cluster, job_id=record.job_id, submitted_at=record.submitted_at, name=record.name[:200],
        account=record.account[:80], user=record.user[:80], qos=record.qos[:80], partition=record.partition[:80],
        state=record.state[:20], started_at=record.started_at, ended_at=record.ended_at, elapsed_seconds=elapsed,
        nodes=record.nodes, cores=record.cores, gpus=record.gpus, tres=record.tres, energy_joules=joules,
        project_id=project, attempt_id=attempt, read_at=clock.now(), digest=digest(kept),
    )  # fmt: skip


def _write_slices(before: list[LedgerEntry], after: list[LedgerEntry]) -> None:
    """Take back the slices of what was superseded, and write those of what stands now."""
    projects = {entry.project_id for entry in after if entry.project_id}
    ends = dict(
        AwardLine.objects.filter(project__in=projects)
        .values("project")
        .annotate(last=models.Max("ends_at"))
        .values_list("project", "last")
    )
    zone = ZoneInfo(settings.TIME_ZONE)
    written = list(_taken_back(before, after))
    for entry in after:
        if entry.started_at and entry.ended_at:
            stop = entry.started_at + timedelta(seconds=entry.elapsed_seconds)
            last = ends.get(entry.project_id) if entry.project_id else None
            parts = slices(entry.started_at, stop, zone, award_ends=last)
            written += [_slice(entry, part.month, part.seconds, is_late=part.is_late) for part in parts]
    UsageSlice.objects.bulk_create(written, batch_size=1000)


def _taken_back(before: list[LedgerEntry], after: list[LedgerEntry]) -> Iterator[UsageSlice]:
    by_run = {(entry.job_id, entry.submitted_at): entry for entry in after}
    for old in UsageSlice.objects.filter(entry__in=before, seconds__gte=0).select_related("entry"):
        yield UsageSlice(
            entry=by_run[old.entry.job_id, old.entry.submitted_at], project_id=old.project_id, month=old.month,
            line_ended=old.line_ended, seconds=-old.seconds, gpu_seconds=-old.gpu_seconds,
            core_seconds=-old.core_seconds, node_seconds=-old.node_seconds,
        )  # fmt: skip


def _slice(entry: LedgerEntry, month: str, seconds: int, *, is_late: bool) -> UsageSlice:
    return UsageSlice(
        entry=entry, project_id=entry.project_id, month=month, line_ended=is_late, seconds=seconds,
        gpu_seconds=seconds * entry.gpus, core_seconds=seconds * entry.cores, node_seconds=seconds * entry.nodes,
    )  # fmt: skip


def _draw(entry: LedgerEntry) -> None:
    """Bill a job that somebody ran past the portal: at most what is left, and once, whatever is corrected later."""
    for resource, amount in (("gpu", entry.gpus), ("core", entry.cores)):
        used = amount * entry.elapsed_seconds
        key = f"{entry.cluster}:{entry.job_id}:{entry.submitted_at.timestamp():.0f}:{resource}"
        line = (
            AwardLine.objects.filter(
                project=entry.project_id, resource=resource, starts_at__lte=entry.ended_at
            )
            .order_by("-starts_at")
            .first()
        )
        if not used or line is None:
            continue
        try:
            awards.reserve(line, min(used, line.left), key=key, by=DESK)
            awards.draw(key, used, by=DESK)
        except (
            Refused
        ) as refusal:  # after the award's end: the ledger shows it as late, and nobody's budget moves
            note(
                "usage:not_billed",
                by=DESK,
                data={"cluster": entry.cluster, "job": entry.job_id, "rule": refusal.rule or ""},
            )


def by_month(project: Project) -> list[dict[str, Any]]:
    """Return a project's use by month: seconds of GPUs, cores and nodes, and of them what came after its award."""
    sums = {name: models.Sum(name) for name in ("gpu_seconds", "core_seconds", "node_seconds")}
    late = models.Sum("gpu_seconds", filter=models.Q(line_ended=True), default=0)
    rows = UsageSlice.objects.filter(project=project).values("month")
    return [dict(row) for row in rows.annotate(late_gpu_seconds=late, **sums).order_by("month")]


def standing(cluster: str) -> models.QuerySet[LedgerEntry]:
    """Return what the books say now: of each run the last revision."""
    later = LedgerEntry.objects.filter(
        cluster=models.OuterRef("cluster"), job_id=models.OuterRef("job_id"),
        submitted_at=models.OuterRef("submitted_at"), revision__gt=models.OuterRef("revision"),
    )  # fmt: skip
    return LedgerEntry.objects.filter(~models.Exists(later), cluster=cluster)


def provisional(project: Project, cluster: str) -> dict[str, int]:
    """Return what jobs that run now have used so far, in seconds; it becomes final when they end."""
    now, found = clock.now(), {"gpu_seconds": 0, "core_seconds": 0, "jobs": 0}
    for entry in standing(cluster).filter(project=project, ended_at=None, started_at__isnull=False):
        assert entry.started_at  # noqa: S101 - asked for
        seconds = max(0, int((now - entry.started_at).total_seconds()))
        found["gpu_seconds"] += seconds * entry.gpus
        found["core_seconds"] += seconds * entry.cores
        found["jobs"] += 1
    return found


def differences(cluster: str, records: Iterable[JobRecord]) -> dict[str, dict[str, int]]:
    """Compare the ledger with books read anew: by account both sums of the same jobs and the difference, in seconds.

    All zero when healthy. A job that has ended since the ledger's last read counts as a difference until the next.
    """
    found: dict[str, dict[str, int]] = {}
    reading = iter(records)
    while batch := list(islice(reading, BATCH)):
        known = _latest(cluster, {record.job_id for record in batch})
        for record in batch:
            if not record.ended_at:
                continue
            entry = known.get(record.key)
            sums = found.setdefault(
                record.account, {"books_gpu": 0, "ledger_gpu": 0, "books_core": 0, "ledger_core": 0}
            )
            sums["books_gpu"] += record.elapsed_seconds * record.gpus
            sums["books_core"] += record.elapsed_seconds * record.cores
            sums["ledger_gpu"] += entry.elapsed_seconds * entry.gpus if entry else 0
            sums["ledger_core"] += entry.elapsed_seconds * entry.cores if entry else 0
    for sums in found.values():
        sums["difference_gpu"] = sums["books_gpu"] - sums["ledger_gpu"]
        sums["difference_core"] = sums["books_core"] - sums["ledger_core"]
    return found
