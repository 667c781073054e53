"""Who sees an application and what belongs to it, and what its writers may do."""

from typing import Any

from django.db import models
from django.db.models import Q

from aifactory.access.applications.lifecycle import DECIDED
from aifactory.access.applications.models import Application, Attachment
from aifactory.access.permissions import Permission
from aifactory.access.review.lifecycle import ACTIVE_REVIEWS
from aifactory.access.review.models import Review
from aifactory.assurance.subjects import open_while
from aifactory.people.models import Role, User
from aifactory.people.rules import Viewer, grant, visibility

#: these see every application that was submitted: drafts are their writers' own
OVERSEERS = (Role.OFFICE, Role.PANEL, Role.AUDITOR)


def applications_visible_to(viewer: Viewer) -> models.QuerySet[Application]:
    """An organisation sees its own, a reviewer those assigned, overseers all but drafts."""
    if viewer is None:
        return Application.objects.none()
    own = Q(organisation__in=viewer.organisation_ids)
    assigned = Q(
        pk__in=Review.objects.filter(reviewer=viewer, state__in=ACTIVE_REVIEWS).values("application")
    )
    all_submitted = ~Q(submitted_at=None) if viewer.has_role(*OVERSEERS) else Q(pk__in=[])
    return Application.objects.filter(own | assigned | all_submitted)


def can_view_application(viewer: Viewer, application: Application) -> bool:
    """Same rule as `applications_visible_to`, for one application."""
    if viewer is None:
        return False
    return (
        application.organisation_id in viewer.organisation_ids
        or (viewer.has_role(*OVERSEERS) and application.submitted_at is not None)
        or application.reviews.filter(reviewer=viewer, state__in=ACTIVE_REVIEWS).exists()
    )


def seen_with_its_application(model: type[Any], *, reviewers: bool) -> None:
    """State that a part of an application is seen by who sees the whole; maybe not by its reviewers."""

    def visible(viewer: Viewer) -> models.QuerySet[Any]:
        rows: models.QuerySet[Any] = model.objects.all()
        return rows.none() if viewer is None else rows.filter(application__in=seen(viewer))

    def seen(viewer: User) -> models.QuerySet[Application]:
        rows = applications_visible_to(viewer)
        if reviewers or viewer.has_role(*OVERSEERS):
            return rows
        return rows.filter(organisation__in=viewer.organisation_ids)

    def can_view(viewer: Viewer, part: Any) -> bool:
        if viewer is None or not can_view_application(viewer, part.application):
            return False
        return (
            reviewers
            or viewer.has_role(*OVERSEERS)
            or part.application.organisation_id in viewer.organisation_ids
        )

    visibility(model, visible_to=visible, can_view=can_view)


def _own(user: User, application: Application) -> bool:
    return application.organisation_id in user.organisation_ids


# What was sent in stands, the answers to the law included.
open_while("access.application", lambda application: application.state == "draft")


visibility(Application, visible_to=applications_visible_to, can_view=can_view_application)
seen_with_its_application(Attachment, reviewers=True)

grant(Permission.START, roles=None, when=_own)
grant(Permission.EDIT, roles=None, when=_own)
grant(Permission.SUBMIT, roles=None, when=_own)
grant(Permission.WITHDRAW, roles=None, when=lambda user, a: _own(user, a) and a.state not in DECIDED)
