"""The SSH keys with which people get into a cluster."""

from django.db import models
from django.db.models import Q

from aifactory.audit.record import Record


class SshKey(Record):
    """A public key of one person, until it is removed. Nothing of it is public: a key leads to a person."""

    PREFIX = "ssh"

    user = models.ForeignKey("people.User", models.PROTECT, related_name="ssh_keys")
    label = models.CharField(max_length=80)
    kind = models.CharField(max_length=40)
    content = models.TextField()
    fingerprint = models.CharField(max_length=60)
    removed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["fingerprint"], condition=Q(removed_at=None), name="a_key_is_of_one_person"
            )
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def line(self) -> str:
        """As a server reads it."""
        return f"{self.kind} {self.content}"
