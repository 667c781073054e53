"""Final reports and outcomes: what the public got for what it gave."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from aifactory.audit.record import Record
from aifactory.awards.models import Project
from aifactory.people.models import User
from aifactory.transparency.lifecycle import REPORT


class Report(Record):
    """The final report of a project: figures drawn from the records, words added by people."""

    PREFIX = "rep"
    LIFECYCLE = REPORT
    PUBLIC_FIELDS = frozenset({"id", "created_at", "project_id", "figures", "summary", "unused", "state"})

    project = models.OneToOneField(Project, models.PROTECT, related_name="report")
    figures = models.JSONField(help_text="awarded, used, energy, models, advice: as the records say")
    figures_at = models.DateTimeField()
    summary = models.TextField(_("what came of it"), blank=True)
    unused = models.TextField(_("why some of the award was not used"), blank=True)
    state = models.CharField(max_length=10, default=REPORT.initial, choices=list(REPORT.states.items()))


class Outcome(Record):
    """One result of a project, with who says so and how it can be checked."""

    class Kind(models.TextChoices):
        MODEL = "model", _("Model released")
        PUBLICATION = "publication", _("Publication")
        PRODUCT = "product", _("Product or service")
        JOBS = "jobs", _("Jobs created")
        FUNDING = "funding", _("Follow-on funding in euro")
        TRAINING = "training", _("People trained")
        OTHER = "other", _("Other result")

    PREFIX = "out"
    PUBLIC_FIELDS = frozenset(
        {"id", "created_at", "project_id", "kind", "title", "amount", "evidence", "happened_on"}
    )

    project = models.ForeignKey(Project, models.PROTECT, related_name="outcomes")
    recorded_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    kind = models.CharField(_("kind of result"), max_length=12, choices=Kind.choices)
    title = models.CharField(_("what"), max_length=200)
    amount = models.BigIntegerField(
        _("number"), null=True, blank=True, help_text=_("Jobs, people or euro, where it applies")
    )
    evidence = models.CharField(
        _("how can it be checked?"), max_length=300, help_text=_("An address, a DOI, a record's id")
    )
    happened_on = models.DateField(_("when"))


# The records of the room's nouns, which point at those above.
from aifactory.transparency.retention import models as _retention  # noqa: E402, F401
