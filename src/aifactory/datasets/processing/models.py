"""What is written down of the personal data in a dataset."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from aifactory.audit.record import Record
from aifactory.datasets.processing.said import LONG, NAMES, SHORT, Said


class PersonalData(Record):
    """Who is responsible for the personal data in a dataset, on which ground, of whom, and until when.

    The words are those of `words`; `said` checks them, so that a new word there needs no migration.
    """

    PREFIX = "pda"
    PUBLIC_FIELDS = frozenset(
        {
            "id",
            "created_at",
            "dataset_id",
            "basis",
            "law",
            "condition",
            "categories",
            "subjects",
            "keep_until",
        }
    )

    dataset = models.OneToOneField("datasets.Dataset", models.PROTECT, related_name="personal")
    controller = models.CharField(_("controller"), max_length=SHORT, blank=True)
    processor = models.CharField(_("processor"), max_length=SHORT, blank=True)
    privacy_contact = models.CharField(max_length=SHORT, blank=True)
    basis = models.CharField(_("legal basis"), max_length=20, blank=True)
    law = models.CharField(max_length=SHORT, blank=True)
    condition = models.CharField(max_length=20, blank=True)
    categories = models.JSONField(default=list)
    subjects = models.JSONField(default=list)
    informed = models.CharField(max_length=LONG, blank=True)
    notice_page = models.CharField(max_length=SHORT, blank=True)
    keep_until = models.DateField(_("kept until"), null=True, db_index=True)
    keep_why = models.CharField(max_length=SHORT, blank=True)

    @property
    def said(self) -> Said:
        """What was said, as plain data."""
        kept = {name: getattr(self, name) for name in NAMES}
        return Said(**kept | {name: tuple(kept[name]) for name in ("categories", "subjects")})
