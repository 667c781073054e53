"""Requests to erase, and the duty of everybody who has some of the data."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from aifactory.audit.record import Record
from aifactory.datasets.erasure.lifecycle import ERASURE, ERASURE_DUTY
from aifactory.people.models import Organisation, User


class Erasure(Record):
    """Something must be erased from a dataset: one person who asked for it, or all of it when its time is over.

    `reference` is the number under which the holder keeps the request: the factory never learns who it was.
    """

    class Cause(models.TextChoices):
        WITHDRAWN = "withdrawn", _("Consent was withdrawn (Art. 17(1)(b))")
        UNNEEDED = "unneeded", _("The data is no longer needed (a)")
        OBJECTION = "objection", _("The person objects (c)")
        UNLAWFUL = "unlawful", _("The data was used unlawfully (d)")
        OBLIGATION = "obligation", _("A law says so (e)")
        CHILD = "child", _("It was collected from a child online (f)")
        RETENTION = "retention", _("The time for which it may be kept is over (Art. 5(1)(e))")

    PREFIX = "era"
    LIFECYCLE = ERASURE
    PUBLIC_FIELDS = frozenset({"id", "created_at", "cause", "due_on", "state"})

    dataset = models.ForeignKey("datasets.Dataset", models.PROTECT, related_name="erasures")
    cause = models.CharField(_("ground"), max_length=10, choices=Cause.choices)
    reference = models.CharField(_("your own number of the request"), max_length=40, blank=True)
    received_on = models.DateField(_("received on"))
    due_on = models.DateField(_("to be answered by"))
    recorded_by = models.ForeignKey(User, models.PROTECT, related_name="+", null=True)
    state = models.CharField(max_length=10, default=ERASURE.initial, choices=list(ERASURE.states.items()))

    class Meta:
        indexes = [models.Index(fields=["state", "due_on"])]
        constraints = [
            models.UniqueConstraint(
                fields=["dataset", "received_on"],
                condition=Q(cause="retention"),
                name="one_erasure_an_end_of_retention",
            ),
            models.UniqueConstraint(
                fields=["dataset", "reference"],
                condition=~Q(reference=""),
                name="one_erasure_a_reference",
            ),
        ]

    @property
    def of_a_person(self) -> bool:
        """Whether somebody asked; else the time of the whole dataset is over."""
        return self.cause != self.Cause.RETENTION


class ErasureDuty(Record):
    """What one organisation must erase: a version, its copies under an agreement, or a model made of it.

    `subject` is that record's name in the log; `name` how people call it. Whoever answers says what was done, or
    why the law lets it be kept; `answered_by` is that person.
    """

    class Kind(models.TextChoices):
        VERSION = "version", _("A version kept in the factory")
        COPIES = "copies", _("Copies under an agreement")
        MODEL = "model", _("A model made of it")

    PREFIX = "erd"
    LIFECYCLE = ERASURE_DUTY
    PUBLIC_FIELDS = frozenset({"id", "created_at", "erasure_id", "kind", "state", "answered_at"})

    erasure = models.ForeignKey(Erasure, models.PROTECT, related_name="duties")
    kind = models.CharField(max_length=8, choices=Kind.choices)
    subject = models.CharField(max_length=80, db_index=True)
    name = models.CharField(max_length=200)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    statement = models.CharField(max_length=500, blank=True)
    answered_by = models.ForeignKey(User, models.PROTECT, related_name="+", null=True)
    answered_at = models.DateTimeField(null=True)
    state = models.CharField(
        max_length=10, default=ERASURE_DUTY.initial, choices=list(ERASURE_DUTY.states.items())
    )

    class Meta:
        indexes = [models.Index(fields=["organisation", "state"])]
        constraints = [
            models.UniqueConstraint(fields=["erasure", "subject"], name="one_duty_a_thing_of_an_erasure")
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def subject_id(self) -> str:
        """The id of the record that it is about."""
        return self.subject.rpartition(":")[2]
