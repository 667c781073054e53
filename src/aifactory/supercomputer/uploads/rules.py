"""Who sees what was brought along: who sees the project. What is in it is opened by no page, only by jobs."""

from django.db import models

from aifactory.awards.rules import OVERSEERS, can_view_project, projects_visible_to
from aifactory.people.rules import Viewer, visibility
from aifactory.supercomputer.uploads.models import Upload


def uploads_visible_to(viewer: Viewer) -> models.QuerySet[Upload]:
    """An upload is seen with its project."""
    if viewer is not None and viewer.has_role(*OVERSEERS):
        return Upload.objects.all()
    return Upload.objects.filter(project__in=projects_visible_to(viewer))


visibility(
    Upload,
    visible_to=uploads_visible_to,
    can_view=lambda viewer, upload: can_view_project(viewer, upload.project),
)
