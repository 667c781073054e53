"""Files that are being sent in parts."""

from django.db import models
from django.db.models import Q

from aifactory.audit.record import Record
from aifactory.datasets.intake.lifecycle import SENT, UNDERWAY
from aifactory.datasets.models import DatasetVersion
from aifactory.people.models import User


class SentFile(Record):
    """A file of a version that is being sent: what was promised, and where its parts go.

    `size` and `digest` are of the file as it is; the parts are sealed by the sender where there is a `salt`.
    """

    PREFIX = "snt"
    LIFECYCLE = SENT
    PUBLIC_FIELDS = frozenset({"id", "created_at", "version_id", "size", "state"})

    version = models.ForeignKey(DatasetVersion, models.PROTECT, related_name="sent_files")
    sender = models.ForeignKey(User, models.PROTECT, related_name="+")
    path = models.CharField(max_length=200)
    media_type = models.CharField(max_length=60, blank=True)
    size = models.BigIntegerField()
    digest = models.CharField(max_length=71)
    part_size = models.BigIntegerField()
    key = models.CharField(max_length=200)
    sending = models.CharField(max_length=1_000)
    salt = models.CharField(max_length=64, blank=True)
    reason = models.CharField(max_length=500, blank=True)
    state = models.CharField(max_length=10, default=SENT.initial, choices=list(SENT.states.items()))

    class Meta:
        indexes = [models.Index(fields=["state", "created_at"])]
        constraints = [
            models.UniqueConstraint(
                fields=["version", "path"], condition=Q(state__in=UNDERWAY), name="one_sending_a_path"
            )
        ]

    @property
    def part_count(self) -> int:
        """How many parts it comes in."""
        return -(-self.size // self.part_size)

    def bytes_of_part(self, number: int) -> int:
        """Return the length of a part before it is sealed. Raises `ValueError` for a number that is none."""
        if not 1 <= number <= self.part_count:
            raise ValueError(f"Parts are numbered from 1 to {self.part_count}.")
        return min(self.part_size, self.size - (number - 1) * self.part_size)
