"""Who sees, registers and releases models."""

from django.db import models

from aifactory.awards.rules import can_view_project, projects_visible_to, works_on
from aifactory.people.models import User
from aifactory.people.rules import Viewer, grant, visibility
from aifactory.registry import lineage as _lineage  # noqa: F401 - tells what was made of data
from aifactory.registry.models import Model, ModelVersion
from aifactory.registry.permissions import Permission


def versions_visible_to(viewer: Viewer) -> models.QuerySet[ModelVersion]:
    """Released and withdrawn versions are public; candidates are seen with their project."""
    return ModelVersion.objects.filter(
        ~models.Q(state="candidate") | models.Q(model__project__in=projects_visible_to(viewer))
    )


def can_view_version(viewer: Viewer, version: ModelVersion) -> bool:
    """Same rule as `versions_visible_to`, for one version."""
    return version.state != "candidate" or can_view_project(viewer, version.model.project)


def models_visible_to(viewer: Viewer) -> models.QuerySet[Model]:
    """A model is public with its first released version."""
    known = ModelVersion.objects.exclude(state="candidate").values("model")
    return Model.objects.filter(models.Q(pk__in=known) | models.Q(project__in=projects_visible_to(viewer)))


def can_view_model(viewer: Viewer, model: Model) -> bool:
    """Same rule as `models_visible_to`, for one model."""
    return model.versions.exclude(state="candidate").exists() or can_view_project(viewer, model.project)


visibility(ModelVersion, visible_to=versions_visible_to, can_view=can_view_version)
visibility(Model, visible_to=models_visible_to, can_view=can_view_model)


def _on_the_project(user: User, version: ModelVersion) -> bool:
    return works_on(user, version.model.project)


grant(Permission.REGISTER, roles=None, when=_on_the_project)
grant(Permission.RELEASE, roles=None, when=_on_the_project)
grant(Permission.WITHDRAW, roles=None, when=_on_the_project)
