"""Reads of projects and awards that all faces share."""

from typing import Any

from django.db import models

from aifactory.audit.record import plain
from aifactory.awards.models import AwardLine, Project
from aifactory.kit.units import UNITS, Resource, shown
from aifactory.people.rules import visible


def projects(viewer: Any) -> models.QuerySet[Project]:
    """Return the projects the viewer sees, with their organisation and leader."""
    return visible(Project, viewer).select_related("organisation", "leader")


def allocations(viewer: Any) -> models.QuerySet[AwardLine]:
    """Return the award lines the viewer sees, with their project and organisation."""
    return visible(AwardLine, viewer).select_related("project__organisation")


def amounts(line: AwardLine) -> dict[str, Any]:
    """Return what was granted, held, drawn and is left, in the unit of the field."""
    resource = Resource(line.resource)
    unit = UNITS[resource][0]
    figures = {"granted": line.amount, "held": line.held, "drawn": line.drawn, "left": line.left}
    return {"unit": unit} | {name: float(shown(resource, amount)) for name, amount in figures.items()}


def line_facts(line: AwardLine) -> dict[str, Any]:
    """Return one award line as the API shows it."""
    return {
        "id": line.pk,
        "project": line.project_id,
        "resource": line.resource,
        **amounts(line),
        "starts_at": plain(line.starts_at),
        "ends_at": plain(line.ends_at),
    }


def project_facts(project: Project) -> dict[str, Any]:
    """Return one project as the API shows it."""
    return {
        "id": project.pk,
        "title": project.title,
        "organisation": project.organisation.name,
        "application": project.application,
        "purpose": project.purpose,
        "state": project.state,
        "ends_at": plain(project.ends_at),
    }
