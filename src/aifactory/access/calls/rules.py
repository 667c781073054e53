"""Who sees calls, and who opens and closes them."""

from django.db import models

from aifactory.access.calls.models import Call
from aifactory.access.permissions import Permission
from aifactory.people.models import Role
from aifactory.people.rules import Viewer, grant, visibility


def calls_visible_to(viewer: Viewer) -> models.QuerySet[Call]:
    """Everybody sees calls, staff also those being prepared."""
    if viewer is not None and viewer.has_role(Role.OFFICE, Role.AUDITOR):
        return Call.objects.all()
    return Call.objects.exclude(state="draft")


def can_view_call(viewer: Viewer, call: Call) -> bool:
    """Same rule as `calls_visible_to`, for one call."""
    return call.state != "draft" or (viewer is not None and viewer.has_role(Role.OFFICE, Role.AUDITOR))


visibility(Call, visible_to=calls_visible_to, can_view=can_view_call)

grant(Permission.OPEN_CALL, roles={Role.OFFICE})
grant(Permission.CLOSE_CALL, roles={Role.OFFICE})
