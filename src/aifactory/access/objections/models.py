"""An objection, how it was handled, and what was decided on it."""

from datetime import datetime
from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from aifactory.access.applications.models import Application
from aifactory.access.deadlines import end_of_day
from aifactory.access.decisions.models import Decision
from aifactory.access.objections.lifecycle import OBJECTION, OPEN
from aifactory.audit.record import Record
from aifactory.people.models import Mandate, User


class Objection(Record):
    """Somebody does not agree with a decision, and says why (or will).

    The decision on it takes the place of the first one as far as it says so (Awb 7:11); the first one stays as
    it was sent. `papers` are texts that came along: name and text.
    """

    PREFIX = "obj"
    LIFECYCLE = OBJECTION
    PUBLIC_FIELDS = frozenset(
        {"id", "created_at", "decision_id", "in_time", "hearing", "due_on", "state", "outcome", "effect"}
        | {"awarded", "decided_at"}
    )

    class Hearing(models.TextChoices):
        OPEN = "open", _("To be planned")
        PLANNED = "planned", _("Planned")
        HELD = "held", _("Held")
        NOT_HELD = "not_held", _("Not held")

    class NotHeard(models.TextChoices):
        """Why nobody is heard (Awb 7:3, a to e)."""

        INADMISSIBLE = "inadmissible", _("The objection can plainly not be considered (Awb 7:3 a)")
        UNFOUNDED = "unfounded", _("The objection is plainly unfounded (Awb 7:3 b)")
        WAIVED = "waived", _("The objector does not want to be heard (Awb 7:3 c)")
        NO_REPLY = "no_reply", _("The objector did not say in time to want a hearing (Awb 7:3 d)")
        GRANTED = "granted", _("The objection is met in full (Awb 7:3 e)")
        NOT_ASKED = "not_asked", _("The mode asks for no hearing")

    class Outcome(models.TextChoices):
        INADMISSIBLE = "inadmissible", _("Not considered")
        UNFOUNDED = "unfounded", _("Unfounded")
        FOUNDED = "founded", _("Well founded")

    class Effect(models.TextChoices):
        KEPT = "kept", _("The decision stays")
        CHANGED = "changed", _("The decision is changed")
        REPLACED = "replaced", _("There is a new decision")

    application = models.ForeignKey(Application, models.PROTECT, related_name="objections")
    decision = models.ForeignKey(Decision, models.PROTECT, related_name="objections")
    objector = models.ForeignKey(User, models.PROTECT, related_name="objections")
    grounds = models.TextField(blank=True, max_length=20_000)
    papers = models.JSONField(default=list)
    wants_hearing = models.BooleanField(null=True)
    in_time = models.BooleanField()
    late_reason = models.TextField(blank=True, max_length=4_000)
    late_excused = models.BooleanField(null=True)
    receipt = models.JSONField()
    due_on = models.DateField()
    grounds_asked_on = models.DateField(null=True)
    grounds_until = models.DateField(null=True)
    handler = models.ForeignKey(User, models.PROTECT, null=True, related_name="handled_objections")
    hearing = models.CharField(max_length=10, choices=Hearing.choices, default=Hearing.OPEN)
    hearing_at = models.DateTimeField(null=True)
    hearing_place = models.CharField(max_length=200, blank=True)
    not_heard = models.CharField(max_length=12, choices=NotHeard.choices, blank=True)
    hearing_report = models.TextField(blank=True, max_length=20_000)
    extended_because = models.TextField(blank=True, max_length=2_000)
    outcome = models.CharField(max_length=12, choices=Outcome.choices, blank=True)
    effect = models.CharField(max_length=10, choices=Effect.choices, blank=True)
    awarded = models.JSONField(
        default=dict, help_text=_("Resource to whole base units, with what stood already")
    )
    reasons = models.TextField(blank=True, max_length=8_000)
    letter = models.JSONField(default=dict)
    decided_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    mandate = models.ForeignKey(Mandate, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    state = models.CharField(max_length=10, default=OBJECTION.initial, choices=list(OBJECTION.states.items()))

    class Meta:
        indexes = [models.Index(fields=["state", "due_on"])]
        constraints = [
            models.UniqueConstraint(
                fields=["decision"], condition=Q(state__in=OPEN), name="one_open_objection_a_decision"
            ),
            models.CheckConstraint(
                condition=~Q(state="decided")
                | (Q(mandate__isnull=False, decided_at__isnull=False) & ~Q(outcome="") & ~Q(reasons="")),
                name="objection_decided_with_reasons",
            ),
        ]

    def __str__(self) -> str:
        return str(self.application)

    @property
    def grounds_end(self) -> datetime:
        """Return the moment until which grounds may come."""
        return end_of_day(self.grounds_until, self.application.call.mode.clock.time_zone)  # type: ignore[arg-type]

    def letter_sections(self) -> list[dict[str, Any]]:
        """Return the sections of the letter."""
        sections: list[dict[str, Any]] = self.letter.get("sections", [])
        return sections
