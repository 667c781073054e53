"""Reads of what was brought along."""

from typing import Any

from django.db import models

from aifactory.audit.record import plain
from aifactory.people.rules import visible
from aifactory.supercomputer.uploads.models import Upload


def uploads(viewer: Any, project_id: str) -> models.QuerySet[Upload]:
    """Return what was brought along for a project, newest first."""
    return visible(Upload, viewer).filter(project=project_id).select_related("brought_by").order_by("-pk")


def facts(upload: Upload) -> dict[str, Any]:
    """Return one upload as the API shows it; sizes in bytes."""
    return {
        "id": upload.pk,
        "project": upload.project_id,
        "title": upload.title,
        "created_at": plain(upload.created_at),
        "files": [{key: file[key] for key in ("path", "digest", "size")} for file in upload.files],
    }
