"""What people say of their own closeness to an application."""

from django.db import models

from aifactory.access.applications.models import Application
from aifactory.audit.record import Record
from aifactory.people.models import User


class ConflictDeclaration(Record):
    """A person says that they stand too close to an application."""

    PREFIX = "cfl"

    application = models.ForeignKey(Application, models.PROTECT, related_name="conflicts")
    person = models.ForeignKey(User, models.PROTECT, related_name="conflicts")
    reason = models.TextField(max_length=1000)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["application", "person"], name="one_declaration_a_person_and_application"
            )
        ]
