"""Where a notebook stands, as every face shows it."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import models
from django.utils.translation import gettext as _

from aifactory.audit.record import plain
from aifactory.datasets.models import Agreement
from aifactory.supercomputer import recipes
from aifactory.supercomputer.models import Attempt, Job
from aifactory.supercomputer.notebooks import terms
from aifactory.supercomputer.notebooks.models import NotebookVisit
from aifactory.supercomputer.notebooks.standing import NotebookIsNotOpen


@dataclass(frozen=True)
class Notebook:
    """A notebook for who opens it. `state`: waiting, starting, ready or ended.

    It closes at `closes_at` unless somebody works in it, and at `ends_at` in any case; empty while that is not known.
    In the secure environment `closes_at` stays empty, because the notebook itself says it.
    """

    state: str
    idle_minutes: float
    closes_at: datetime | None
    ends_at: datetime | None
    copies: bool

    def facts(self) -> dict[str, Any]:
        """Return it as the API shows it."""
        return {
            "state": self.state,
            "idle_minutes": self.idle_minutes,
            "closes_at": plain(self.closes_at),
            "ends_at": plain(self.ends_at),
            "copies": self.copies,
        }


def is_notebook(job: Job) -> bool:
    """Say whether somebody works in this job live."""
    recipe = recipes.available().get(job.recipe)
    return recipe is not None and recipe.interactive


def notebook(job: Job, last: Attempt | None) -> Notebook | None:
    """Return where a job stands as a notebook; None where it is none. `last` is its newest attempt."""
    if not is_notebook(job):
        return None
    state, told = "waiting", last.progress if last else {}
    if job.state not in {"planned", "queued", "running"}:
        state = "ended"
    elif last and last.state == "running":
        state = "ready" if told.get("ready") is True else "starting"
    is_open = last is not None and state in {"starting", "ready"}
    begun = last.started_at if last and is_open else None
    return Notebook(
        state,
        float(job.parameters.get("idle_minutes", 0)),
        _moment(told.get("closes_at")) if is_open else None,
        begun + timedelta(seconds=last.wall_seconds) if last and begun else None,
        terms.copies_allowed(job),
    )


def open_attempt(job: Job) -> Attempt:
    """Return the attempt of a notebook that can be opened now. Raises `NotebookIsNotOpen`."""
    last = job.attempts.order_by("-number").first() if is_notebook(job) else None
    if last is None:
        raise NotebookIsNotOpen(_("This job is not a notebook."), rule="recipe:interactive")
    last.job = job
    if last.state == "running" and last.progress.get("ready") is not True:
        raise NotebookIsNotOpen(
            _("This notebook is still starting."),
            rule="notebook:ready",
            next_step=_("Try again in a few seconds."),
        )
    return last


def looks(agreement: Agreement) -> models.QuerySet[NotebookVisit]:
    """Return who came into a notebook on data that stays in the secure environment under an agreement, newest first.

    Both parties read it. What was made from the data counts as the data.
    """
    rows = NotebookVisit.objects.filter(state="entered", attempt__job__secure__icontains=agreement.pk)
    return rows.select_related("person", "attempt").order_by("-pk")


def look_facts(visit: NotebookVisit) -> dict[str, Any]:
    """Return one visit as the parties of an agreement read it."""
    return {
        "id": visit.pk,
        "person": visit.person_id,
        "name": visit.person.name,
        "job": visit.attempt.job_id,
        "attempt": visit.attempt.name,
        "entered_at": plain(visit.entered_at),
    }


def _moment(said: object) -> datetime | None:
    """Read a moment that a job wrote; a job writes anything."""
    try:
        found = datetime.fromisoformat(said) if isinstance(said, str) else None
    except ValueError:
        return None
    return found.astimezone(UTC) if found and found.tzinfo else None
