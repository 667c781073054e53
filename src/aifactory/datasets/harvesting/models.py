"""Where we harvest, each harvest, and the datasets that were found."""

from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from aifactory.audit.record import Record
from aifactory.datasets.harvesting.lifecycle import SOURCE
from aifactory.people.models import User


class CatalogueSource(Record):
    """A catalogue of somebody else that we read from time to time; `asked_at`: since when somebody waits for that."""

    class Kind(models.TextChoices):
        DCAT = "dcat", _("DCAT: Turtle, RDF/XML, N-Triples or JSON-LD")
        CKAN = "ckan", _("CKAN: its list of packages")

    PREFIX = "src"
    LIFECYCLE = SOURCE
    PUBLIC_FIELDS: ClassVar[frozenset[str]] = frozenset(
        {"id", "created_at", "name", "address", "kind", "state"}
    )

    name = models.CharField(_("name"), max_length=120)
    address = models.URLField(_("address"), max_length=500, unique=True)
    kind = models.CharField(_("kind"), max_length=8, choices=Kind.choices)
    added_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(null=True)
    state = models.CharField(max_length=10, default=SOURCE.initial, choices=list(SOURCE.states.items()))

    def __str__(self) -> str:
        return self.name


class Harvest(Record):
    """One reading of a source: what came, what changed, and what could not be read."""

    PREFIX = "hrv"
    LATER = frozenset({"problem_nl"})
    PUBLIC_FIELDS: ClassVar[frozenset[str]] = frozenset(
        {"id", "created_at", "source_id", "digest", "seen", "added", "changed", "same", "gone", "faulty"}
    )

    source = models.ForeignKey(CatalogueSource, models.PROTECT, related_name="harvests")
    digest = models.CharField(max_length=71)
    seen = models.PositiveIntegerField()
    added = models.PositiveIntegerField()
    changed = models.PositiveIntegerField()
    same = models.PositiveIntegerField()
    gone = models.PositiveIntegerField()
    faulty = models.PositiveIntegerField()
    problem = models.CharField(max_length=300, blank=True)
    problem_nl = models.CharField(max_length=300, blank=True, help_text="the same in Dutch")

    def __str__(self) -> str:
        return f"{self.source_id} at {self.created_at}"


class FoundDataset(models.Model):
    """One dataset of a source, as its own catalogue describes it; `errors` says what is wrong with that.

    A mirror that is made anew by every harvest, so no record of the log: the harvest is.
    """

    source = models.ForeignKey(CatalogueSource, models.CASCADE, related_name="found")
    identifier = models.CharField(max_length=500)
    digest = models.CharField(max_length=71)
    facts = models.JSONField()
    errors: "models.JSONField[list[dict[str, Any]], list[dict[str, Any]]]" = models.JSONField(default=list)
    shown = models.BooleanField()
    seen_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["source", "identifier"], name="one_identifier_a_source")
        ]

    def __str__(self) -> str:
        return self.identifier
