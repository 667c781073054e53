"""Who sees and keeps the ledger of aid."""

from django.db import models

from aifactory.awards.state_aid.models import AidEntry
from aifactory.awards.state_aid.permissions import Permission
from aifactory.people.models import Role, User
from aifactory.people.rules import (
    Viewer,
    can_view_organisation,
    grant,
    organisations_visible_to,
    visibility,
)


def entries_visible_to(viewer: Viewer) -> models.QuerySet[AidEntry]:
    """Aid is seen with its organisation: by its people and by staff."""
    return AidEntry.objects.filter(organisation__in=organisations_visible_to(viewer))


visibility(
    AidEntry,
    visible_to=entries_visible_to,
    can_view=lambda viewer, entry: can_view_organisation(viewer, entry.organisation),
)


def _signs(user: User, entry: AidEntry) -> bool:
    return entry.organisation.memberships.filter(user=user, until=None, representative=True).exists()


grant(Permission.DECLARE, roles=None, when=_signs)
grant(Permission.DECLARE, roles={Role.OFFICE})
grant(Permission.GRANT, roles={Role.OFFICE, Role.PANEL})
grant(Permission.KEEP, roles={Role.OFFICE})
