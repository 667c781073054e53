"""The way of a record as a line of steps: done, now and whose turn, still to come."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from aifactory.supercomputer.models import Attempt, Job
from aifactory.web.jinja import show_datetime


def line(labels: list[tuple[str, str, Any]], at: int) -> list[dict[str, Any]]:
    """Return the steps of `labels` (label, who, when) with those before `at` done and `at` itself now."""
    return [
        {
            "label": label,
            "who": who,
            "when": show_datetime(when) if isinstance(when, datetime) else when,
            "state": "done" if n < at else "now" if n == at else "next",
        }
        for n, (label, who, when) in enumerate(labels)
    ]


def job_steps(job: Job, last: Attempt | None) -> list[dict[str, Any]]:
    """Return the way of a job."""
    engine = _("the supercomputer")
    end = {"failed": _("Failed"), "cancelled": _("Stopped"), "unknown": _("End unknown")}.get(
        job.state, _("Done")
    )
    labels = [
        (_("Planned"), "", job.created_at),
        (_("Start"), _("you, or the clock"), job.planned_start),
        (_("Running"), engine, last.started_at if last else None),
        (end, engine, last.ended_at if last and last.ended_at else job.deadline),
    ]
    position = {"planned": 1, "queued": 2, "running": 2}.get(job.state, 4)
    return line(labels, position)
