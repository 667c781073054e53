"""What was answered about a piece of work, and what the law says about it."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from aifactory.assurance.lifecycle import ASSESSMENT
from aifactory.audit.record import Record


class Assessment(Record):
    """One law asked about one thing (an application, a project) of one organisation.

    `outcome` is kept as it was concluded, with the version of the rules: a later version does not change it.
    `ground` says why the factory decided where the law leaves it to a person.
    """

    class Kind(models.TextChoices):
        AI_ACT = "ai_act", _("AI Act")
        GDPR = "gdpr", _("Personal data (GDPR)")
        ETHICS = "ethics", _("Civil use and ethics")

    PREFIX = "asm"
    LIFECYCLE = ASSESSMENT
    PUBLIC_FIELDS = frozenset({"id", "created_at", "kind", "rule_version", "result", "later_result", "state"})

    subject = models.CharField(max_length=120, help_text=_("The thing asked about, as the log names it"))
    subject_organisation = models.CharField(max_length=40, db_index=True)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    answers = models.JSONField(default=dict)
    outcome = models.JSONField(default=dict)
    rule_version = models.CharField(max_length=10)
    result = models.CharField(max_length=30)
    later_result = models.CharField(max_length=30, blank=True)
    ground = models.TextField(blank=True)
    state = models.CharField(
        max_length=12, default=ASSESSMENT.initial, choices=list(ASSESSMENT.states.items())
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["subject", "kind"], name="one_assessment_a_subject_and_kind")
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.subject}"
