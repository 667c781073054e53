"""Trained models and their versions."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from aifactory.audit.record import Record
from aifactory.awards.models import Project
from aifactory.registry.lifecycle import MODEL_VERSION
from aifactory.supercomputer.models import Attempt


class Model(Record):
    """A model that a project makes, under one name."""

    PREFIX = "mod"
    PUBLIC_FIELDS = frozenset({"id", "created_at", "project_id", "name", "intended_use"})

    project = models.ForeignKey(Project, models.PROTECT, related_name="models")
    name = models.CharField(_("name"), max_length=120)
    intended_use = models.TextField(_("intended use"), help_text=_("What it is for, and what it is not for"))

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "name"], name="one_model_a_name_in_a_project")
        ]

    def __str__(self) -> str:
        return self.name


class ModelVersion(Record):
    """What one attempt made: files by digest, a card for people, a signed statement of where it comes from."""

    PREFIX = "mov"
    LIFECYCLE = MODEL_VERSION
    # No card and no statement: both name columns of the data, and this export holds candidates too.
    PUBLIC_FIELDS = frozenset(
        {
            "id",
            "created_at",
            "model_id",
            "number",
            "attempt_id",
            "files",
            "digest",
            "state",
        }
    )

    model = models.ForeignKey(Model, models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    attempt = models.OneToOneField(Attempt, models.PROTECT, related_name="model_version")
    files = models.JSONField(help_text="[{path, key, digest, size}]")
    digest = models.CharField(max_length=71, help_text="over {path: digest} of all files")
    card = models.JSONField()
    provenance = models.TextField(help_text="DSSE envelope with an in-toto statement")
    state = models.CharField(
        max_length=10, default=MODEL_VERSION.initial, choices=list(MODEL_VERSION.states.items())
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["model", "number"], name="model_versions_are_numbered")
        ]

    def __str__(self) -> str:
        return f"{self.model_id} {self.number}"
