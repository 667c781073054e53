"""Which terms an organisation accepted, through whom; and who is suspended, on what ground."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from aifactory.audit.record import Record
from aifactory.people.terms.lifecycle import SUSPENSION


class Acceptance(Record):
    """An organisation accepted one version of one text: through a representative, or on paper."""

    PREFIX = "acc"
    PUBLIC_FIELDS = frozenset({"id", "created_at", "text", "version", "text_digest"})

    organisation = models.ForeignKey("people.Organisation", models.PROTECT, related_name="acceptances")
    user = models.ForeignKey("people.User", models.PROTECT, null=True, related_name="acceptances")
    text = models.CharField(max_length=60)
    version = models.PositiveSmallIntegerField()
    text_digest = models.CharField(max_length=71)
    language = models.CharField(max_length=5, blank=True, help_text=_("The language in which it was read"))
    paper_digest = models.CharField(
        max_length=71, blank=True, help_text=_("Digest of the signed document, where it was signed on paper")
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation", "text", "version"], name="accepted_once"),
            models.CheckConstraint(
                condition=models.Q(user__isnull=False) | ~models.Q(paper_digest=""),
                name="accepted_by_somebody_or_on_paper",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.text}-v{self.version}"


class Suspension(Record):
    """Somebody or something may start nothing new, until it is lifted. In public only the number is told."""

    class Ground(models.TextChoices):
        TERMS = "terms", _("The terms of use were broken")
        DECLARATION = "declaration", _("A declaration was untrue, or is no longer true")
        SANCTIONS = "sanctions", _("Sanctions or export control")
        SECURITY = "security", _("A danger to security")
        PAYMENT = "payment", _("Invoices were not paid")
        REPORT = "report", _("A report that was due was not handed in")
        REQUEST = "request", _("At their own request")

    PREFIX = "sus"
    LIFECYCLE = SUSPENSION
    PUBLIC_FIELDS = frozenset({"id", "created_at", "state"})

    subject = models.CharField(max_length=80, db_index=True, help_text=_("Kind and id of who is suspended"))
    ground = models.CharField(_("ground"), max_length=12, choices=Ground.choices)
    reasons = models.TextField(_("reasons"))
    mandate = models.ForeignKey("people.Mandate", models.PROTECT, related_name="suspensions")
    state = models.CharField(
        max_length=10, default=SUSPENSION.initial, choices=list(SUSPENSION.states.items())
    )
    lifted_at = models.DateTimeField(null=True)
    lift_reasons = models.TextField(_("reasons for lifting it"), blank=True)
    lift_mandate = models.ForeignKey("people.Mandate", models.PROTECT, null=True, related_name="liftings")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["subject"], condition=models.Q(state="in_force"), name="suspended_once_at_a_time"
            )
        ]

    def __str__(self) -> str:
        return str(self.get_ground_display())
