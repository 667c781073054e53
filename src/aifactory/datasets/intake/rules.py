"""Who sees what is being sent: the people who may add files, and staff."""

from django.db.models import QuerySet

from aifactory.datasets.intake.models import SentFile
from aifactory.datasets.permissions import Permission
from aifactory.datasets.rules import STAFF
from aifactory.people.actors import SystemActor
from aifactory.people.rules import Viewer, visibility

#: Checks what was sent, and gives up what nobody finishes.
INTAKE = SystemActor("intake", frozenset({Permission.MANAGE}))


def sent_files_visible_to(viewer: Viewer) -> QuerySet[SentFile]:
    """The holder's people, and staff."""
    if viewer is None:
        return SentFile.objects.none()
    if viewer.has_role(*STAFF):
        return SentFile.objects.all()
    return SentFile.objects.filter(version__dataset__holder__in=viewer.organisation_ids)


def can_view_sent_file(viewer: Viewer, sent: SentFile) -> bool:
    """Same rule as `sent_files_visible_to`, for one."""
    return viewer is not None and (
        viewer.has_role(*STAFF) or sent.version.dataset.holder_id in viewer.organisation_ids
    )


visibility(SentFile, visible_to=sent_files_visible_to, can_view=can_view_sent_file)
