"""Who supervises the work that a student applies for."""

from django.db import models
from django.db.models import Q

from aifactory.access.applications.models import Application
from aifactory.access.supervision.lifecycle import SUPERVISION
from aifactory.audit.record import Record
from aifactory.people.models import User


class Supervision(Record):
    """A member of staff who is asked to be accountable for a student's application; `read_digest` of what was read."""

    PREFIX = "sup"
    LIFECYCLE = SUPERVISION

    application = models.ForeignKey(Application, models.PROTECT, related_name="supervisions")
    supervisor = models.ForeignKey(User, models.PROTECT, related_name="supervisions")
    read_digest = models.CharField(max_length=71, blank=True)
    reason = models.TextField(blank=True, max_length=1000)
    state = models.CharField(
        max_length=10, default=SUPERVISION.initial, choices=list(SUPERVISION.states.items())
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["application"], condition=~Q(state="replaced"), name="one_supervisor_an_application"
            )
        ]
