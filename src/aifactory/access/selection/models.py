"""What a call has to give, the list that the rule makes of it, and what people decided on each line."""

from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from aifactory.access.applications.models import Application
from aifactory.access.calls.models import Call
from aifactory.access.selection.lifecycle import LINE, LIVE, SELECTION
from aifactory.audit.record import Record
from aifactory.people.models import Mandate, User


class Budget(Record):
    """What a call has to give, and the commitment to the seed of its draw; both stand before the first score."""

    PREFIX = "bud"
    PRIVATE = frozenset({"secret"})
    PUBLIC_FIELDS = frozenset({"id", "created_at", "call_id", "amounts", "commitment"})

    call = models.OneToOneField(Call, models.PROTECT, related_name="budget")
    amounts = models.JSONField(help_text=_("Resource to whole base units"))
    commitment = models.CharField(max_length=71, help_text=_("SHA-256 of the secret"))
    secret = models.CharField(
        max_length=64, help_text=_("Hexadecimal; shown with the inputs once there is a list")
    )


class Selection(Record):
    """One run of the rule over a call: what went in, what came out, byte for byte."""

    PREFIX = "sel"
    LIFECYCLE = SELECTION
    PUBLIC_FIELDS = frozenset(
        {"id", "created_at", "call_id", "state", "inputs_digest", "result_digest", "published_at"}
    )

    call = models.ForeignKey(Call, models.PROTECT, related_name="selections")
    inputs = models.JSONField()
    inputs_digest = models.CharField(max_length=71)
    result = models.JSONField()
    result_digest = models.CharField(max_length=71)
    proposed_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    state = models.CharField(max_length=10, default=SELECTION.initial, choices=list(SELECTION.states.items()))
    because = models.TextField(max_length=1000, blank=True, help_text=_("Why it was set aside"))
    published_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["call"], condition=Q(state__in=LIVE), name="one_standing_selection_a_call"
            )
        ]


class SelectionLine(Record):
    """One application in a selection. Requested is in the application, proposed by the rule, final by a person."""

    PREFIX = "sln"
    LIFECYCLE = LINE

    selection = models.ForeignKey(Selection, models.PROTECT, related_name="lines")
    application = models.ForeignKey(Application, models.PROTECT, related_name="selection_lines")
    label = models.CharField(max_length=12, help_text=_("Under which inputs and result name it"))
    facts = models.JSONField(help_text=_("The line of the result"))
    proposed = models.JSONField(default=dict, help_text=_("Resource to whole base units"))
    final = models.JSONField(default=dict, help_text=_("Resource to whole base units"))
    deviation = models.TextField(max_length=4000, blank=True, help_text=_("Why it differs from the rule"))
    state = models.CharField(max_length=10, default=LINE.initial, choices=list(LINE.states.items()))
    decided_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    mandate = models.ForeignKey(Mandate, models.PROTECT, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["selection", "application"], name="one_line_an_application"),
            models.UniqueConstraint(fields=["selection", "label"], name="one_line_a_label"),
            models.CheckConstraint(
                condition=Q(state="open") | Q(decided_by__isnull=False, mandate__isnull=False),
                name="held_by_a_mandated_person",
            ),
        ]

    @property
    def deviates(self) -> bool:
        """Say whether a person decided otherwise than the rule proposes."""
        return bool(self.final != self.proposed)

    @property
    def standing(self) -> str:
        """Return why it is not ranked, or that it is."""
        standing: str = self.facts["standing"]
        return standing

    def fact(self, name: str) -> Any:
        """Return a fact of the result, None where this line has none of that name."""
        return self.facts.get(name)
