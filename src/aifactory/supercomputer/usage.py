"""What a project or an award used, as every face shows it: from kept sums, at the same cost for any number of jobs.

All amounts are whole seconds of a GPU, a core or a node, as allocated. What runs now is counted provisionally.
"""

import csv
import io
import json
from collections.abc import Iterable, Iterator
from typing import Any

from django.db import models
from django.db.models import Count, F, OuterRef, Subquery, Sum
from django.db.models.functions import JSONObject

from aifactory.audit.record import plain
from aifactory.awards.models import AwardLine, Project
from aifactory.kit import clock
from aifactory.people.rules import not_here, visible
from aifactory.supercomputer.models import RunningJob, UsageSlice, UsageTotal

AMOUNTS = ("jobs", "gpu_seconds", "core_seconds", "node_seconds")
OUTSIDE = "outside_gpu_seconds"
PIECE = 2000
Facts = dict[str, Any]


def project_of(viewer: Any, pk: str) -> tuple[Project, Facts]:
    """Return a project that the viewer may see and what runs for it now. Raises `NotFound`."""
    rows = visible(Project, viewer).select_related("organisation").annotate(running=_running("pk"))
    found = rows.filter(pk=pk).first() if pk.isprintable() else None
    if found is None:
        raise not_here()
    return found, _so_far(found.running)


def line_of(viewer: Any, pk: str) -> tuple[AwardLine, Facts]:
    """Return an award line that the viewer may see and what runs for its project now. Raises `NotFound`."""
    rows = visible(AwardLine, viewer).select_related("project").annotate(running=_running("project"))
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
    """Return the use of a project by award line, by month and by cluster."""
    rows = UsageTotal.objects.filter(project=project).select_related("books", "gpu_line", "core_line")
    return _summed(list(rows), project.pk)


def of_line(line: AwardLine) -> Facts:
    """Return the use of one award line, by month and by cluster."""
    rows = UsageTotal.objects.filter(**{f"{line.resource}_line": line}).select_related("books")
    found = list(rows) if line.resource in {"gpu", "core"} else []
    used = sum(getattr(row, f"{line.resource}_seconds") for row in found)
    return _summed(found, line.project_id, with_lines=False) | {"lines": [_line(line, used)]}


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
    kinds = {"csv": ("text/csv; charset=utf-8", as_csv), "json": ("application/json", as_json)}
    content_type, write = kinds[form]
    return content_type, write(every_posting(thing))


def as_csv(rows: Iterable[Facts]) -> Iterator[str]:
    """Yield rows as lines of CSV (RFC 4180) under their names; text that a spreadsheet would run is set in quotes."""
    out = io.StringIO()
    writer = csv.writer(out)
    head: list[str] | None = None
    for row in rows:
        if head is None:
            writer.writerow(head := list(row))
        writer.writerow([_harmless(value) for value in row.values()])
        yield out.getvalue()
        out.seek(0)
        out.truncate()


def _harmless(value: Any) -> Any:
    """Keep a spreadsheet from taking a job's name for a formula (OWASP, CSV injection)."""
    return f"'{value}" if isinstance(value, str) and value[:1] in {"=", "+", "-", "@", "\t", "\r"} else value


def as_json(rows: Iterable[Facts]) -> Iterator[str]:
    """Yield rows as one JSON array, piece by piece."""
    before = "["
    for row in rows:
        yield before + json.dumps(row)
        before = ",\n"
    yield "]" if before != "[" else "[]"
