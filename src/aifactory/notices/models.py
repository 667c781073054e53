"""Notices: what a person should know, on the desk and by mail; and how that person wants to hear it."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from aifactory.people.models import User


class Notice(models.Model):
    """One message to one person for one cause; made once, mailed until it went out or was refused for good."""

    class Channel(models.TextChoices):
        MAIL = "mail", _("A mail of its own")
        DIGEST = "digest", _("In a summary")
        DESK = "desk", _("On the desk only")

    user = models.ForeignKey(User, models.CASCADE, related_name="notices")
    cause = models.CharField(max_length=120, help_text="the event or the deadline it comes from")
    kind = models.CharField(max_length=60, help_text="the line of the table that it was made by")
    thing = models.CharField(max_length=80, help_text="the record it is about: room.model:id")
    link = models.CharField(max_length=200)
    subject = models.CharField(max_length=200, help_text="what it is about: a title")
    created_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)
    channel = models.CharField(max_length=6, choices=Channel.choices, default=Channel.MAIL)
    mailed_at = models.DateTimeField(null=True)
    refused_at = models.DateTimeField(
        null=True, help_text="when the mail server refused the address for good"
    )
    tries = models.PositiveSmallIntegerField(default=0)
    try_at = models.DateTimeField(help_text="when it may be mailed (again)")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "cause"], name="one_notice_a_cause")]
        indexes = [models.Index(fields=["mailed_at", "channel", "try_at"])]

    def __str__(self) -> str:
        return f"{self.kind} for {self.user_id}"


class Wish(models.Model):
    """How one person wants to hear: at once or in a summary, at which hour, and what stays on the desk."""

    class Rhythm(models.TextChoices):
        AT_ONCE = "at_once", _("At once, one mail each")
        DAILY = "daily", _("One summary a day")
        WEEKLY = "weekly", _("One summary a week")

    WEEKDAYS: ClassVar[list[tuple[int, object]]] = [
        (0, _("Monday")),
        (1, _("Tuesday")),
        (2, _("Wednesday")),
        (3, _("Thursday")),
        (4, _("Friday")),
        (5, _("Saturday")),
        (6, _("Sunday")),
    ]

    user = models.OneToOneField(User, models.CASCADE, primary_key=True, related_name="wish")
    rhythm = models.CharField(max_length=10, choices=Rhythm.choices, default=Rhythm.AT_ONCE)
    hour = models.PositiveSmallIntegerField(default=8, help_text="of the factory's local day, 0-23")
    weekday = models.PositiveSmallIntegerField(default=0, help_text="0 is Monday")
    quiet = models.JSONField(default=list, help_text="topics that are not mailed")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(hour__lte=23) & models.Q(weekday__lte=6), name="an_hour_of_a_week"
            )
        ]

    def __str__(self) -> str:
        return f"{self.rhythm} for {self.user_id}"


class Feed(models.Model):
    """A secret address at which a calendar reads one person's deadlines; only its digest is kept."""

    user = models.OneToOneField(User, models.CASCADE, primary_key=True, related_name="feed")
    digest = models.CharField(max_length=71, unique=True)
    made_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"calendar of {self.user_id}"


class Bookmark(models.Model):
    """How far the sealed log has been read (one row), and when deadlines were last looked at."""

    position = models.BigIntegerField(default=0, help_text="position of the next seal")
    reminded_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return str(self.position)
