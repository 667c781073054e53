"""Projects, what was awarded to them, and the ledger of what is held and drawn."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from aifactory.audit.record import Record
from aifactory.awards.lifecycle import PROJECT
from aifactory.kit.units import Resource
from aifactory.people.models import Organisation, User

RESOURCES = [
    (Resource.GPU.value, _("GPU time")),
    (Resource.CORE.value, _("Core time")),
    (Resource.STORAGE.value, _("Storage")),
    (Resource.ADVICE.value, _("Adviser time")),
]


class Project(Record):
    """The work that an award pays for, by one organisation, led by one person."""

    PREFIX = "prj"
    LIFECYCLE = PROJECT
    PUBLIC_FIELDS = frozenset(
        {"id", "created_at", "title", "organisation_id", "application", "purpose", "state", "ends_at"}
    )

    title = models.CharField(_("title"), max_length=200)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="projects")
    leader = models.ForeignKey(User, models.PROTECT, related_name="led_projects")
    application = models.CharField(
        max_length=40, blank=True, db_index=True, help_text=_("Id of the application")
    )
    purpose = models.CharField(max_length=80, blank=True, help_text=_("What data may be used for"))
    state = models.CharField(max_length=12, default=PROJECT.initial, choices=list(PROJECT.states.items()))
    ends_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["organisation", "id"])]
        constraints = [
            models.UniqueConstraint(
                fields=["application"], condition=~Q(application=""), name="one_project_an_application"
            )
        ]

    def __str__(self) -> str:
        return self.title


class ProjectMember(Record):
    """A person who works on a project, until they leave it; ended ones are kept, for conflicts look back."""

    PREFIX = "pmb"

    project = models.ForeignKey(Project, models.CASCADE, related_name="members")
    user = models.ForeignKey(User, models.PROTECT, related_name="project_memberships")
    until = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["project", "user"], condition=Q(until=None), name="once_in_a_project"
            )
        ]


class AwardLine(Record):
    """So much of one resource for one project from a moment until another (the allocation).

    Amounts are whole base units (see `kit.units`): seconds of GPU, core or adviser time; bytes of storage.
    The database itself refuses to hold or draw more than was awarded. The counters move with every hold,
    each of which is an event, so they are no part of the line's own record.
    """

    PREFIX = "awl"
    PRIVATE: ClassVar[frozenset[str]] = frozenset({"held", "drawn"})
    PUBLIC_FIELDS = frozenset(
        {"id", "created_at", "project_id", "resource", "amount", "starts_at", "ends_at"}
    )

    project = models.ForeignKey(Project, models.PROTECT, related_name="lines")
    resource = models.CharField(max_length=10, choices=RESOURCES)
    amount = models.BigIntegerField()
    held = models.BigIntegerField(default=0)
    drawn = models.BigIntegerField(default=0)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(held__gte=0) & Q(drawn__gte=0) & Q(amount__gte=F("held") + F("drawn")),
                name="never_more_than_awarded",
            ),
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="award_ends_after_start"),
            models.UniqueConstraint(
                fields=["project", "resource", "starts_at"], name="one_line_a_resource_and_start"
            ),
        ]

    @property
    def left(self) -> int:
        """What can still be held, in base units."""
        return self.amount - self.held - self.drawn


class Hold(Record):
    """An amount set aside under a unique key (an attempt of a job, say), later drawn in part and released."""

    class State(models.TextChoices):
        HELD = "held", _("Set aside")
        SETTLED = "settled", _("Settled")

    PREFIX = "hld"
    PUBLIC_FIELDS = frozenset({"id", "created_at", "line_id", "key", "amount", "drawn", "state"})

    line = models.ForeignKey(AwardLine, models.PROTECT, related_name="holds")
    key = models.CharField(max_length=80, unique=True)
    amount = models.BigIntegerField()
    drawn = models.BigIntegerField(default=0)
    state = models.CharField(max_length=10, choices=State.choices, default=State.HELD)
    settled_at = models.DateTimeField(null=True, help_text=_("When it was billed: in this period it counts"))

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(amount__gte=F("drawn")), name="draw_within_hold")]


# The records of the room's nouns, which point at those above.
from aifactory.awards.billing import models as _billing  # noqa: E402, F401
from aifactory.awards.changes import models as _changes  # noqa: E402, F401
from aifactory.awards.pace import models as _pace  # noqa: E402, F401
from aifactory.awards.reserves import models as _reserves  # noqa: E402, F401
from aifactory.awards.state_aid import models as _state_aid  # noqa: E402, F401
