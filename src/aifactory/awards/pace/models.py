"""Plans and warnings about an award's pace; what left an award, what the pool holds, and who asks for it."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from aifactory.audit.record import Record
from aifactory.awards.pace.lifecycle import POOL_WISH, RECLAIM


class RampPlan(Record):
    """How much of an award its project plans to use in which month: its pace is judged against that."""

    PREFIX = "rmp"
    PUBLIC_FIELDS = frozenset({"id", "created_at", "line_id", "months"})

    line = models.OneToOneField("awards.AwardLine", models.PROTECT, related_name="ramp_plan")
    months = models.JSONField(help_text=_("Month (2026-11) to whole base units"))
    why = models.CharField(max_length=1000)

    def __str__(self) -> str:
        return str(self.line.project)


class PaceWarning(Record):
    """A warning that an award is used too slowly, not at all, or too fast, with the figures it rests on."""

    class Kind(models.TextChoices):
        SLOW = "slow", _("Behind")
        IDLE = "idle", _("Not used")
        FAST = "fast", _("Used up early")

    PREFIX = "wrn"
    PUBLIC_FIELDS = frozenset({"id", "created_at", "line_id", "kind", "policy"})

    line = models.ForeignKey("awards.AwardLine", models.PROTECT, related_name="pace_warnings")
    kind = models.CharField(max_length=8, choices=Kind.choices)
    policy = models.CharField(max_length=40)
    figures = models.JSONField()

    def __str__(self) -> str:
        return str(self.line.project)


class Reclaim(Record):
    """Time that the policy would take back from an award: proposed by the rule, decided by a person with reasons.

    `amount` in base units: what was proposed, after a decision what was taken. The project can object to that; somebody
    else rules on it, and `restored` is what the award got back (none of it, part, or all).
    """

    PREFIX = "rcl"
    LIFECYCLE = RECLAIM
    PUBLIC_FIELDS = frozenset(
        {"id", "created_at", "line_id", "amount", "policy", "policy_digest", "state", "decided_at",
         "objected_at", "restored", "ruled_at"}
    )  # fmt: skip

    line = models.ForeignKey("awards.AwardLine", models.PROTECT, related_name="reclaims")
    amount = models.BigIntegerField()
    policy = models.CharField(max_length=40)
    policy_digest = models.CharField(max_length=71)
    figures = models.JSONField(help_text=_("What the proposal rests on"))
    answer_until = models.DateTimeField()
    answer = models.CharField(max_length=4000, blank=True)
    answered_at = models.DateTimeField(null=True)
    reasons = models.CharField(max_length=4000, blank=True)
    mandate = models.ForeignKey("people.Mandate", models.PROTECT, null=True, related_name="reclaims")
    decided_at = models.DateTimeField(null=True)
    objection = models.CharField(max_length=4000, blank=True)
    objected_at = models.DateTimeField(null=True)
    hearing = models.CharField(max_length=4000, blank=True)
    ruling = models.CharField(max_length=4000, blank=True, help_text=_("The reasons of the ruling"))
    restored = models.BigIntegerField(null=True)
    ruled_at = models.DateTimeField(null=True)
    ruling_mandate = models.ForeignKey(
        "people.Mandate", models.PROTECT, null=True, related_name="rulings_on_reclaims"
    )
    state = models.CharField(max_length=10, default=RECLAIM.initial, choices=list(RECLAIM.states.items()))

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["line"], condition=Q(state="proposed"), name="one_reclaim_at_a_time"
            )
        ]

    def __str__(self) -> str:
        return str(self.line.project)


class PoolCredit(Record):
    """Time that left an award and can be granted again, until the end of the period it was planned for."""

    class Source(models.TextChoices):
        RETURNED = "returned", _("Given back")
        RECLAIMED = "reclaimed", _("Taken back")

    PREFIX = "crd"
    PRIVATE: ClassVar[frozenset[str]] = frozenset({"left"})
    PUBLIC_FIELDS = frozenset(
        {"id", "created_at", "line_id", "resource", "amount", "source", "usable_until", "reclaim_id"}
    )

    line = models.ForeignKey("awards.AwardLine", models.PROTECT, related_name="credits")
    resource = models.CharField(max_length=10)
    amount = models.BigIntegerField()
    left = models.BigIntegerField()
    source = models.CharField(max_length=10, choices=Source.choices)
    reclaim = models.OneToOneField(Reclaim, models.PROTECT, null=True, related_name="credit")
    reasons = models.CharField(max_length=1000, blank=True)
    usable_until = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(left__gte=0) & Q(amount__gte=F("left")) & Q(amount__gt=0),
                name="never_more_than_came_back",
            )
        ]
        indexes = [models.Index(fields=["resource", "usable_until"])]

    def __str__(self) -> str:
        return str(self.line.project)


class PoolWish(Record):
    """What a project asks of the pool on top of its award: `amount` asked, `granted` given, in base units."""

    PREFIX = "wsh"
    LIFECYCLE = POOL_WISH
    PUBLIC_FIELDS = frozenset(
        {"id", "created_at", "line_id", "granted", "out_of_turn", "state", "decided_at"}
    )

    line = models.ForeignKey("awards.AwardLine", models.PROTECT, related_name="wishes")
    amount = models.BigIntegerField()
    why = models.CharField(max_length=1000)
    granted = models.BigIntegerField(default=0)
    out_of_turn = models.BooleanField(default=False)
    reasons = models.CharField(max_length=4000, blank=True)
    mandate = models.ForeignKey("people.Mandate", models.PROTECT, null=True, related_name="pool_wishes")
    decided_at = models.DateTimeField(null=True)
    state = models.CharField(max_length=10, default=POOL_WISH.initial, choices=list(POOL_WISH.states.items()))

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["line"], condition=Q(state="asked"), name="one_wish_at_a_time")
        ]

    def __str__(self) -> str:
        return str(self.line.project)


class Lapse(Record):
    """Time that nobody used before its end: of an award, or of what had come back to the pool."""

    PREFIX = "lps"
    PUBLIC_FIELDS = frozenset({"id", "created_at", "line_id", "credit_id", "resource", "amount", "ended_at"})

    line = models.ForeignKey("awards.AwardLine", models.PROTECT, related_name="lapses")
    credit = models.OneToOneField(PoolCredit, models.PROTECT, null=True, related_name="lapse")
    resource = models.CharField(max_length=10)
    amount = models.BigIntegerField()
    ended_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["line", "ended_at"], condition=Q(credit=None), name="a_line_lapses_once"
            )
        ]

    def __str__(self) -> str:
        return str(self.line.project)
