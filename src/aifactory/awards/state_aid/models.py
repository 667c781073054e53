"""Entries of de minimis aid, declared or granted here."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from aifactory.audit.record import Record
from aifactory.awards.state_aid.lifecycle import AID
from aifactory.people.models import Organisation


class AidEntry(Record):
    """Aid to one organisation on one day: whole euro cents of gross grant equivalent (Reg. (EU) 2023/2831)."""

    class Source(models.TextChoices):
        DECLARED = "declared", _("Declared by the organisation")
        REGISTER = "register", _("Read from the central register")
        HERE = "here", _("Granted here")

    PREFIX = "aid"
    LIFECYCLE = AID
    PUBLIC_FIELDS = frozenset({"id", "created_at", "member_state", "granted_on", "source", "state"})

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="aid")
    member_state = models.CharField(_("member state that granted it"), max_length=2)
    granted_on = models.DateField(_("granted on"))
    cents = models.BigIntegerField()
    source = models.CharField(max_length=10, choices=Source.choices)
    authority = models.CharField(_("who granted it"), max_length=200)
    measure = models.CharField(_("what for"), max_length=200, blank=True)
    register_reference = models.CharField(_("reference in the central register"), max_length=100, blank=True)
    application = models.CharField(
        max_length=40, blank=True, help_text=_("Id of the application granted here")
    )
    state = models.CharField(max_length=10, default=AID.initial, choices=list(AID.states.items()))

    class Meta:
        indexes = [models.Index(fields=["organisation", "granted_on"])]
        constraints = [
            models.CheckConstraint(condition=Q(cents__gt=0), name="aid_is_worth_something"),
            models.UniqueConstraint(
                fields=["application"],
                condition=~Q(application="") & Q(state="standing"),
                name="aid_once_an_application",
            ),
        ]
