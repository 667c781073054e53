"""Who may open a notebook: who started it, as long as that person works on the project. Nobody else speaks in it."""

from django.db import models

from aifactory.awards.rules import OVERSEERS, can_view_project, projects_visible_to, works_on
from aifactory.people.actors import SystemActor
from aifactory.people.models import User
from aifactory.people.rules import Viewer, grant, visibility
from aifactory.supercomputer.models import Job
from aifactory.supercomputer.notebooks.models import NotebookVisit
from aifactory.supercomputer.notebooks.permissions import Permission

#: Stands at the doors of notebooks, and can do nothing else.
DOORKEEPER = SystemActor("doorkeeper", frozenset({Permission.ADMIT}))


def visits_visible_to(viewer: Viewer) -> models.QuerySet[NotebookVisit]:
    """A visit is seen with the project of its job."""
    if viewer is not None and viewer.has_role(*OVERSEERS):
        return NotebookVisit.objects.all()
    return NotebookVisit.objects.filter(attempt__job__project__in=projects_visible_to(viewer))


def _is_theirs(user: User, job: Job) -> bool:
    return job.submitted_by_id == user.pk and works_on(user, job.project)


visibility(
    NotebookVisit,
    visible_to=visits_visible_to,
    can_view=lambda viewer, visit: can_view_project(viewer, visit.attempt.job.project),
)
grant(Permission.OPEN, roles=None, when=_is_theirs)
