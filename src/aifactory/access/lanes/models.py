"""What is kept of a decision out of turn."""

from django.db import models

from aifactory.access.applications.models import Application
from aifactory.audit.record import Record
from aifactory.people.models import Mandate, User


class OutOfTurn(Record):
    """Leave to decide on an application while earlier ones wait: why, by whom, on which mandate."""

    PREFIX = "oot"
    PUBLIC_FIELDS = frozenset({"id", "created_at", "ahead"})

    application = models.OneToOneField(Application, models.PROTECT, related_name="out_of_turn")
    ahead = models.PositiveIntegerField()
    reason = models.TextField(max_length=2000)
    allowed_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    mandate = models.ForeignKey(Mandate, models.PROTECT, related_name="+")
