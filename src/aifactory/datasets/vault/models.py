"""That a dataset has a key, and what became of it. The key itself is never in the database."""

from django.db import models

from aifactory.audit.record import Record
from aifactory.datasets.models import Dataset
from aifactory.datasets.vault.lifecycle import DATA_KEY


class DataKey(Record):
    """The key of one dataset's bytes at rest; its id is the key's name in the key store."""

    PREFIX = "dky"
    LIFECYCLE = DATA_KEY
    PUBLIC_FIELDS = frozenset({"id", "created_at", "dataset_id", "destroyed_at", "state"})

    dataset = models.OneToOneField(Dataset, models.PROTECT, related_name="data_key")
    reason = models.CharField(max_length=500, blank=True)
    destroyed_at = models.DateTimeField(null=True)
    state = models.CharField(max_length=10, default=DATA_KEY.initial, choices=list(DATA_KEY.states.items()))
