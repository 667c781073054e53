"""Who sees, submits and stops jobs."""

from django.db import models

from aifactory.awards.models import Project
from aifactory.awards.rules import OVERSEERS, can_view_project, projects_visible_to, works_on
from aifactory.people.actors import SystemActor
from aifactory.people.models import Role, User
from aifactory.people.rules import Viewer, grant, visibility
from aifactory.supercomputer.models import Attempt, Drift, FailedVerb, Job, Usage
from aifactory.supercomputer.notebooks import rules as _notebooks  # noqa: F401 - states its own rules
from aifactory.supercomputer.outages import rules as _outages  # noqa: F401 - states its own rules
from aifactory.supercomputer.permissions import Permission
from aifactory.supercomputer.secure import rules as _secure  # noqa: F401 - states its own rules
from aifactory.supercomputer.uploads import rules as _uploads  # noqa: F401 - states its own rules

#: The desk that agents report to: moves attempts and jobs, and bills what was used.
DESK = SystemActor(
    "desk", frozenset({Permission.RUN, Permission.STOP, Permission.START, Permission.RETRY, "award:spend"})
)
#: Starts what is due and stops what lost its data agreement.
SCHEDULER = SystemActor(
    "scheduler", frozenset({Permission.START, Permission.STOP, Permission.RETRY, "award:spend"})
)


def jobs_visible_to(viewer: Viewer) -> models.QuerySet[Job]:
    """A job is seen with its project."""
    if viewer is not None and viewer.has_role(*OVERSEERS):
        return Job.objects.all()
    return Job.objects.filter(project__in=projects_visible_to(viewer))


def attempts_visible_to(viewer: Viewer) -> models.QuerySet[Attempt]:
    """An attempt is seen with its job."""
    return Attempt.objects.filter(job__in=jobs_visible_to(viewer))


def usage_visible_to(viewer: Viewer) -> models.QuerySet[Usage]:
    """Usage is seen with its project."""
    return Usage.objects.filter(project__in=projects_visible_to(viewer))


visibility(
    Job, visible_to=jobs_visible_to, can_view=lambda viewer, job: can_view_project(viewer, job.project)
)
visibility(
    Attempt,
    visible_to=attempts_visible_to,
    can_view=lambda viewer, attempt: can_view_project(viewer, attempt.job.project),
)
visibility(
    Usage, visible_to=usage_visible_to, can_view=lambda viewer, usage: can_view_project(viewer, usage.project)
)


WATCHERS = (Role.OPERATOR, Role.OFFICE, Role.AUDITOR)


def watches(viewer: Viewer) -> bool:
    """Say whether the viewer runs the clusters or watches over them."""
    return viewer is not None and viewer.has_role(*WATCHERS)


def _for_watchers(model: type[Drift | FailedVerb]) -> None:
    """What happens beside the clusters is for those who run them or watch over them."""
    visibility(
        model,
        visible_to=lambda viewer: model.objects.all() if watches(viewer) else model.objects.none(),
        can_view=lambda viewer, _thing: watches(viewer),
    )


_for_watchers(Drift)
_for_watchers(FailedVerb)


def _on_the_project(user: User, job: Job) -> bool:
    return works_on(user, job.project)


def _may_submit(user: User, project: Project) -> bool:
    return works_on(user, project)


grant(Permission.SUBMIT, roles=None, when=_may_submit)
# What a job wrote or printed may hold the data it ran on: only those who may use that data open it. Whoever
# watches over jobs sees that they ran, what they cost and how they ended.
for _permission in (Permission.START, Permission.CANCEL, Permission.RETRY, Permission.STOP, Permission.READ):
    grant(_permission, roles=None, when=_on_the_project)
for _permission in (Permission.CANCEL, Permission.STOP):
    grant(_permission, roles={Role.OPERATOR}, when=lambda _user, _job: True)
grant(Permission.REPLAY, roles={Role.OPERATOR})
