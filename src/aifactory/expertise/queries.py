"""Reads of cases that all faces share."""

from typing import Any

from django.db import models
from django.db.models import Sum
from django.db.models.functions import Coalesce

from aifactory.audit.record import plain
from aifactory.awards.models import Project
from aifactory.expertise.models import Case, Entry
from aifactory.people.models import Role, User
from aifactory.people.rules import visible


def cases(viewer: Any) -> models.QuerySet[Case]:
    """Return the cases the viewer sees, with project, adviser and booked seconds."""
    return (
        visible(Case, viewer)
        .select_related("project__organisation", "adviser", "asked_by")
        .annotate(booked=Coalesce(Sum("entries__seconds"), 0))
    )


def asking_for(user: User) -> list[Project]:
    """Return the projects that somebody works on and may ask for, newest first."""
    theirs = Project.objects.filter(members__user=user, members__until=None, state="active")
    return list(theirs.order_by("-pk")[:20])


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


def entries(case: Case) -> list[Entry]:
    """Return what was written in a case, oldest first, with its writers."""
    return list(case.entries.select_related("writer").order_by("pk"))


def whole(case: Case) -> dict[str, Any]:
    """Return one case with everything written in it."""
    written = entries(case)
    booked = sum(entry.seconds for entry in written)
    return facts(case) | {
        "booked_hours": booked / 3600,
        "entries": [
            {"writer": e.writer.name, "at": plain(e.created_at), "text": e.text, "hours": e.seconds / 3600}
            for e in written
        ],
    }


def advisers() -> list[User]:
    """Return the people of the expertise centre."""
    return [
        user for user in User.objects.filter(is_active=True).order_by("name") if user.has_role(Role.ADVISER)
    ]


def waiting(user: User) -> models.QuerySet[Case]:
    """Return what waits for an adviser: questions that nobody took yet, and the own open cases."""
    if not user.has_role(Role.ADVISER):
        return Case.objects.none()
    nobodys = models.Q(state="asked")
    return cases(user).filter(nobodys | models.Q(state="open", adviser=user)).order_by("state", "pk")
