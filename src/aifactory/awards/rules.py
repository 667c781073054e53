"""Who sees and moves projects and awards."""

from django.db import models

from aifactory.awards.billing import rules as _billing  # noqa: F401 - states its own rules
from aifactory.awards.changes import rules as _changes  # noqa: F401 - states its own rules
from aifactory.awards.models import AwardLine, Project, ProjectMember
from aifactory.awards.pace import rules as _pace  # noqa: F401 - states its own rules
from aifactory.awards.permissions import Permission
from aifactory.awards.reserves.models import Reserve
from aifactory.awards.state_aid import rules as _state_aid  # noqa: F401 - states its own rules
from aifactory.people.models import Role, User
from aifactory.people.rules import Viewer, grant, visibility

OVERSEERS = (Role.OFFICE, Role.AUDITOR, Role.OPERATOR, Role.ADVISER)


def works_on(user: User, project: Project) -> bool:
    """Say whether the person is a member of the project."""
    return project.members.filter(user=user, until=None).exists()


def projects_visible_to(viewer: Viewer) -> models.QuerySet[Project]:
    """Overseers see all projects, others those of their organisations and those they work on."""
    if viewer is None:
        return Project.objects.none()
    if viewer.has_role(*OVERSEERS):
        return Project.objects.all()
    # A union is answered from two indexes; an OR would walk through the projects of everybody.
    theirs = Project.objects.filter(organisation__in=viewer.organisation_ids).values("pk")
    return Project.objects.filter(
        pk__in=theirs.union(viewer.project_memberships.filter(until=None).values("project"))
    )


def can_view_project(viewer: Viewer, project: Project) -> bool:
    """Same rule as `projects_visible_to`, for one project."""
    return viewer is not None and (
        viewer.has_role(*OVERSEERS)
        or project.organisation_id in viewer.organisation_ids
        or works_on(viewer, project)
    )


def lines_visible_to(viewer: Viewer) -> models.QuerySet[AwardLine]:
    """An award is seen with its project."""
    if viewer is not None and viewer.has_role(*OVERSEERS):
        return AwardLine.objects.all()
    return AwardLine.objects.filter(project__in=projects_visible_to(viewer))


visibility(Project, visible_to=projects_visible_to, can_view=can_view_project)
visibility(
    AwardLine,
    visible_to=lines_visible_to,
    can_view=lambda viewer, line: can_view_project(viewer, line.project),
)
visibility(
    Reserve,
    visible_to=lambda viewer: (
        Reserve.objects.all()
        if viewer is not None and viewer.has_role(*OVERSEERS)
        else Reserve.objects.none()
    ),
    can_view=lambda viewer, _reserve: viewer is not None and viewer.has_role(*OVERSEERS),
)


def _leads(user: User, thing: Project | ProjectMember) -> bool:
    project = thing.project if isinstance(thing, ProjectMember) else thing
    return project.leader_id == user.pk


grant(Permission.WORK, roles=None, when=works_on)
grant(Permission.MANAGE, roles={Role.OFFICE})
grant(Permission.MANAGE, roles=None, when=_leads)
grant(Permission.OPEN, roles={Role.OFFICE, Role.PANEL})
grant(Permission.GRANT, roles={Role.OFFICE, Role.PANEL})
grant(Permission.EXTEND, roles={Role.OFFICE})
grant(Permission.SPEND, roles=None, when=lambda user, hold: works_on(user, hold.line.project))
grant(Permission.SPEND, roles={Role.ADVISER, Role.OFFICE})
