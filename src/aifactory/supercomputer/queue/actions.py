"""Taking in what a cluster's queue shows."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from itertools import islice

from django.db import transaction

from aifactory.kit import clock
from aifactory.ports.cluster import JobRecord
from aifactory.supercomputer.models import Attempt
from aifactory.supercomputer.queue.models import QueuedJob

#: ended jobs, and those that a cluster forgot, are shown for so long
KEPT = timedelta(days=14)
BATCH = 1000
_CHANGES = (
    "state", "reason", "partition", "started_at", "cores", "gpus", "nodes", "memory_bytes", "wall_minutes",
    "exit_code", "signal", "seen_at",
)  # fmt: skip


def take(cluster: str, records: Iterable[JobRecord], *, accounts: dict[str, str]) -> int:
    """Keep the jobs of our accounts that the portal did not submit itself; return how many.

    All of a read or nothing. `accounts` gives the project of each account; anybody else's jobs are passed over.
    """
    now, kept = clock.now(), 0
    with transaction.atomic():
        ours = (record for record in records if record.account in accounts)
        while batch := list(islice(ours, BATCH)):
            rows = [_row(cluster, record, accounts[record.account], now) for record in _own(cluster, batch)]
            QueuedJob.objects.bulk_create(
                rows,
                update_conflicts=True,
                unique_fields=["cluster", "job_id", "submitted_at"],
                update_fields=_CHANGES,
            )
            kept += len(rows)
        QueuedJob.objects.filter(cluster=cluster, seen_at__lt=now - KEPT).delete()
    return kept


def _own(cluster: str, batch: list[JobRecord]) -> Iterator[JobRecord]:
    """Leave out the portal's own jobs: they have pages of their own. Their names are unique for ever."""
    named = {record.name for record in batch if record.name}
    portals = set(Attempt.objects.filter(engine=cluster, name__in=named).values_list("name", flat=True))
    by_key = {record.key: record for record in batch if record.name not in portals}
    yield from by_key.values()


def _row(cluster: str, record: JobRecord, project: str, now: datetime) -> QueuedJob:
    return QueuedJob(
        cluster=cluster, job_id=record.job_id[:40], submitted_at=record.submitted_at, project_id=project,
        user=record.user[:80], partition=record.partition[:80], state=record.state[:20], reason=record.reason[:200],
        started_at=record.started_at, cores=record.cores, gpus=record.gpus, nodes=record.nodes,
        memory_bytes=record.tres.get("mem"), wall_minutes=record.limit_minutes, exit_code=record.exit_code,
        signal=record.signal, seen_at=now,
    )  # fmt: skip
