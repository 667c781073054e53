"""What a notice is about, in groups that a person can quieten; some concern rights and never fall silent."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Topic(models.TextChoices):
    """One group of notices, as the settings page lists them."""

    APPLICATIONS = "applications", _("Applications on their way")
    REVIEWS = "reviews", _("Reviews")
    DECISIONS = "decisions", _("Decisions and objections")
    DEADLINES = "deadlines", _("Reminders before a deadline")
    SUSPENSIONS = "suspensions", _("Suspensions and withdrawals")
    ACCOUNT = "account", _("Your account, roles and mandates")
    LAW = "law", _("Legal assessments")
    PROJECTS = "projects", _("Projects")
    DATA = "data", _("Data agreements")
    JOBS = "jobs", _("Jobs")
    ADVICE = "advice", _("Advice")
    MODELS = "models", _("Models")
    REPORTS = "reports", _("Reports")


#: a term runs from these, or a right is touched: they are always mailed, and at once
ALWAYS = frozenset({Topic.DECISIONS, Topic.DEADLINES, Topic.SUSPENSIONS, Topic.ACCOUNT})
QUIETABLE = tuple(topic for topic in Topic if topic not in ALWAYS)
