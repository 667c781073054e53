"""Who came into which notebook."""

from typing import ClassVar

from django.db import models

from aifactory.audit.record import Record
from aifactory.people.models import User
from aifactory.supercomputer.models import Attempt
from aifactory.supercomputer.notebooks.lifecycle import VISIT


class NotebookVisit(Record):
    """One person's way into one running notebook: by a ticket that is good once, for a minute.

    Ticket and session are known here by their digests only. `portal_session` is the sign-in that asked for the ticket:
    when that ends, so does the visit; empty where a token asked. `copies`: whether the terms allowed to take data out.
    """

    PREFIX = "nbv"
    LIFECYCLE = VISIT
    PUBLIC_FIELDS: ClassVar[frozenset[str]] = frozenset({"id", "created_at", "attempt_id", "copies", "state"})
    PRIVATE: ClassVar[frozenset[str]] = frozenset({"ticket_digest", "session_digest", "portal_session"})

    attempt = models.ForeignKey(Attempt, models.PROTECT, related_name="visits")
    person = models.ForeignKey(User, models.PROTECT, related_name="+")
    copies = models.BooleanField()
    ticket_digest = models.CharField(max_length=71, unique=True)
    ticket_until = models.DateTimeField()
    session_digest = models.CharField(max_length=71, unique=True, null=True)
    portal_session = models.CharField(max_length=40, blank=True)
    entered_at = models.DateTimeField(null=True)
    state = models.CharField(max_length=10, default=VISIT.initial, choices=list(VISIT.states.items()))

    class Meta:
        indexes = [models.Index(fields=["attempt", "id"])]
