"""Sums that are kept beside the slices so that no page adds up a million, the bill that follows them, and a check.

The slices are the truth. Whatever is kept here can be made anew from them, and `check` says where it differs.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F, Sum

from aifactory.audit.actions import note
from aifactory.awards.models import Hold
from aifactory.awards.used import bill_used
from aifactory.kit import clock
from aifactory.supercomputer.models import (
    LedgerEntry,
    LineUse,
    RunningJob,
    UsageDay,
    UsageSlice,
    UsageTotal,
)
from aifactory.supercomputer.rules import DESK
from aifactory.supercomputer.slicing import Calendar

#: (project, month or day, GPU line, core line)
Group = tuple[str | None, str, str | None, str | None]
#: by month: [jobs, GPU, core, node seconds]
Sums = dict[Group, list[int]]
#: by day: [GPU, core seconds]
Days = dict[Group, list[int]]
AMOUNTS = ("jobs", "gpu_seconds", "core_seconds", "node_seconds")
_ADD = f"""
    INSERT INTO supercomputer_usagetotal
        (id, project_id, books_id, month, gpu_line_id, core_line_id, {", ".join(AMOUNTS)})
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
    ON CONFLICT (id) DO UPDATE SET
        {", ".join(f"{name} = supercomputer_usagetotal.{name} + EXCLUDED.{name}" for name in AMOUNTS)}
"""  # noqa: S608 - our own names
_ADD_DAYS = """
    INSERT INTO supercomputer_usageday
        (id, project_id, books_id, day, gpu_line_id, core_line_id, gpu_seconds, core_seconds)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s)
    ON CONFLICT (id) DO UPDATE SET
        gpu_seconds = supercomputer_usageday.gpu_seconds + EXCLUDED.gpu_seconds,
        core_seconds = supercomputer_usageday.core_seconds + EXCLUDED.core_seconds
