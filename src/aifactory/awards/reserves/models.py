"""What is kept back from a pool, and for what."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from aifactory.audit.record import Record
from aifactory.awards.reserves.lifecycle import RESERVE


class Reserve(Record):
    """Amounts (resource to whole base units) of a pool, such as a call, that nothing else may be granted from.

    `cause` is what they are kept for, by its name in the log; it may keep something back once only.
    """

    PREFIX = "rsv"
    LIFECYCLE = RESERVE
    PUBLIC_FIELDS = frozenset({"id", "created_at", "pool", "amounts", "state"})

    pool = models.CharField(
        max_length=80, db_index=True, help_text=_("What it is kept back from: room.model:id")
    )
    cause = models.CharField(max_length=80, unique=True, help_text=_("What it is kept for: room.model:id"))
    amounts = models.JSONField(help_text=_("Resource to whole base units"))
    state = models.CharField(max_length=10, default=RESERVE.initial, choices=list(RESERVE.states.items()))
