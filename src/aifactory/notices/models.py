"""Notices: what a person should know, on the desk and by mail."""

from django.db import models

from aifactory.people.models import User


class Notice(models.Model):
    """One message to one person about one event; made once, mailed until it went out."""

    user = models.ForeignKey(User, models.CASCADE, related_name="notices")
    event = models.BigIntegerField(help_text="the event it is about")
    kind = models.CharField(max_length=60, help_text="the event's name")
    link = models.CharField(max_length=200)
    subject = models.CharField(max_length=200, help_text="what it is about: a title")
    created_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)
    mailed_at = models.DateTimeField(null=True)
    tries = models.PositiveSmallIntegerField(default=0)
    try_at = models.DateTimeField(help_text="when it may be mailed (again)")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "event"], name="one_notice_an_event")]
        indexes = [models.Index(fields=["mailed_at", "try_at"])]

    def __str__(self) -> str:
        return f"{self.kind} for {self.user_id}"


class Bookmark(models.Model):
    """How far the sealed log has been read (one row): the position of the next seal."""

    position = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return str(self.position)
