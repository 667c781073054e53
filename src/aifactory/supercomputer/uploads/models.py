"""What somebody brought along for a project's jobs: a few files that never change."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from aifactory.audit.record import Record
from aifactory.awards.models import Project
from aifactory.people.models import User


class Upload(Record):
    """Files under one name: a script with its requirements, or a table. What changes is another upload."""

    PREFIX = "upl"
    # Names of files can tell what nobody else should know.
    PUBLIC_FIELDS: ClassVar[frozenset[str]] = frozenset({"id", "created_at", "project_id"})

    project = models.ForeignKey(Project, models.PROTECT, related_name="uploads")
    brought_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    title = models.CharField(_("name"), max_length=120)
    files = models.JSONField(help_text="[{path, key, digest, size}]")

    class Meta:
        indexes = [models.Index(fields=["project", "id"])]

    def __str__(self) -> str:
        return self.title
