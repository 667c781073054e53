"""A reviewer's task, and what came of it."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from aifactory.access.applications.models import Application
from aifactory.access.review.lifecycle import REVIEW
from aifactory.audit.record import Record
from aifactory.people.models import User


class Review(Record):
    """One reviewer's task on one application, then the scores and reasons given."""

    PREFIX = "rev"
    LIFECYCLE = REVIEW

    application = models.ForeignKey(Application, models.PROTECT, related_name="reviews")
    reviewer = models.ForeignKey(User, models.PROTECT, related_name="reviews")
    state = models.CharField(max_length=10, default=REVIEW.initial, choices=list(REVIEW.states.items()))
    due_at = models.DateTimeField()
    scores = models.JSONField(default=dict)
    reasons = models.JSONField(default=dict)
    read_digest = models.CharField(max_length=71, blank=True, help_text=_("Of what the reviewer read"))
    submitted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["reviewer", "state"])]
        constraints = [
            models.UniqueConstraint(
                fields=["application", "reviewer"], name="one_review_a_person_and_application"
            )
        ]
