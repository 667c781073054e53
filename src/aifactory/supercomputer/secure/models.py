"""What a job in the secure environment made, the code that may go in, and what somebody asked to take out."""

from typing import TYPE_CHECKING, Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from aifactory.audit.record import Record
from aifactory.datasets.models import Agreement
from aifactory.people.models import Organisation, User
from aifactory.supercomputer.secure.lifecycle import CODE_REVIEW, OUTPUT_FILE, WITHHELD

if TYPE_CHECKING:
    from django.db.models import QuerySet


class Withheld(Record):
    """What an attempt wrote and printed, kept apart from the attempt: no page, route or export reads it.

    What is released is added to the attempt's own results, where everything else looks. `holder` is whose data it ran
    on, `checkers` how many people must look at each file. `secure.resting` reads and writes the files.
    """

    PREFIX = "wth"
    LIFECYCLE = WITHHELD
    LATER = frozenset({"state", "destroyed_at"})
    # No names, sizes or digests of files: a job chooses all three.
    PUBLIC_FIELDS: ClassVar[frozenset[str]] = frozenset(
        {"id", "created_at", "attempt_id", "holder_id", "checkers", "destroyed_at", "state"}
    )

    attempt = models.OneToOneField("supercomputer.Attempt", models.PROTECT, related_name="withheld")
    holder = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    checkers = models.PositiveSmallIntegerField()
    files = models.JSONField(
        default=list, help_text="[{path, key, digest, size, salt}], the digest and size of what was written"
    )
    facts = models.JSONField(
        default=dict, help_text="how it ended, and what the agent left out, in its own words"
    )
    destroyed_at = models.DateTimeField(null=True)
    state = models.CharField(max_length=10, default=WITHHELD.initial, choices=list(WITHHELD.states.items()))

    class Meta:
        indexes = [models.Index(fields=["state", "id"])]

    def agreements(self) -> "QuerySet[Agreement]":
        """Return the agreements whose terms keep it here."""
        return Agreement.objects.filter(pk__in=self.attempt.job.secure)

    def file(self, path: str) -> dict[str, Any] | None:
        """Return what is known of one of its files, by the name that the job gave it."""
        return next((file for file in self.files if file["path"] == path), None)


class CodeReview(Record):
    """Files that people of a project brought along, for the holder of data to read before they run on it.

    `digest` is over the digests of all the files. It is looked at anew for each agreement.
    """

    PREFIX = "cdr"
    LIFECYCLE = CODE_REVIEW
    PUBLIC_FIELDS = frozenset({"id", "created_at", "agreement_id", "digest", "decided_at", "state"})

    agreement = models.ForeignKey(Agreement, models.PROTECT, related_name="code_reviews")
    upload = models.ForeignKey("supercomputer.Upload", models.PROTECT, related_name="code_reviews")
    digest = models.CharField(max_length=71)
    asked_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    explanation = models.TextField(_("what it does"), max_length=2_000)
    decided_by = models.ForeignKey(User, models.PROTECT, related_name="+", null=True)
    decided_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=500, blank=True)
    state = models.CharField(
        max_length=10, default=CODE_REVIEW.initial, choices=list(CODE_REVIEW.states.items())
    )

    class Meta:
        indexes = [models.Index(fields=["agreement", "id"])]
        constraints = [
            models.UniqueConstraint(
                fields=["agreement", "upload"],
                condition=models.Q(state__in=("asked", "approved")),
                name="one_live_review_of_an_upload",
            )
        ]


class Release(Record):
    """Somebody asks to take files out, and says why. Each file is decided on by itself."""

    PREFIX = "rls"
    PUBLIC_FIELDS = frozenset({"id", "created_at", "withheld_id"})

    withheld = models.ForeignKey(Withheld, models.PROTECT, related_name="releases")
    asked_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    reason = models.TextField(_("why they can leave"), max_length=2_000)


class OutputFile(Record):
    """One file that somebody asks to take out: what the rules saw in it, who looked, and what they decided.

    `first_checker` is set where two people must look; `checker` is who released or refused it.
    """

    PREFIX = "otf"
    LIFECYCLE = OUTPUT_FILE
    PUBLIC_FIELDS = frozenset({"id", "created_at", "release_id", "decided_at", "state"})

    release = models.ForeignKey(Release, models.PROTECT, related_name="files")
    path = models.CharField(max_length=500)
    key = models.CharField(max_length=600)  # where it rested when it was asked for
    digest = models.CharField(max_length=71)
    size = models.BigIntegerField()
    signs = models.JSONField(default=list, help_text="[{rule, blocks, en, nl}], for checkers alone")
    first_checker = models.ForeignKey(User, models.PROTECT, related_name="+", null=True)
    first_reason = models.CharField(max_length=500, blank=True)
    checker = models.ForeignKey(User, models.PROTECT, related_name="+", null=True)
    reason = models.CharField(max_length=500, blank=True)
    decided_at = models.DateTimeField(null=True)
    state = models.CharField(
        max_length=10, default=OUTPUT_FILE.initial, choices=list(OUTPUT_FILE.states.items())
    )

    class Meta:
        indexes = [models.Index(fields=["state", "id"])]

    def __str__(self) -> str:
        return self.path
