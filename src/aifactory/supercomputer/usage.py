"""What a project or an award used, as every face shows it: from kept sums, at the same cost for any number of jobs.

All amounts are whole seconds of a GPU, a core or a node, as allocated. What runs now is counted provisionally.
"""

import json
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import models
from django.db.models import Aggregate, Count, F, OuterRef, Subquery, Sum
from django.db.models.functions import Coalesce, JSONObject

from aifactory.audit.record import plain
from aifactory.awards.models import AwardLine, Project
from aifactory.kit import clock
from aifactory.kit.rows import written as as_file
from aifactory.people.rules import not_here, visible
from aifactory.supercomputer.models import RunningJob, UsageDay, UsageSlice, UsageTotal

AMOUNTS = ("jobs", "gpu_seconds", "core_seconds", "node_seconds")
OUTSIDE = "outside_gpu_seconds"
PIECE = 2000
#: so many days are shown one by one
DAYS = 60
Facts = dict[str, Any]


def project_of(viewer: Any, pk: str) -> tuple[Project, Facts]:
    """Return a project that the viewer may see and what runs for it now. Raises `NotFound`."""
    rows = visible(Project, viewer).select_related("organisation")
    rows = rows.annotate(running=_running("pk"), daily=_daily("project"))
    found = rows.filter(pk=pk).first() if pk.isprintable() else None
    if found is None:
        raise not_here()
    return found, _so_far(found.running)


def line_of(viewer: Any, pk: str) -> tuple[AwardLine, Facts]:
    """Return an award line that the viewer may see and what runs for its project now. Raises `NotFound`."""
    rows = visible(AwardLine, viewer).select_related("project")
    rows = rows.annotate(running=_running("project"), daily=_of_its_line())
    found = rows.filter(pk=pk).first() if pk.isprintable() else None
    if found is None:
        raise not_here()
    return found, _so_far(found.running)


def provisional(project: Project) -> Facts:
    """Return what jobs that run now have used so far; it becomes final when they end."""
    return _so_far(Project.objects.annotate(running=_running("pk")).get(pk=project.pk).running)


def _running(project: str) -> Subquery:
    """Add up what runs: so much of each since 1970, from which the present moment makes seconds."""
    sums: dict[str, Any] = {"jobs": Count("pk")}
    for name in ("gpus", "cores", "nodes"):
        sums |= {name: Sum(name), f"{name}_since": Sum(F(name) * F("started_second"))}
    rows = RunningJob.objects.filter(project=OuterRef(project)).order_by().values("project")
    return Subquery(rows.annotate(sums=JSONObject(**sums)).values("sums"))


def _so_far(sums: Any) -> Facts:
    """Return seconds up to now; of a job whose cluster's clock is ahead of ours, nothing yet."""
    now = int(clock.now().timestamp())
    sums = json.loads(sums) if isinstance(sums, str) else sums or {}
    names = {"gpu_seconds": "gpus", "core_seconds": "cores", "node_seconds": "nodes"}
    used = {
        key: max(0, now * (sums.get(name) or 0) - (sums.get(f"{name}_since") or 0))
        for key, name in names.items()
    }
    return {"jobs": sums.get("jobs") or 0, **used}


def of_project(project: Project) -> Facts:
    """Return the use of a project by award line, by month, by day and by cluster."""
    rows = UsageTotal.objects.filter(project=project).select_related("books", "gpu_line", "core_line")
    if not hasattr(project, "daily"):
        project = Project.objects.annotate(daily=_daily("project")).get(pk=project.pk)
    return _summed(list(rows), project.pk) | {"days": _days(project.daily)}


def _since() -> date:
    """Return the first day that is shown by itself."""
    return clock.now().astimezone(ZoneInfo(settings.TIME_ZONE)).date() - timedelta(days=DAYS - 1)


class _Rows(Aggregate):
    """Gather JSON objects into one list, so that they come with the row that they belong to."""

    function = "JSONB_AGG"
    output_field = models.TextField()

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        """Name it as SQLite does."""
        return self.as_sql(compiler, connection, function="JSON_GROUP_ARRAY", **context)


def _daily(of: str) -> Subquery:
    """Gather what was used of a project or line (`of`) on each of the last days."""
    rows = UsageDay.objects.filter(**{of: OuterRef("pk")}, day__gte=_since().isoformat()).order_by()
    listed = _Rows(JSONObject(day="day", gpu="gpu_seconds", core="core_seconds"))
    return Subquery(rows.values(of).annotate(rows=listed).values("rows"))


def _of_its_line() -> Coalesce:
    return Coalesce(_daily("gpu_line"), _daily("core_line"))


def _days(told: Any) -> list[Facts]:
    """Return each of the last days, also those without use, from the first one with use on; GPU and core seconds."""
    found: dict[str, list[int]] = {}
    for row in json.loads(told) if isinstance(told, str) else told or []:
        sums = found.setdefault(row["day"], [0, 0])
        sums[0] += row["gpu"]
        sums[1] += row["core"]
    if not found:
        return []
    first = date.fromisoformat(min(found))
    # A cluster's clock may be ahead of ours.
    last = max(_since() + timedelta(days=DAYS - 1), date.fromisoformat(max(found)))
    every = ((first + timedelta(days=n)).isoformat() for n in range((last - first).days + 1))
    return [
        {"day": day, "gpu_seconds": gpu, "core_seconds": core}
        for day, (gpu, core) in ((day, found.get(day, [0, 0])) for day in every)
    ]


