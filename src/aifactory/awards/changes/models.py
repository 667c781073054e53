"""What was changed of an award, by whom and why."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from aifactory.audit.record import Record


class AwardChange(Record):
    """One change of one award, under a mandate: `before` and `after` are moments, or amounts in base units."""

    class Kind(models.TextChoices):
        LONGER = "longer", _("Runs longer")
        LESS = "less", _("Made smaller")

    PREFIX = "chg"
    PUBLIC_FIELDS = frozenset({"id", "created_at", "line_id", "kind", "before", "after"})

    line = models.ForeignKey("awards.AwardLine", models.PROTECT, related_name="changes")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    before = models.CharField(max_length=40)
    after = models.CharField(max_length=40)
    reasons = models.CharField(max_length=4000)
    mandate = models.ForeignKey("people.Mandate", models.PROTECT, related_name="award_changes")

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.after}"
