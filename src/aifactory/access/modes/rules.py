"""Who writes and adopts modes, and who sees them."""

from django.db import models

from aifactory.access.modes.models import ModeVersion
from aifactory.access.permissions import Permission
from aifactory.people.models import Role
from aifactory.people.rules import Viewer, grant, visibility


def mode_versions_visible_to(viewer: Viewer) -> models.QuerySet[ModeVersion]:
    """Everybody sees what was adopted, the office and the auditor also what is being written."""
    if viewer is not None and viewer.has_role(Role.OFFICE, Role.AUDITOR):
        return ModeVersion.objects.all()
    return ModeVersion.objects.filter(state="adopted")


def can_view_mode_version(viewer: Viewer, version: ModeVersion) -> bool:
    """Same rule as `mode_versions_visible_to`, for one version."""
    return version.state == "adopted" or (viewer is not None and viewer.has_role(Role.OFFICE, Role.AUDITOR))


visibility(ModeVersion, visible_to=mode_versions_visible_to, can_view=can_view_mode_version)

grant(Permission.WRITE_MODE, roles={Role.OFFICE})
grant(Permission.ADOPT_MODE, roles={Role.OFFICE})
