"""The countdown of a project's data after its end."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from aifactory.audit.record import Record
from aifactory.awards.models import Project
from aifactory.transparency.retention.lifecycle import RETENTION


class Retention(Record):
    """Until when the data of an ended project is kept; afterwards, how much was deleted, and of each file the digest.

    `deleted`: [{of, path, digest, size}], for those who see the project; everybody sees how many and how large.
    """

    PREFIX = "ret"
    LIFECYCLE = RETENTION
    PUBLIC_FIELDS = frozenset(
        {"id", "created_at", "project_id", "delete_on", "policy", "policy_digest", "state", "files", "size"}
        | {"deleted_at"}
    )

    project = models.OneToOneField(Project, models.PROTECT, related_name="retention")
    delete_on = models.DateField(help_text=_("The first day on which it may be deleted"))
    policy = models.CharField(max_length=40)
    policy_digest = models.CharField(max_length=71)
    notice_days = models.JSONField(help_text=_("So many days before, its people are reminded"))
    deleted = models.JSONField(default=list)
    files = models.PositiveIntegerField(default=0)
    size = models.BigIntegerField(default=0)
    deleted_at = models.DateTimeField(null=True)
    state = models.CharField(max_length=10, default=RETENTION.initial, choices=list(RETENTION.states.items()))

    class Meta:
        indexes = [models.Index(fields=["state", "delete_on"])]

    def __str__(self) -> str:
        return str(self.project)
