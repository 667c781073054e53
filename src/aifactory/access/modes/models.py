"""Versions of modes that the office of a factory wrote itself."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from aifactory.access.modes.lifecycle import MODE_VERSION
from aifactory.audit.record import Record
from aifactory.people.models import User


class ModeVersion(Record):
    """A mode as text: written and checked as a draft; once adopted it stands, and calls may be opened under it.

    `content` and `digest` are set on adoption, `problems` (with their lines) whenever it is written.
    """

    PREFIX = "mod"
    LIFECYCLE = MODE_VERSION
    PUBLIC_FIELDS = frozenset(
        {"id", "created_at", "name", "mode_id", "version", "content", "digest", "state", "adopted_at"}
    )

    name = models.CharField(max_length=60, blank=True)
    mode_id = models.CharField(max_length=40, blank=True)
    version = models.PositiveIntegerField(null=True, blank=True)
    text = models.TextField(_("the mode as TOML"), max_length=200_000)
    problems = models.JSONField(default=list)
    content = models.JSONField(default=dict)
    digest = models.CharField(max_length=71, blank=True)
    written_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    adopted_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    adopted_at = models.DateTimeField(null=True, blank=True)
    state = models.CharField(
        max_length=10, default=MODE_VERSION.initial, choices=list(MODE_VERSION.states.items())
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["mode_id", "version"], condition=Q(state="adopted"), name="one_mode_a_version"
            ),
            models.CheckConstraint(
                condition=~Q(state="adopted") | (~Q(digest="") & Q(adopted_at__isnull=False)),
                name="adopted_with_its_digest",
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.pk
