"""What was decided."""

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from aifactory.access.applications.models import Application
from aifactory.audit.record import Record
from aifactory.people.models import Mandate, User


class Decision(Record):
    """What was decided, by whom, on which mandate, with the letter as it was sent."""

    PREFIX = "dec"
    PUBLIC_FIELDS = frozenset(
        {"id", "created_at", "application_id", "mandate_id", "outcome", "awarded", "permits", "decided_at"}
    )

    class Outcome(models.TextChoices):
        AWARDED = "awarded", _("Awarded")
        REJECTED = "rejected", _("Not awarded")

    application = models.OneToOneField(Application, models.PROTECT, related_name="decision")
    decided_by = models.ForeignKey(User, models.PROTECT, related_name="decisions")
    mandate = models.ForeignKey(Mandate, models.PROTECT, related_name="decisions")
    outcome = models.CharField(max_length=10, choices=Outcome.choices)
    awarded = models.JSONField(default=dict, help_text=_("Resource to whole base units"))
    permits = models.JSONField(default=list, help_text=_("Ids of the datasets that may be asked for"))
    reasons = models.TextField()
    letter = models.JSONField()
    decided_at = models.DateTimeField()
    object_until = models.DateField()

    def letter_sections(self) -> list[dict[str, Any]]:
        """Return the sections of the letter."""
        sections: list[dict[str, Any]] = self.letter["sections"]
        return sections
