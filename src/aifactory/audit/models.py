"""The log: events, the seals that chain them, checkpoints, and the salts that can be erased."""

from django.db import models


class Event(models.Model):
    """What happened, once and for ever. Opaque ids, figures and salted digests; never personal data.

    The database refuses to change or delete a row (see the first migration).
    """

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField()
    name = models.CharField(max_length=60, help_text="kind:verb, e.g. application:submit")
    actor = models.CharField(max_length=40)
    thing = models.CharField(
        max_length=80, blank=True, help_text="room.model:id, empty where no record is meant"
    )
    source = models.CharField(max_length=30, blank=True)
    target = models.CharField(max_length=30, blank=True)
    digest = models.CharField(
        max_length=71, blank=True, help_text="salted digest of the record after the event"
    )
    data = models.JSONField(default=dict)

    class Meta:
        indexes = [models.Index(fields=["thing", "id"]), models.Index(fields=["name", "id"])]

    def __str__(self) -> str:
        return f"{self.id} {self.name} {self.thing}"


class Unsealed(models.Model):
    """The sealer's queue: written with the event, deleted with its seal. Its count is the unsealed tail."""

    event = models.OneToOneField(Event, models.DO_NOTHING, primary_key=True, related_name="+")

    def __str__(self) -> str:
        return str(self.event_id)


class Seal(models.Model):
    """One leaf of the log: position, RFC 6962 leaf hash and hash chain. Append-only like events."""

    position = models.BigIntegerField(primary_key=True)
    event = models.OneToOneField(Event, models.DO_NOTHING, related_name="seal")
    leaf = models.CharField(max_length=64)
    chain = models.CharField(max_length=64)

    def __str__(self) -> str:
        return f"{self.position} {self.leaf[:12]}"


class Checkpoint(models.Model):
    """A signed statement (C2SP checkpoint) of the log's size and root, with the frontier to go on from."""

    size = models.BigIntegerField(primary_key=True)
    at = models.DateTimeField()
    note = models.TextField()
    frontier = models.JSONField()
    chain = models.CharField(max_length=64, blank=True)

    def __str__(self) -> str:
        return f"{self.size} at {self.at:%Y-%m-%d %H:%M:%S}"


class Salt(models.Model):
    """The secret that makes a record's digest unguessable. Erasing it unlinks the digest for good."""

    thing = models.CharField(max_length=80, primary_key=True)
    value = models.BinaryField(max_length=32)

    def __str__(self) -> str:
        return self.thing