def of_line(line: AwardLine) -> Facts:
    """Return the use of one award line, by month, by day and by cluster."""
    rows = UsageTotal.objects.filter(**{f"{line.resource}_line": line}).select_related("books")
    found = list(rows) if line.resource in {"gpu", "core"} else []
    used = sum(getattr(row, f"{line.resource}_seconds") for row in found)
    if not hasattr(line, "daily"):
        line = AwardLine.objects.annotate(daily=_of_its_line()).get(pk=line.pk)
    summed = _summed(found, line.project_id, with_lines=False)
    return summed | {"lines": [_line(line, used)], "days": _days(line.daily)}


def _summed(rows: list[UsageTotal], project: str | None, *, with_lines: bool = True) -> Facts:
    months: dict[str, Facts] = {}
    lines: dict[str, tuple[AwardLine, int]] = {}
    books = {row.books_id: row.books for row in rows}
    for row in rows:
        month = months.setdefault(row.month, {"month": row.month, **dict.fromkeys([*AMOUNTS, OUTSIDE], 0)})
        for name in AMOUNTS:
            month[name] += getattr(row, name)
        month[OUTSIDE] += 0 if row.gpu_line_id else row.gpu_seconds
        for line, seconds in (
            ((row.gpu_line, row.gpu_seconds), (row.core_line, row.core_seconds)) if with_lines else ()
        ):
            if line:
                lines[line.pk] = line, lines.get(line.pk, (line, 0))[1] + seconds
    return {
        "total": {name: sum(month[name] for month in months.values()) for name in AMOUNTS},
        "lines": [_line(line, used) for _pk, (line, used) in sorted(lines.items())],
        "months": [months[name] for name in sorted(months)],
        "clusters": [_books(one, project) for _name, one in sorted(books.items())],
    }


def _line(line: AwardLine, used: int) -> Facts:
    return {
        "id": line.pk, "resource": line.resource, "granted": line.amount, "held": line.held, "billed": line.drawn,
        "used": used, "starts_at": plain(line.starts_at), "ends_at": plain(line.ends_at),
    }  # fmt: skip


def _books(books: Any, project: str | None) -> Facts:
    """Return how far a cluster's books were read, and by how much they differ for this project (None: unknown)."""
    ours = [one for one in books.compared.get("differing", {}).values() if one["project"] == project]
    compared = books.compared_at is not None
    return {
        "cluster": books.cluster,
        "read_until": plain(books.read_until),
        "compared_at": plain(books.compared_at),
        "difference_gpu_seconds": sum(one["gpu"] for one in ours) if compared else None,
        "difference_core_seconds": sum(one["core"] for one in ours) if compared else None,
    }


def postings(thing: Project | AwardLine) -> models.QuerySet[UsageSlice]:
    """Return every posting of a project or an award line with its ledger entry: the part of a job in one month."""
    if isinstance(thing, Project):
        return UsageSlice.objects.filter(project=thing).select_related("entry")
    if thing.resource not in {"gpu", "core"}:
        return UsageSlice.objects.none()
    return UsageSlice.objects.filter(**{f"{thing.resource}_line": thing}).select_related("entry")


def after(rows: models.QuerySet[UsageSlice], last: str) -> models.QuerySet[UsageSlice]:
    """Return the postings that come after `last` in a list of the newest first; none after what is no posting."""
    if not last:
        return rows
    return rows.filter(pk__lt=int(last)) if last.isdecimal() and len(last) < 19 else rows.none()


def posting_facts(part: UsageSlice) -> Facts:
    """Return one posting: whose job, when, how long, and what it says of the books: final, corrected or taken back.

    `energy_joules` is the cluster's own reading of the whole run, given with the slice in which it ended.
    """
    entry = part.entry
    back = part.jobs < 0 or part.seconds < 0
    kind = "taken_back" if back else "corrected" if entry.revision > 1 else "final"
    return {
        "id": part.pk, "kind": kind, "cluster": entry.cluster, "job_id": entry.job_id,
        "submitted_at": plain(entry.submitted_at), "revision": entry.revision, "name": entry.name, "user": entry.user,
        "partition": entry.partition, "state": entry.state, "started_at": plain(entry.started_at),
        "ended_at": plain(entry.ended_at), "attempt": entry.attempt_id, "month": part.month,
        "gpu_line": part.gpu_line_id, "core_line": part.core_line_id, "jobs": part.jobs, "seconds": part.seconds,
        "gpu_seconds": part.gpu_seconds, "core_seconds": part.core_seconds, "node_seconds": part.node_seconds,
        "energy_joules": entry.energy_joules if part.jobs == 1 else None,
    }  # fmt: skip


def every_posting(thing: Project | AwardLine) -> Iterator[Facts]:
    """Yield all postings, the oldest first, reading a piece at a time."""
    last = 0
    while piece := list(postings(thing).filter(pk__gt=last).order_by("pk")[:PIECE]):
        yield from map(posting_facts, piece)
        last = piece[-1].pk


def written(thing: Project | AwardLine, form: str) -> tuple[str, Iterator[str]]:
    """Return all postings as `csv` or `json`: the type of the content, and its pieces, written while they are read."""
    return as_file(every_posting(thing), form)
