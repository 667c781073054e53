"""What the rules said of an application."""

from django.db import models

from aifactory.access.applications.models import Application
from aifactory.audit.record import Record


class Eligibility(Record):
    """What each rule said of an application, kept as it was judged."""

    PREFIX = "eli"

    application = models.OneToOneField(Application, models.PROTECT, related_name="eligibility")
    verdicts = models.JSONField()
    passed = models.BooleanField()
