"""Who records outages, and who sees them."""

from aifactory.awards.rules import can_view_project, lines_visible_to
from aifactory.people.actors import SystemActor
from aifactory.people.models import Role
from aifactory.people.rules import grant, visibility
from aifactory.supercomputer.outages.models import Extension, Outage
from aifactory.supercomputer.outages.permissions import Permission

#: Gives time back by the policy, and can do nothing else.
SETTLER = SystemActor("settler", frozenset({Permission.SETTLE, "award:extend"}))

visibility(Outage, visible_to=lambda _viewer: Outage.objects.all(), can_view=lambda _viewer, _outage: True)
visibility(
    Extension,
    visible_to=lambda viewer: Extension.objects.filter(line__in=lines_visible_to(viewer)),
    can_view=lambda viewer, extension: can_view_project(viewer, extension.line.project),
)

grant(Permission.RECORD, roles={Role.OPERATOR, Role.OFFICE})
