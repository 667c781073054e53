"""Which class each project is of, what share of the cluster it has, and how long the classes wait."""

from collections.abc import Iterable
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from django.db import models
from django.db.models import Count, DurationField, ExpressionWrapper, F, Max, Q, Sum

from aifactory.access.models import Application
from aifactory.access.modes.queries import size_in
from aifactory.awards.models import AwardLine, Project
from aifactory.kit import clock
from aifactory.kit.units import Resource
from aifactory.ports.cluster import Allocation
from aifactory.supercomputer.fair_share import waiting
from aifactory.supercomputer.fair_share.shares import Claim, shares
from aifactory.supercomputer.fair_share.targets import Targets, in_force
from aifactory.supercomputer.models import LedgerEntry

#: jobs are compared within these sizes: their name, and from how many GPUs to how many
BANDS = (("cores", 0, 0), ("small", 1, 4), ("large", 5, None))


def classes(projects: Iterable[str], targets: Targets) -> dict[str, str]:
    """Return the class of each project by the facts it applied with; two queries for all."""
    wanted = Project.objects.filter(pk__in=list(projects))
    rows = list(wanted.values_list("pk", "application", "organisation__kind"))
    asked = Application.objects.filter(
        pk__in=[application for _pk, application, _kind in rows if application]
    )
    facts = {
        pk: (mode, kept)
        for pk, mode, kept in asked.values_list("pk", "call__mode_name", "organisation_facts")
    }
    found = {}
    for pk, application, kind in rows:
        mode, kept = facts.get(application, ("", {}))
        found[pk] = targets.class_of(
            mode=mode.rpartition("-v")[0], kind=kept.get("kind", kind), size=size_in(kept)
        ).id
    return found


def weights(projects: Iterable[str], targets: Targets, at: datetime) -> dict[str, int]:
    """Return what each project has to use in lines that run now: GPU-seconds, or core-seconds in their place."""
    lines = AwardLine.objects.filter(project__in=list(projects), starts_at__lte=at, ends_at__gt=at)
    sums = lines.values_list("project", "resource").annotate(total=Sum("amount")).order_by()
    gpu = {project: total for project, resource, total in sums if resource == Resource.GPU}
    cores = {
        project: total // targets.cores_per_gpu
        for project, resource, total in sums
        if resource == Resource.CORE
    }
    return cores | gpu


def shared(allocations: list[Allocation]) -> list[Allocation]:
    """Give each open allocation its shares by the targets in force; what is closed keeps what it has."""
    now = clock.now()
    targets = in_force(now)
    projects = [one.project for one in allocations if one.open]
    weight, class_of = weights(projects, targets, now), classes(projects, targets)
    claims = {project: Claim(class_of[project], weight.get(project, 0)) for project in projects}
    given = shares(claims, {one.id: one.percent for one in targets.classes})
    return [replace(one, shares=given.get(one.project)) for one in allocations]


def audit(days: int) -> dict[str, Any]:
    """Return targets, what each class has and used, and how long it waited, of the runs begun in the last days.

    Reckoned anew only when the ledger grew, or on another day.
    """
    newest = LedgerEntry.objects.aggregate(newest=Max("pk"))["newest"] or 0
    return _reckoned(days, newest, clock.now().date().isoformat())


@lru_cache(maxsize=32)
def _reckoned(days: int, _newest: int, _day: str) -> dict[str, Any]:
    now = clock.now()
    targets = in_force(now)
    found = list(_ledger(now - timedelta(days=days)))
    granted = _granted(now)
    known = classes({row["project"] for row in found} | set(granted), targets)
    used: dict[str, int] = {}
    for row in found:
        used[known[row["project"]]] = used.get(known[row["project"]], 0) + row["used"]
    weight = weights(granted, targets, now)
    has: dict[str, int] = {}
    for project in granted:
        has[known[project]] = has.get(known[project], 0) + weight.get(project, 0)
    order = [one.id for one in targets.classes]
    return {
        "targets": targets.name,
        "targets_digest": targets.digest,
        "days": days,
        "classes": [
            {
                "id": one.id,
                "title": one.title.plain(),
                "target_percent": one.percent,
                "awarded_percent": _percent(has, one.id),
                "used_percent": _percent(used, one.id),
            }
            for one in targets.classes
        ],
        "sizes": [
            {
                "size": band,
                "rows": [_row_facts(row) for row in waiting.rows(_samples(found, band, known), order)],
            }
            for band, _low, _high in BANDS
        ],
    }


def _granted(now: datetime) -> list[str]:
    lines = AwardLine.objects.filter(starts_at__lte=now, ends_at__gt=now)
    lines = lines.filter(resource__in=[Resource.GPU, Resource.CORE])
    return list(lines.order_by().values_list("project", flat=True).distinct())


def _ledger(since: datetime) -> Iterable[Any]:
    """Return a row for each project and size: how many runs waited how long, and what they used. One query."""
    waited = ExpressionWrapper(F("started_at") - F("submitted_at"), output_field=DurationField())
    band = models.Case(
        *(
            models.When(
                Q(gpus__gte=low) & (Q(gpus__lte=high) if high is not None else Q()), then=models.Value(name)
            )
            for name, low, high in BANDS
        ),
        output_field=models.CharField(),
    )
    edges = [timedelta(seconds=seconds) for seconds in waiting.EDGES]
    steps = {"s0": Q(waited__lte=edges[0])}
    steps |= {f"s{n}": Q(waited__gt=low, waited__lte=edges[n]) for n, low in enumerate(edges[:-1], start=1)}
    steps |= {f"s{len(edges)}": Q(waited__gt=edges[-1])}
    entries = LedgerEntry.objects.filter(started_at__gte=since, project__isnull=False).standing()
    return (
        entries.annotate(waited=waited, band=band)
        .values("project", "band")
        .annotate(
            used=Sum(F("gpus") * F("elapsed_seconds")),
            **{name: Count("pk", filter=q) for name, q in steps.items()},
        )
        .order_by()
    )


def _samples(found: list[dict[str, Any]], band: str, known: dict[str, str]) -> Iterable[waiting.Sample]:
    steps = [f"s{n}" for n in range(len(waiting.EDGES) + 1)]
    for row in sorted(found, key=lambda row: row["project"]):
        if row["band"] == band:
            yield waiting.Sample(known[row["project"]], tuple(row[step] for step in steps))


def _percent(sums: dict[str, int], name: str) -> float | None:
    whole = sum(sums.values())
    return round(100 * sums.get(name, 0) / whole, 1) if whole else None


def _row_facts(row: waiting.Row) -> dict[str, Any]:
    if row.hidden:
        return {"class": row.user_class, "hidden": True}
    return {
        "class": row.user_class,
        "hidden": False,
        "projects": row.projects,
        "runs": row.runs,
        "median_seconds": _interval(row.median, 0),
        "within_an_hour": _interval(row.within_hour, 4),
        "difference": _interval(row.difference, 4),
        "signal": row.signal,
    }


def _interval(found: waiting.Interval | None, places: int) -> dict[str, float] | None:
    return {name: round(value, places) for name, value in asdict(found).items()} if found else None
