"""Who sees and removes SSH keys."""

from django.db import models

from aifactory.people.models import Role
from aifactory.people.rules import Viewer, grant, visibility
from aifactory.people.ssh.models import SshKey
from aifactory.people.ssh.permissions import Permission

OVERSEERS = (Role.OPERATOR, Role.AUDITOR)


def keys_visible_to(viewer: Viewer) -> models.QuerySet[SshKey]:
    """One's own keys; those who watch over the cluster see all."""
    if viewer is None:
        return SshKey.objects.none()
    return SshKey.objects.all() if viewer.has_role(*OVERSEERS) else SshKey.objects.filter(user=viewer)


visibility(
    SshKey,
    visible_to=keys_visible_to,
    can_view=lambda viewer, key: (
        viewer is not None and (viewer.has_role(*OVERSEERS) or key.user_id == viewer.pk)
    ),
)

grant(Permission.REMOVE, roles=None, when=lambda user, key: key.user_id == user.pk)
grant(Permission.REMOVE, roles={Role.OPERATOR})
