"""Who sees why an application was decided out of turn."""

from django.db import models

from aifactory.access.applications.rules import applications_visible_to, can_view_application
from aifactory.access.conflicts.rules import OVERSEERS
from aifactory.access.lanes.models import OutOfTurn
from aifactory.people.rules import Viewer, visibility


def leaves_visible_to(viewer: Viewer) -> models.QuerySet[OutOfTurn]:
    """Overseers see the leave given for applications that they may see."""
    if viewer is None or not viewer.has_role(*OVERSEERS):
        return OutOfTurn.objects.none()
    return OutOfTurn.objects.filter(application__in=applications_visible_to(viewer))


def can_view_leave(viewer: Viewer, leave: OutOfTurn) -> bool:
    """Same rule as `leaves_visible_to`, for one leave."""
    return (
        viewer is not None and viewer.has_role(*OVERSEERS) and can_view_application(viewer, leave.application)
    )


visibility(OutOfTurn, visible_to=leaves_visible_to, can_view=can_view_leave)
