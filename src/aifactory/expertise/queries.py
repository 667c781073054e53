"""Reads of cases that all faces share."""

from typing import Any

from django.db import models
from django.db.models import Sum
from django.db.models.functions import Coalesce

from aifactory.audit.record import plain
from aifactory.expertise.models import Case
from aifactory.people.rules import visible


def cases(viewer: Any) -> models.QuerySet[Case]:
    """Return the cases the viewer sees, with project, adviser and booked seconds."""
    return (
        visible(Case, viewer)
        .select_related("project__organisation", "adviser", "asked_by")
        .annotate(booked=Coalesce(Sum("entries__seconds"), 0))
    )


def facts(case: Case) -> dict[str, Any]:
    """Return one case as the API shows it; time in hours."""
    return {
        "id": case.pk,
        "project": case.project_id,
        "service": case.service,
        "title": case.title,
        "question": case.question,
        "state": case.state,
        "adviser": case.adviser.name if case.adviser else None,
        "asked_at": plain(case.created_at),
        "booked_hours": getattr(case, "booked", 0) / 3600,
    }