"""


def add(cluster: str, sums: Sums, days: Days) -> None:
    """Add what a read came to, by month and by day."""
    rows = [_row(cluster, group, amounts) for group, amounts in sums.items() if any(amounts)]
    daily = [_row(cluster, group, amounts) for group, amounts in days.items() if any(amounts)]
    with connection.cursor() as cursor:
        cursor.executemany(_ADD, sorted(rows))
        cursor.executemany(_ADD_DAYS, sorted(daily))


def _row(cluster: str, group: Group, amounts: list[int]) -> tuple[Any, ...]:
    project, month, gpu, core = group
    key = "|".join((project or "", cluster, month, gpu or "", core or ""))
    return key, project, cluster, month, gpu, core, *amounts


def bill(cluster: str, own: Mapping[str, int], *, key: str) -> None:
    """Bill each line what people's own jobs used of it and is not billed yet; give back what was too much.

    It follows the sum, so a correction moves the bill too. What the award cannot pay is told in an event, and is
    billed if the award grows.
    """
    used = {f"{pk}|{cluster}": pk for pk in sorted(own) if own[pk]}
    new = [LineUse(pk=key, line_id=pk, cluster=cluster) for key, pk in used.items()]
    LineUse.objects.bulk_create(new, ignore_conflicts=True)
    locked = LineUse.objects.select_for_update().filter(pk__in=used)
    uses = list(locked.order_by("pk"))
    for use in uses:
        use.used += own[use.line_id]
    open_ = {use.line_id: use.used - use.billed for use in uses if use.used != use.billed}
    billed = bill_used(open_, key=key, by=DESK)
    for use in uses:
        use.billed += billed.get(use.line_id, 0)
        if use.billed < use.used:
            data = {"cluster": cluster, "line": use.line_id, "seconds": use.used - use.billed}
            note("usage:not_billed", by=DESK, data=data)
    LineUse.objects.bulk_update(uses, ["used", "billed"], batch_size=200)


def check() -> Iterator[str]:
    """Yield a sentence for each thing kept that is not what the ledger says; nothing when all is well."""
    truth = _from_slices()
    yield from _check_totals(truth)
    yield from _check_days(truth)
    yield from _check_runs()
    yield from _check_running()
    yield from _check_bills()


def _from_slices() -> dict[str, tuple[Any, ...]]:
    """Add up all slices anew, by the key of their total."""
    groups = ("entry__cluster", "project_id", "month", "gpu_line_id", "core_line_id")
    rows = UsageSlice.objects.order_by().values_list(*groups).annotate(*(Sum(name) for name in AMOUNTS))
    made = (
        _row(cluster, (project, month, gpu, core), amounts)
        for cluster, project, month, gpu, core, *amounts in rows
    )
    return {row[0]: row for row in made if any(row[6:])}


def _check_totals(slices: Mapping[str, tuple[Any, ...]]) -> Iterator[str]:
    truth = {key: row[6:] for key, row in slices.items()}
    kept = {key: tuple(amounts) for key, *amounts in UsageTotal.objects.values_list("pk", *AMOUNTS)}
    for key in sorted(truth.keys() | kept.keys()):
        should, has = truth.get(key, (0, 0, 0, 0)), kept.get(key, (0, 0, 0, 0))
        if should != has:
            yield f"The total {key} should be {list(should)}, and is {list(has)}."


def _check_days(truth: Mapping[str, tuple[Any, ...]]) -> Iterator[str]:
    """Compare the days of each project and cluster with its slices: cut otherwise, they are the same seconds."""
    should: dict[tuple[Any, Any], list[int]] = defaultdict(lambda: [0, 0])
    for _key, project, books, _month, _gpu_line, _core_line, _jobs, gpu, core, _nodes in truth.values():
        should[project, books][0] += gpu
        should[project, books][1] += core
    rows = UsageDay.objects.order_by().values_list("project", "books")
    sums = rows.annotate(gpu=Sum("gpu_seconds"), core=Sum("core_seconds"))
    has = {(project, books): [gpu, core] for project, books, gpu, core in sums}
    for project, books in sorted(should.keys() | has.keys(), key=str):
        come_to, are = should.get((project, books), [0, 0]), has.get((project, books), [0, 0])
        if come_to != are:
            yield f"The days of {project} on {books} should come to {come_to}, and come to {are}."


def _check_runs() -> Iterator[str]:
    """Compare the sum of all slices with the sum of what the last revision of each run says."""
    ended = LedgerEntry.objects.standing().filter(started_at__isnull=False, ended_at__isnull=False).order_by()
    should = dict(ended.values_list("cluster").annotate(seconds=Sum(F("elapsed_seconds") * F("cores"))))
    rows = UsageSlice.objects.order_by().values_list("entry__cluster").annotate(seconds=Sum("core_seconds"))
    has = dict(rows)
    for cluster in sorted(should.keys() | has.keys()):
        if should.get(cluster, 0) != has.get(cluster, 0):
            yield (
                f"The runs of {cluster} come to {should.get(cluster, 0)} core seconds, "
                f"their slices to {has.get(cluster, 0)}."
            )


def _check_running() -> Iterator[str]:
    should = set(
        LedgerEntry.objects.standing()
        .filter(started_at__isnull=False, ended_at=None)
        .values_list("pk", flat=True)
    )
    has = set(RunningJob.objects.values_list("pk", flat=True))
    for pk in sorted(should ^ has):
        yield f"The entry {pk} {'runs, and is not counted' if pk in should else 'ended, and is counted as running'}."


def _check_bills() -> Iterator[str]:
    own = UsageSlice.objects.filter(entry__attempt=None).order_by()
    for resource, column in (("gpu", "gpu_seconds"), ("core", "core_seconds")):
        rows = own.exclude(**{f"{resource}_line": None}).values_list(f"{resource}_line_id", "entry__cluster")
        should = {f"{pk}|{cluster}": used for pk, cluster, used in rows.annotate(used=Sum(column)) if used}
        uses = LineUse.objects.filter(line__resource=resource)
        has = {pk: used for pk, used in uses.values_list("pk", "used") if used}
        for key in sorted(should.keys() | has.keys()):
            if should.get(key, 0) != has.get(key, 0):
                yield f"Of the line {key} {should.get(key, 0)} seconds were used, and {has.get(key, 0)} are kept."
    billed = dict(LineUse.objects.order_by().values_list("line").annotate(Sum("billed")))
    booked = Hold.objects.filter(key__startswith="books:", line__in=list(billed)).order_by()
    found = dict(booked.values_list("line").annotate(Sum("drawn")))
    for pk, seconds in sorted(billed.items()):
        if seconds != found.get(pk, 0):
            yield f"Of the line {pk} {seconds} seconds are said to be billed, and {found.get(pk, 0)} are booked."


def _days_from_slices() -> dict[str, tuple[Any, ...]]:
    """Add up by day what stands: the slices of a run follow each other from its start on."""
    calendar, days = (
        Calendar(ZoneInfo(settings.TIME_ZONE)),
        defaultdict[tuple[str, Group], list[int]](lambda: [0, 0]),
    )
    standing = LedgerEntry.objects.standing().filter(started_at__isnull=False, ended_at__isnull=False)
    parts = UsageSlice.objects.filter(entry__in=standing.values("pk"), seconds__gt=0).order_by("entry", "pk")
    names = ("entry", "entry__cluster", "entry__started_at", "project", "gpu_line", "core_line", "seconds")
    last, at = None, clock.now()
    for entry, cluster, started, project, gpu, core, seconds, gpus, cores in parts.values_list(
        *names, "entry__gpus", "entry__cores"
    ).iterator():
        at = started if entry != last else at
        for day, here in calendar.days(at, seconds):
            sums = days[cluster, (project, day, gpu, core)]
            sums[0] += here * gpus
            sums[1] += here * cores
        last, at = entry, at + timedelta(seconds=seconds)
    rows = (_row(cluster, group, amounts) for (cluster, group), amounts in days.items() if any(amounts))
    return {row[0]: row for row in rows}


def make_anew() -> int:
    """Write all totals and running jobs anew from the ledger; return how many totals there are. Bills stay."""
    with transaction.atomic():
        UsageTotal.objects.all().delete()
        UsageDay.objects.all().delete()
        rows = sorted(_from_slices().values())
        days = _days_from_slices()
        with connection.cursor() as cursor:
            cursor.executemany(_ADD, rows)
            cursor.executemany(_ADD_DAYS, sorted(days.values()))
        RunningJob.objects.all().delete()
        running = LedgerEntry.objects.standing().filter(started_at__isnull=False, ended_at=None)
        RunningJob.objects.bulk_create(
            RunningJob(
                entry=entry, project_id=entry.project_id, nodes=entry.nodes, cores=entry.cores, gpus=entry.gpus,
                started_second=int(entry.started_at.timestamp()),  # type: ignore[union-attr]
            )
            for entry in running
        )  # fmt: skip
    return len(rows)
