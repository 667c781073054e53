"""Who does the work of a duty, is asked, or is told: what stands beside the accountable person of its mandate."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from aifactory.audit.record import Record


class Involvement(Record):
    """A function that is responsible for a duty, consulted about it or informed of it, for a time."""

    class Part(models.TextChoices):
        RESPONSIBLE = "responsible", _("Responsible")
        CONSULTED = "consulted", _("Consulted")
        INFORMED = "informed", _("Informed")

    PREFIX = "inv"
    PUBLIC_FIELDS = frozenset({"id", "created_at", "subject", "scope", "part", "function", "since", "until"})

    subject = models.CharField(max_length=60, help_text=_("The duty, by the permission of its mandate"))
    scope = models.CharField(max_length=60, blank=True)
    part = models.CharField(_("part"), max_length=12, choices=Part.choices)
    function = models.CharField(_("function"), max_length=120, help_text=_("Shown in public"))
    user = models.ForeignKey("people.User", models.PROTECT, null=True, related_name="involvements")
    since = models.DateTimeField()
    until = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["subject", "scope", "part", "function"],
                condition=models.Q(until=None),
                name="one_open_involvement",
            )
        ]

    def __str__(self) -> str:
        return f"{self.function}: {self.part} for {self.subject}"
