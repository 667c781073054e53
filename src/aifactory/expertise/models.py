"""Cases: a question of a project, and what advisers did about it, so that any colleague can go on."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from aifactory.audit.record import Record
from aifactory.awards.models import Project
from aifactory.expertise.lifecycle import CASE
from aifactory.people.models import User


class Case(Record):
    """A question of a project to the expertise centre."""

    class Service(models.TextChoices):
        START = "start", _("Getting started")
        DATA = "data", _("Preparing data")
        MODEL = "model", _("Building and testing a model")
        SCALE = "scale", _("Scaling up")
        LAW = "law", _("Law and ethics")

    PREFIX = "cas"
    LIFECYCLE = CASE
    PUBLIC_FIELDS = frozenset({"id", "created_at", "project_id", "service", "state"})

    project = models.ForeignKey(Project, models.PROTECT, related_name="cases")
    asked_by = models.ForeignKey(User, models.PROTECT, related_name="asked_cases")
    adviser = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="cases")
    service = models.CharField(_("what is it about?"), max_length=10, choices=Service.choices)
    title = models.CharField(_("your question in one line"), max_length=200)
    question = models.TextField(_("tell us more"))
    state = models.CharField(max_length=10, default=CASE.initial, choices=list(CASE.states.items()))

    def __str__(self) -> str:
        return self.title


class Entry(Record):
    """One thing somebody wrote in a case; an adviser's time on it (seconds) is drawn from the project's award."""

    PREFIX = "ent"
    PUBLIC_FIELDS = frozenset({"id", "created_at", "case_id", "seconds"})

    case = models.ForeignKey(Case, models.PROTECT, related_name="entries")
    writer = models.ForeignKey(User, models.PROTECT, related_name="case_entries")
    text = models.TextField(_("text"))
    seconds = models.PositiveIntegerField(_("time"), default=0)
