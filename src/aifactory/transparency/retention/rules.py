"""Who sees how long a project's data is kept. Nobody moves the day: the published policy does."""

from aifactory.awards.rules import can_view_project, projects_visible_to
from aifactory.people.actors import SystemActor
from aifactory.people.rules import visibility
from aifactory.supercomputer.secure.permissions import Permission as Inside
from aifactory.transparency.permissions import Permission
from aifactory.transparency.retention.models import Retention

#: counts down, and deletes when the day has come
KEEPER = SystemActor("keeper", frozenset({Permission.RETAIN, Inside.DESTROY}))

visibility(
    Retention,
    visible_to=lambda viewer: Retention.objects.filter(project__in=projects_visible_to(viewer)),
    can_view=lambda viewer, kept: can_view_project(viewer, kept.project),
)
