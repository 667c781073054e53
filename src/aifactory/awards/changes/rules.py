"""Who changes awards; a change is seen with its award."""

from aifactory.awards.changes.models import AwardChange
from aifactory.awards.models import AwardLine
from aifactory.awards.permissions import Permission
from aifactory.people.models import Role, User
from aifactory.people.rules import can_view, grant, visibility, visible

visibility(
    AwardChange,
    visible_to=lambda viewer: AwardChange.objects.filter(line__in=visible(AwardLine, viewer)),
    can_view=lambda viewer, change: can_view(viewer, change.line),
)


def _stands_apart(user: User, line: AwardLine) -> bool:
    """Nobody decides about the award of their own organisation or project."""
    project = line.project
    return project.organisation_id not in user.organisation_ids and not user.may(Permission.WORK, project)


grant(
    Permission.CHANGE,
    roles={Role.OFFICE},
    when=lambda user, thing: _stands_apart(user, thing.line if isinstance(thing, AwardChange) else thing),
)
