"""Reads of outages that all faces share."""

from typing import Any

from django.db import models
from django.db.models import Count, Sum

from aifactory.audit.record import plain
from aifactory.people.rules import visible
from aifactory.supercomputer.outages.models import Extension, Outage


def outages() -> models.QuerySet[Outage]:
    """Return every outage with how many awards run longer for it."""
    return Outage.objects.annotate(extended=Count("extensions"), given=Sum("extensions__given_seconds"))


def extensions(outage: Outage, viewer: Any) -> models.QuerySet[Extension]:
    """Return what was given back for an outage, as far as the viewer sees the awards."""
    return visible(Extension, viewer).filter(outage=outage).select_related("line__project").order_by("pk")


def facts(outage: Outage) -> dict[str, Any]:
    """Return an outage as the API shows it; `extended` awards run longer for it."""
    names = ("id", "cluster", "partition", "planned", "resources", "what", "starts_at", "ends_at", "state")
    return {name: plain(getattr(outage, name)) for name in names} | {
        "extended": getattr(outage, "extended", 0)
    }


def extension_facts(extension: Extension) -> dict[str, Any]:
    """Return what one award got back; seconds."""
    return {
        "id": extension.pk,
        "allocation": extension.line_id,
        "project": extension.line.project_id,
        "lost_seconds": extension.lost_seconds,
        "given_seconds": extension.given_seconds,
        "was_until": plain(extension.was_until),
        "runs_until": plain(extension.runs_until),
        "policy": extension.policy,
    }
