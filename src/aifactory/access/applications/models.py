"""What an application is, and the documents that go with it."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from aifactory.access.applications.lifecycle import APPLICATION
from aifactory.access.calls.models import Call
from aifactory.audit.record import Record
from aifactory.people.models import Organisation, User


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
    form = models.JSONField(default=dict, help_text=_("The questions as they were when it was submitted"))
    form_digest = models.CharField(max_length=71, blank=True)
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
    identifying = models.BooleanField(default=False, help_text=_("Withheld from its reviewers"))
    replaced_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["application", "slot"], condition=Q(replaced_at=None), name="one_document_a_slot"
            )
        ]
