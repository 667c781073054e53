"""When a cluster did not work, and how much longer each award runs for it."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from aifactory.audit.record import Record
from aifactory.supercomputer.outages.lifecycle import OUTAGE


class Outage(Record):
    """A time in which a cluster, or one partition of it, gave no GPUs or no cores. Everybody may read it.

    `ends_at` is empty while nobody knows. `resources`: which of "gpu" and "core" could not be used.
    """

    PREFIX = "otg"
    LIFECYCLE = OUTAGE
    PUBLIC_FIELDS = frozenset(
        {
            "id",
            "created_at",
            "cluster",
            "partition",
            "planned",
            "resources",
            "what",
            "starts_at",
            "ends_at",
            "state",
        }
    )

    cluster = models.CharField(_("cluster"), max_length=40)
    partition = models.CharField(_("partition"), max_length=80, blank=True)
    planned = models.BooleanField(_("planned"))
    resources = models.JSONField()
    what = models.CharField(_("what happened"), max_length=500)
    starts_at = models.DateTimeField(_("from"))
    ends_at = models.DateTimeField(_("until"), null=True)
    state = models.CharField(max_length=10, default=OUTAGE.initial, choices=list(OUTAGE.states.items()))

    class Meta:
        indexes = [models.Index(fields=["state", "ends_at"])]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at=None) | Q(ends_at__gt=F("starts_at")),
                name="an_outage_ends_after_it_began",
            )
        ]

    def __str__(self) -> str:
        return self.what


class Extension(Record):
    """So much longer one award runs because of one outage; once. Seconds, and the policy that said so."""

    PREFIX = "ext"
    PUBLIC_FIELDS = frozenset(
        {
            "id",
            "created_at",
            "outage_id",
            "line_id",
            "lost_seconds",
            "given_seconds",
            "was_until",
            "runs_until",
            "policy",
        }
    )

    outage = models.ForeignKey(Outage, models.PROTECT, related_name="extensions")
    line = models.ForeignKey("awards.AwardLine", models.PROTECT, related_name="extensions")
    lost_seconds = models.PositiveBigIntegerField()
    given_seconds = models.PositiveBigIntegerField()
    was_until = models.DateTimeField()
    runs_until = models.DateTimeField()
    policy = models.CharField(max_length=20)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["outage", "line"], name="given_back_once")]

    @property
    def project(self) -> object:
        """The project whose award it is: its people are told."""
        return self.line.project
