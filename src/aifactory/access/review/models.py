"""A reviewer's task, what came of it, and what was said about it together."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from aifactory.access.applications.models import Application
from aifactory.access.review.lifecycle import REVIEW
from aifactory.audit.record import Record
from aifactory.people.models import User


class Review(Record):
    """One reviewer's task on one application, then the scores and reasons given.

    `stated_at`: when the reviewer said to have no conflict; the application opens from then on. `because`: why
    it was given back, or taken back.
    """

    PREFIX = "rev"
    LIFECYCLE = REVIEW

    application = models.ForeignKey(Application, models.PROTECT, related_name="reviews")
    reviewer = models.ForeignKey(User, models.PROTECT, related_name="reviews")
    state = models.CharField(max_length=10, default=REVIEW.initial, choices=list(REVIEW.states.items()))
    due_at = models.DateTimeField()
    stated_at = models.DateTimeField(null=True, blank=True)
    scores = models.JSONField(default=dict)
    reasons = models.JSONField(default=dict)
    read_digest = models.CharField(max_length=71, blank=True, help_text=_("Of what the reviewer read"))
    submitted_at = models.DateTimeField(null=True, blank=True)
    because = models.TextField(max_length=1000, blank=True)

    class Meta:
        indexes = [models.Index(fields=["reviewer", "state"])]
        constraints = [
            models.UniqueConstraint(
                fields=["application", "reviewer"], name="one_review_a_person_and_application"
            )
        ]


class Revision(Record):
    """A review as it was given: the first time, and once more after the discussion, with the reason why."""

    PREFIX = "rvn"

    review = models.ForeignKey(Review, models.PROTECT, related_name="revisions")
    number = models.PositiveSmallIntegerField()
    scores = models.JSONField()
    reasons = models.JSONField()
    because = models.TextField(max_length=1000, blank=True)
    read_digest = models.CharField(max_length=71)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["review", "number"], name="one_revision_a_number"),
            models.CheckConstraint(
                condition=models.Q(number=1, because="") | (models.Q(number=2) & ~models.Q(because="")),
                name="changed_once_with_a_reason",
            ),
        ]


class Remark(Record):
    """What somebody said when reviewers and panel talked about an application, or the panel's note on it.

    It is never changed: who thinks again writes again, and the newest note counts.
    """

    PREFIX = "rmk"

    class Kind(models.TextChoices):
        MESSAGE = "message", _("Message")
        NOTE = "note", _("Note of the panel")

    application = models.ForeignKey(Application, models.PROTECT, related_name="remarks")
    author = models.ForeignKey(User, models.PROTECT, related_name="+")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    text = models.TextField(max_length=4000)

    class Meta:
        indexes = [models.Index(fields=["application", "id"])]


class ReviewDraft(models.Model):
    """What a reviewer has written so far: seen by nobody else, and gone once the review is given.

    A working paper and no record, so that saving every few seconds does not fill the log.
    """

    review = models.OneToOneField(Review, models.CASCADE, primary_key=True, related_name="draft")
    scores = models.JSONField(default=dict)
    reasons = models.JSONField(default=dict)
    saved_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.review_id
