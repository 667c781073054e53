"""Who writes and accepts reports, and who sees them."""

from django.db import models

from aifactory.awards.models import Project
from aifactory.awards.rules import can_view_project, projects_visible_to, works_on
from aifactory.people.models import Role, User
from aifactory.people.rules import Viewer, grant, visibility
from aifactory.transparency import named as _named  # noqa: F401 - states whose names are public
from aifactory.transparency.models import Outcome, Report
from aifactory.transparency.permissions import Permission
from aifactory.transparency.retention import rules as _retention  # noqa: F401 - states its own rules


def reports_visible_to(viewer: Viewer) -> models.QuerySet[Report]:
    """Accepted reports are public; others are seen with their project."""
    return Report.objects.filter(
        models.Q(state="accepted") | models.Q(project__in=projects_visible_to(viewer))
    )


visibility(
    Report,
    visible_to=reports_visible_to,
    can_view=lambda viewer, report: report.state == "accepted" or can_view_project(viewer, report.project),
)
visibility(Outcome, visible_to=lambda _viewer: Outcome.objects.all(), can_view=lambda _viewer, _outcome: True)


def _on_the_project(user: User, thing: Project | Report | Outcome) -> bool:
    return works_on(user, thing if isinstance(thing, Project) else thing.project)


grant(Permission.REPORT, roles=None, when=_on_the_project)
grant(Permission.OUTCOME, roles=None, when=_on_the_project)
grant(Permission.EXPORT, roles=None, when=_on_the_project)
grant(Permission.OUTCOME, roles={Role.OFFICE})
grant(Permission.ACCEPT, roles={Role.OFFICE})
