"""What a call is."""

from functools import cached_property

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from aifactory.access import modes
from aifactory.access.calls.lifecycle import CALL
from aifactory.audit.record import Record
from aifactory.kit.bilingual import Text


class Call(Record):
    """An invitation to apply under one mode, which is copied in so that it cannot change on the way."""

    PREFIX = "cal"
    LIFECYCLE = CALL
    PUBLIC_FIELDS = frozenset(
        {"id", "created_at", "mode_name", "mode_digest", "mode_content", "title_en", "title_nl", "state"}
        | {"opens_at", "cut_off_at"}
    )

    mode_name = models.CharField(max_length=60)
    mode_digest = models.CharField(max_length=71)
    mode_content = models.JSONField()
    title_en = models.CharField(_("title in English"), max_length=200)
    title_nl = models.CharField(_("title in Dutch"), max_length=200)
    opens_at = models.DateTimeField(_("opens at"))
    cut_off_at = models.DateTimeField(_("cut-off"), null=True, blank=True)
    state = models.CharField(max_length=12, default=CALL.initial, choices=list(CALL.states.items()))

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(cut_off_at=None) | Q(cut_off_at__gt=models.F("opens_at")),
                name="call_opens_before_it_ends",
            )
        ]

    @cached_property
    def mode(self) -> modes.Mode:
        """The mode as it was when the call was made."""
        return modes.kept(self.mode_digest, self.mode_content)

    @property
    def title(self) -> Text:
        """The title in both languages."""
        return Text(en=self.title_en, nl=self.title_nl)
