"""Who sees and works on cases."""

from django.db import models

from aifactory.awards.models import Project
from aifactory.awards.rules import can_view_project, projects_visible_to, works_on
from aifactory.expertise.models import Case
from aifactory.expertise.permissions import Permission
from aifactory.people.models import Role, User
from aifactory.people.rules import Viewer, grant, visibility


def cases_visible_to(viewer: Viewer) -> models.QuerySet[Case]:
    """A case is seen with its project; advisers see all projects."""
    return Case.objects.filter(project__in=projects_visible_to(viewer))


visibility(
    Case, visible_to=cases_visible_to, can_view=lambda viewer, case: can_view_project(viewer, case.project)
)


def _on_the_project(user: User, project: Project) -> bool:
    return works_on(user, project)


grant(Permission.ASK, roles=None, when=_on_the_project)
grant(Permission.WORK, roles={Role.ADVISER})
