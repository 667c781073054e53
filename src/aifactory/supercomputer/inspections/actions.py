"""Ordering an inspection on the cluster, and handing its report to the version."""

import json
import tempfile
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from aifactory.audit.actions import enter
from aifactory.awards.models import Project
from aifactory.datasets import actions as data
from aifactory.datasets.models import DatasetVersion
from aifactory.datasets.permissions import Permission
from aifactory.kit.errors import NotAllowed, Refused
from aifactory.people.models import User
from aifactory.ports.object_store import NoSuchObject, ObjectStore
from aifactory.ports.registry import get
from aifactory.supercomputer.actions import submit
from aifactory.supercomputer.inspections import RECIPE, ROLE
from aifactory.supercomputer.inspections.data import version_of
from aifactory.supercomputer.models import Attempt, Job
from aifactory.supercomputer.rules import DESK

RESULT = "report.json"
FORMAT = "aifactory-tables/1"
#: Under this name an attempt keeps what became of its report: its digest, or why it was not kept.
OUTCOME = "inspection"


class ResultCannotBeRead(Refused):
    """What the job wrote is missing, or no report on tables."""


def order(version: DatasetVersion, *, project: Project, by: User, nodes: int = 1, **wish: Any) -> Job:
    """Have a version inspected as a job of a project, which pays for it; `wish` is what `submit` takes besides.

    Raises `NotAllowed`, `NoFiles`, and what `submit` raises.
    """
    if not by.may(Permission.MANAGE, version):
        raise NotAllowed(_("Only the holder's steward may inspect it."), rule=Permission.MANAGE)
    title = _("Inspection of version %(n)s of %(title)s") % {
        "n": version.number,
        "title": version.dataset.title,
    }
    return submit(
        project,
        by=by,
        recipe=RECIPE,
        inputs={ROLE: version.pk},
        parameters={"restricted": version.dataset.restricted},
        title=title[:200],
        nodes=nodes,
        **wish,
    )


def hand_over() -> int:
    """Give every report that is ready to its version; return how many were kept. Called by the worker."""
    ready = Attempt.objects.filter(state="completed", job__recipe=RECIPE).exclude(facts__has_key=OUTCOME)
    return sum(_hand_over(attempt) for attempt in ready.select_related("job__submitted_by").order_by("pk"))


def _hand_over(attempt: Attempt) -> bool:
    """Keep one report in the name of who ordered it, or write down why not; either way once."""
    job = attempt.job
    with transaction.atomic():
        try:
            (given,) = (one for one in job.inputs if one["role"] == ROLE)
            if "version_digest" not in given:
                raise ResultCannotBeRead(
                    _("It inspected data of somebody else, whose report stays as it is.")
                )
            version, facts = version_of(job, given), {"attempt": attempt.pk, "result": _digest(attempt)}
            kept = data.take_report(version, _tables(attempt), by=job.submitted_by, data=facts)
            outcome = kept.report_digest
        except Refused as refusal:
            outcome = str(refusal)
        attempt.facts |= {OUTCOME: outcome}
        enter(attempt, "attempt:hand_over", by=DESK, fields=["facts"], data={"job": job.pk})
    return outcome.startswith("sha256:")


def _digest(attempt: Attempt) -> str:
    return next((str(file["digest"]) for file in attempt.outputs if file["path"] == RESULT), "")


def _tables(attempt: Attempt) -> dict[str, Any]:
    """Read the result, once it is byte for byte what the engine reported. Raises `ResultCannotBeRead`."""
    file = next((file for file in attempt.outputs if file["path"] == RESULT), None)
    if file is not None:
        with tempfile.TemporaryDirectory(prefix="inspection-") as folder:
            try:
                found = get(ObjectStore).fetch(file["key"], Path(folder, RESULT))
                told = json.loads(Path(folder, RESULT).read_bytes())
            except (NoSuchObject, ValueError):
                found, told = None, None
        match told:
            case {"format": str(kind), "tables": dict(tables)} if kind == FORMAT:
                if found is not None and found.digest == file["digest"]:
                    return tables
    raise ResultCannotBeRead(
        _("The job left no report that can be read."), rule=RESULT, next_step=_("Order the inspection again.")
    )
