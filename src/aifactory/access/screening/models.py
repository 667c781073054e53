"""What the rules said of an application, what the assessor found, and what the law allows."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from aifactory.access.applications.models import Application
from aifactory.access.screening.lifecycle import TECHNICAL
from aifactory.audit.record import Record
from aifactory.people.models import Mandate, User


class Eligibility(Record):
    """What each rule said of an application, kept as it was judged."""

    PREFIX = "eli"

    application = models.OneToOneField(Application, models.PROTECT, related_name="eligibility")
    verdicts = models.JSONField()
    passed = models.BooleanField()


class TechnicalCheck(Record):
    """Whether the work can run here: the mode's technical questions, answered by a named assessor.

    `proposed` amounts (resource to whole base units) are a proposal to whoever decides, never a cut.
    """

    class Result(models.TextChoices):
        OK = "ok", _("Fits as asked")
        ADJUST = "adjust", _("Fits with other amounts")
        NOT_FEASIBLE = "not_feasible", _("Can't run here")

    PREFIX = "tec"
    LIFECYCLE = TECHNICAL

    application = models.OneToOneField(Application, models.PROTECT, related_name="technical")
    assessor = models.ForeignKey(User, models.PROTECT, related_name="technical_checks")
    answers = models.JSONField(default=dict)
    result = models.CharField(max_length=12, blank=True, choices=Result.choices)
    proposed = models.JSONField(default=dict)
    reasons = models.TextField(blank=True, max_length=4000)
    read_digest = models.CharField(max_length=71, blank=True)
    state = models.CharField(max_length=10, default=TECHNICAL.initial, choices=list(TECHNICAL.states.items()))


class LawGate(Record):
    """What law and ethics allow: pass, pass on conditions, or stop. Never points.

    `conditions` are texts in both languages that bind an award; `mandate` where a stop needs one.
    """

    class Result(models.TextChoices):
        PASS = "pass", _("Pass")
        CONDITIONS = "conditions", _("Pass on conditions")
        STOP = "stop", _("Stop")

    PREFIX = "law"

    application = models.OneToOneField(Application, models.PROTECT, related_name="law_gate")
    weighed_by = models.ForeignKey(User, models.PROTECT, related_name="law_gates")
    mandate = models.ForeignKey(Mandate, models.PROTECT, null=True, related_name="law_gates")
    result = models.CharField(max_length=10, choices=Result.choices)
    conditions = models.JSONField(default=list)
    reasons = models.TextField(max_length=4000)
    read_digest = models.CharField(max_length=71)
