"""What is known of who stands too close to what, and what was done about it."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from aifactory.access.applications.models import Application
from aifactory.access.conflicts.detection import Handling, Kind
from aifactory.access.conflicts.lifecycle import CONFLICT
from aifactory.audit.record import Record
from aifactory.people.models import User


class Conflict(Record):
    """One reason why one person stands too close to one application.

    A person's own application in a call (`same_call`) keeps the person from all others in that call, so it is
    kept once, on the person's own. `evidence`: ids, days and names; `words`: what the person declared;
    `measure`: how the office handles it, or why it lifted the finding.
    """

    PREFIX = "cfl"
    LIFECYCLE = CONFLICT

    application = models.ForeignKey(Application, models.PROTECT, related_name="conflicts")
    person = models.ForeignKey(User, models.PROTECT, related_name="conflicts")
    kind = models.CharField(max_length=20, choices=[(kind.value, kind.value) for kind in Kind])
    handling = models.CharField(
        max_length=10,
        choices=[
            (Handling.RECUSE.value, _("Real")),
            (Handling.MANAGE.value, _("Apparent")),
            (Handling.DISCLOSE.value, _("Potential")),
        ],
        help_text=_("What the mode says follows from this kind"),
    )
    evidence = models.JSONField(default=dict)
    words = models.TextField(max_length=1000, blank=True)
    state = models.CharField(max_length=10, default=CONFLICT.initial, choices=list(CONFLICT.states.items()))
    measure = models.TextField(max_length=1000, blank=True)
    handled_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    handled_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["person", "state"])]
        constraints = [
            models.UniqueConstraint(fields=["application", "person", "kind"], name="one_conflict_of_a_kind")
        ]


class Collaborator(Record):
    """Somebody with whom a judge published, as the judge wrote the name, and when the last work appeared."""

    PREFIX = "clb"

    person = models.ForeignKey(User, models.PROTECT, related_name="collaborators")
    name = models.CharField(_("name"), max_length=120)
    last_on = models.DateField(_("last work together"))
    removed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["person", "name"], condition=models.Q(removed_at=None), name="one_collaborator_a_name"
            )
        ]
