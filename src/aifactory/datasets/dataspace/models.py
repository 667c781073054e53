"""Who is on our list, the processes with them, and every message of a process."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from aifactory.audit.record import Record
from aifactory.datasets.dataspace.lifecycle import NEGOTIATION, PARTICIPANT, TRANSFER
from aifactory.kit.lifecycle import Lifecycle
from aifactory.people.models import Organisation, User


class Participant(Record):
    """Another party of the dataspace: which organisation it is, where it is reached, how it proves itself.

    Nobody who is not on this list is answered. `contact` is who here keeps the contact with it; `keys_address` is
    where who issues its tokens publishes the keys, where they are not all in `keys`.
    """

    PREFIX = "dsp"
    LIFECYCLE = PARTICIPANT
    LATER = frozenset({"keys_address"})
    PUBLIC_FIELDS: ClassVar[frozenset[str]] = frozenset(
        {"id", "created_at", "identifier", "organisation_id", "address", "state"}
    )

    identifier = models.CharField(_("identifier in the dataspace"), max_length=200, unique=True)
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="+", verbose_name=_("organisation")
    )
    contact = models.ForeignKey(User, models.PROTECT, related_name="+")
    address = models.CharField(_("address of its endpoints"), max_length=200)
    issuer = models.CharField(_("who issues its tokens"), max_length=200)
    keys = models.JSONField(_("public keys (JWK)"), default=list)
    keys_address = models.CharField(_("address of its keys"), max_length=200, blank=True, default="")
    state = models.CharField(
        max_length=10, default=PARTICIPANT.initial, choices=list(PARTICIPANT.states.items())
    )

    def __str__(self) -> str:
        return self.identifier


class Process(Record):
    """What negotiations and transfers share: our role, the counterparty, and both sides' names of the process.

    `attend` says that it is our turn to look at it; the worker takes up what was not looked at. The fields in
    `PRIVATE` are the machinery's own, no facts of the record.
    """

    PRIVATE = frozenset({"attend", "attend_at", "their_pid"})

    class Role(models.TextChoices):
        PROVIDER = "provider", _("We provide")
        CONSUMER = "consumer", _("We use")

    role = models.CharField(max_length=8, choices=Role.choices)
    participant = models.ForeignKey(Participant, models.PROTECT, related_name="%(class)ss")
    their_pid = models.CharField(max_length=200, blank=True)
    callback = models.CharField(max_length=200)
    reason = models.CharField(max_length=500, blank=True)
    attend = models.BooleanField(default=False)
    attend_at = models.DateTimeField()

    class Meta:
        abstract = True

    @property
    def consumer_pid(self) -> str:
        """The consumer's name of this process."""
        return self.pk if self.role == self.Role.CONSUMER else self.their_pid

    @property
    def provider_pid(self) -> str:
        """The provider's name of this process."""
        return self.pk if self.role == self.Role.PROVIDER else self.their_pid

    @property
    def over(self) -> bool:
        """Whether nothing can happen in it any more."""
        return not self.LIFECYCLE.leaving(self.state)  # type: ignore[attr-defined]


class Negotiation(Process):
    """A contract negotiation. `offer` is what lies on the table, `agreement` what was agreed, as policies.

    The provider's `agreed` is made when it agrees; the consumer's when the data has come. `project` and
    `purpose` are the consumer's own; `requested_by` is who started it.
    """

    PREFIX = "ngt"
    LIFECYCLE: ClassVar[Lifecycle] = NEGOTIATION
    PUBLIC_FIELDS = frozenset({"id", "created_at", "role", "participant_id", "dataset", "state"})

    dataset = models.CharField(max_length=200)
    title = models.CharField(max_length=200, blank=True)
    offer = models.JSONField()
    agreement = models.JSONField(null=True)
    agreement_pid = models.CharField(max_length=200, blank=True, db_index=True)
    agreed = models.ForeignKey("datasets.Agreement", models.PROTECT, null=True, related_name="negotiations")
    project = models.CharField(max_length=40, blank=True)
    purpose = models.CharField(max_length=80, blank=True)
    requested_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    state = models.CharField(
        max_length=10, default=NEGOTIATION.initial, choices=list(NEGOTIATION.states.items())
    )

    class Meta:
        indexes = [models.Index(fields=["attend", "attend_at"])]
        constraints = [
            models.UniqueConstraint(
                fields=["participant", "role", "their_pid"],
                condition=~Q(their_pid=""),
                name="one_negotiation_a_counterpart",
            )
        ]

    def __str__(self) -> str:
        return self.title or self.dataset


class Transfer(Process):
    """A transfer of data under an agreement; it stays started for as long as the data may be used.

    `suspended_by` is `us` or `them`: only who suspended it starts it again. `data_address` and the token's
    digest are secrets of the transfer.
    """

    PREFIX = "trf"
    LIFECYCLE: ClassVar[Lifecycle] = TRANSFER
    PUBLIC_FIELDS = frozenset(
        {"id", "created_at", "role", "participant_id", "agreement_pid", "version_id", "state"}
    )
    PRIVATE = Process.PRIVATE | {"data_address", "token_digest", "token_until", "pull_at", "trouble"}

    negotiation = models.ForeignKey(Negotiation, models.PROTECT, null=True, related_name="transfers")
    agreement_pid = models.CharField(max_length=200)
    format = models.CharField(max_length=200)
    version = models.ForeignKey("datasets.DatasetVersion", models.PROTECT, null=True, related_name="+")
    suspended_by = models.CharField(max_length=4, blank=True)
    data_address = models.JSONField(null=True)
    token_digest = models.CharField(max_length=71, blank=True)
    token_until = models.DateTimeField(null=True)
    pull_at = models.DateTimeField(null=True, help_text="when the consumer may try (again) to get the data")
    trouble = models.CharField(max_length=300, blank=True)
    state = models.CharField(max_length=10, default=TRANSFER.initial, choices=list(TRANSFER.states.items()))

    class Meta:
        indexes = [models.Index(fields=["attend", "attend_at"])]
        constraints = [
            models.UniqueConstraint(
                fields=["participant", "role", "their_pid"],
                condition=~Q(their_pid=""),
                name="one_transfer_a_counterpart",
            )
        ]


class Message(models.Model):
    """One message of a process: received, or written and to be delivered.

    It is written in the transaction of the move that it tells of; `key` is its idempotency key, so that a
    message which comes twice counts once.
    """

    class Standing(models.TextChoices):
        RECEIVED = "received", _("Received")
        WAITING = "waiting", _("To be delivered")
        DELIVERED = "delivered", _("Delivered")
        REFUSED = "refused", _("Refused by the other side")
        DROPPED = "dropped", _("Overtaken, not sent")

    process = models.CharField(max_length=40)
    standing = models.CharField(max_length=10, choices=Standing.choices)
    key = models.CharField(max_length=80, null=True)
    kind = models.CharField(max_length=60)
    path = models.CharField(max_length=260, blank=True)
    body = models.JSONField()
    digest = models.CharField(max_length=71)
    at = models.DateTimeField()
    due_at = models.DateTimeField(null=True)
    claimed_until = models.DateTimeField(null=True)
    tries = models.PositiveSmallIntegerField(default=0)
    trouble = models.CharField(max_length=300, blank=True)

    class Meta:
        indexes = [models.Index(fields=["standing", "due_at"]), models.Index(fields=["process", "id"])]
        constraints = [models.UniqueConstraint(fields=["process", "key"], name="one_message_a_key")]

    def __str__(self) -> str:
        return f"{self.kind} of {self.process}"
