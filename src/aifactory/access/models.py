"""Calls, applications, reviews and decisions."""

from functools import cached_property
from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from aifactory.access import modes
from aifactory.access.bilingual import Text
from aifactory.access.lifecycle import APPLICATION, CALL, REVIEW
from aifactory.audit.record import Record
from aifactory.people.models import Mandate, Organisation, User


class Call(Record):
    """An invitation to apply under one mode, which is copied in so that it cannot change on the way."""

    PREFIX = "cal"
    LIFECYCLE = CALL
    PUBLIC_FIELDS = frozenset(
        {"id", "created_at", "mode_name", "mode_digest", "mode_content", "title_en", "title_nl", "state"}
        | {"opens_at", "cut_off_at"}
    )

    mode_name = models.CharField(max_length=60)
    mode_digest = models.CharField(max_length=71)
    mode_content = models.JSONField()
    title_en = models.CharField(_("title in English"), max_length=200)
    title_nl = models.CharField(_("title in Dutch"), max_length=200)
    opens_at = models.DateTimeField(_("opens at"))
    cut_off_at = models.DateTimeField(_("cut-off"), null=True, blank=True)
    state = models.CharField(max_length=12, default=CALL.initial, choices=list(CALL.states.items()))

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(cut_off_at=None) | Q(cut_off_at__gt=models.F("opens_at")),
                name="call_opens_before_it_ends",
            )
        ]

    @cached_property
    def mode(self) -> modes.Mode:
        """The mode as it was when the call was made."""
        return modes.kept(self.mode_digest, self.mode_content)

    @property
    def title(self) -> Text:
        """The title in both languages."""
        return Text(en=self.title_en, nl=self.title_nl)


class Application(Record):
    """What an organisation asks for. What was submitted is never changed afterwards."""

    PREFIX = "app"
    LIFECYCLE = APPLICATION
    PUBLIC_FIELDS = frozenset({"id", "created_at", "call_id", "reference", "state", "submitted_at", "due_at"})

    call = models.ForeignKey(Call, models.PROTECT, related_name="applications")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="applications")
    applicant = models.ForeignKey(User, models.PROTECT, related_name="applications")
    reference = models.CharField(max_length=20, unique=True)
    title = models.CharField(_("title"), max_length=200)
    answers = models.JSONField(default=dict)
    requested = models.JSONField(default=dict, help_text=_("Resource to whole base units"))
    datasets = models.JSONField(default=list, help_text=_("Ids of the datasets asked for"))
    purpose = models.CharField(max_length=80, blank=True, help_text=_("What data would be used for"))
    organisation_facts = models.JSONField(default=dict, help_text=_("As they were when it was submitted"))
    content_digest = models.CharField(max_length=71, blank=True, help_text=_("Of everything submitted"))
    state = models.CharField(
        max_length=12, default=APPLICATION.initial, choices=list(APPLICATION.states.items())
    )
    submitted_at = models.DateTimeField(null=True, blank=True)
    due_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["call", "state"]),
            models.Index(fields=["organisation", "id"]),
            models.Index(fields=["state", "due_at"]),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["draft", "withdrawn"])
                | Q(submitted_at__isnull=False, due_at__isnull=False),
                name="submitted_when_no_draft",
            )
        ]

    def __str__(self) -> str:
        return f"{self.reference} {self.title}"


class Attachment(Record):
    """A document of an application; replaced ones are kept, and told apart by `replaced_at`."""

    PREFIX = "att"

    application = models.ForeignKey(Application, models.PROTECT, related_name="attachments")
    slot = models.CharField(max_length=40)
    key = models.CharField(max_length=200, unique=True)
    name = models.CharField(max_length=255)
    media_type = models.CharField(max_length=100)
    size = models.BigIntegerField()
    digest = models.CharField(max_length=71)
    replaced_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["application", "slot"], condition=Q(replaced_at=None), name="one_document_a_slot"
            )
        ]


class Eligibility(Record):
    """What each rule said of an application, kept as it was judged."""

    PREFIX = "eli"

    application = models.OneToOneField(Application, models.PROTECT, related_name="eligibility")
    verdicts = models.JSONField()
    passed = models.BooleanField()


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


class ConflictDeclaration(Record):
    """A person says that they stand too close to an application."""

    PREFIX = "cfl"

    application = models.ForeignKey(Application, models.PROTECT, related_name="conflicts")
    person = models.ForeignKey(User, models.PROTECT, related_name="conflicts")
    reason = models.TextField(max_length=1000)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["application", "person"], name="one_declaration_a_person_and_application"
            )
        ]


class Decision(Record):
    """What was decided, by whom, on which mandate, with the letter as it was sent."""

    PREFIX = "dec"
    PUBLIC_FIELDS = frozenset(
        {"id", "created_at", "application_id", "mandate_id", "outcome", "awarded", "permits", "decided_at"}
    )

    class Outcome(models.TextChoices):
        AWARDED = "awarded", _("Awarded")
        REJECTED = "rejected", _("Not awarded")

    application = models.OneToOneField(Application, models.PROTECT, related_name="decision")
    decided_by = models.ForeignKey(User, models.PROTECT, related_name="decisions")
    mandate = models.ForeignKey(Mandate, models.PROTECT, related_name="decisions")
    outcome = models.CharField(max_length=10, choices=Outcome.choices)
    awarded = models.JSONField(default=dict, help_text=_("Resource to whole base units"))
    permits = models.JSONField(default=list, help_text=_("Ids of the datasets that may be asked for"))
    reasons = models.TextField()
    letter = models.JSONField()
    decided_at = models.DateTimeField()
    object_until = models.DateField()

    def letter_sections(self) -> list[dict[str, Any]]:
        """Return the sections of the letter."""
        sections: list[dict[str, Any]] = self.letter["sections"]
        return sections
