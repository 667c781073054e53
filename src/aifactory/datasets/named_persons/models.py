"""A change of the people whom an agreement names."""

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from aifactory.audit.record import Record
from aifactory.datasets.models import Agreement
from aifactory.datasets.named_persons.lifecycle import PERSONS_CHANGE
from aifactory.people.models import User

KINDS = {"add": _("Add"), "remove": _("Remove")}


class PersonsChange(Record):
    """People who join the list of an agreement, by consent of both parties, or one who leaves it, by a word of either.

    `amendment()` is what is signed: an addition by both, a removal by the party that removes. The contract stays as it
    was signed; its list and all changes in force, in the order of `decided_at`, are who may use the data.
    """

    PREFIX = "pch"
    LIFECYCLE = PERSONS_CHANGE
    PUBLIC_FIELDS = frozenset({"id", "created_at", "agreement_id", "kind", "decided_at", "state"})

    agreement = models.ForeignKey(Agreement, models.PROTECT, related_name="persons_changes")
    kind = models.CharField(max_length=6, choices=list(KINDS.items()))
    persons = models.JSONField(help_text="ids of people")
    asked_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    explanation = models.CharField(max_length=500, blank=True)
    holder_signature = models.TextField(blank=True)
    user_signature = models.TextField(blank=True)
    decided_by = models.ForeignKey(User, models.PROTECT, related_name="+", null=True)
    decided_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=500, blank=True)
    state = models.CharField(
        max_length=10, default=PERSONS_CHANGE.initial, choices=list(PERSONS_CHANGE.states.items())
    )

    class Meta:
        indexes = [models.Index(fields=["agreement", "state"])]
        constraints = [
            models.UniqueConstraint(
                fields=["agreement"], condition=models.Q(state="asked"), name="one_open_change_of_persons"
            )
        ]

    def amendment(self) -> dict[str, Any]:
        """Return what is signed."""
        return {
            "schema": "aifactory/agreement-persons/1",
            "change": self.pk,
            "agreement": self.agreement_id,
            "contract": self.agreement.digest,
            self.kind: sorted(self.persons),
        }

    def applied(self, persons: set[str]) -> set[str]:
        """Return a list of people with this change."""
        return persons | set(self.persons) if self.kind == "add" else persons - set(self.persons)
