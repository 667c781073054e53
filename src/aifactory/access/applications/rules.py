"""Who sees an application and what belongs to it, and what its writers may do."""

from typing import Any

from django.db import models
from django.db.models import Q

from aifactory.access.applications.lifecycle import DECIDED
from aifactory.access.applications.models import Application, Attachment
from aifactory.access.conflicts.rules import OVERSEERS, in_conflict, is_in_conflict
from aifactory.access.permissions import Permission
from aifactory.access.review.lifecycle import ACTIVE_REVIEWS
from aifactory.access.review.models import Review
from aifactory.assurance.subjects import open_while
from aifactory.people.models import Role, User
from aifactory.people.rules import Viewer, grant, visibility

def applications_visible_to(viewer: Viewer) -> models.QuerySet[Application]:
    """An organisation sees its own; without a conflict, a reviewer those assigned and overseers all but drafts."""
    if viewer is None:
        return Application.objects.none()
    own = Q(organisation__in=viewer.organisation_ids)
    judged = Q(pk__in=open_to(viewer).values("application"))
    if viewer.has_role(*OVERSEERS):
        judged |= ~Q(submitted_at=None)
    elif not viewer.has_role(Role.REVIEWER):
        return Application.objects.filter(own)
    return Application.objects.filter(own | (judged & ~in_conflict(viewer)))


def can_view_application(viewer: Viewer, application: Application) -> bool:
    """Same rule as `applications_visible_to`, for one application."""
    if viewer is None:
        return False
    if application.organisation_id in viewer.organisation_ids:
        return True
    overseen = viewer.has_role(*OVERSEERS) and application.submitted_at is not None
    judged = overseen or (
        viewer.has_role(*OVERSEERS, Role.REVIEWER) and open_to(viewer).filter(application=application).exists()
    )
    return judged and not is_in_conflict(viewer, application)


def open_to(viewer: User) -> models.QuerySet[Review]:
    """Return a person's reviews for which the application may be read: after the statement on conflicts."""
    return Review.objects.filter(reviewer=viewer, state__in=ACTIVE_REVIEWS).exclude(stated_at=None)


def seen_with_its_application(model: type[Any], *, reviewers: bool) -> None:
    """State that a part of an application is seen by who sees the whole; maybe not by its reviewers.

    Of a double-blind mode, reviewers do not get the documents that tell who applies.
    """
    for_reviewers = Q(identifying=False) if model is Attachment else Q()

    def visible(viewer: Viewer) -> models.QuerySet[Any]:
        rows: models.QuerySet[Any] = model.objects.all()
        if viewer is None:
            return rows.none()
        rows = rows.filter(application__in=applications_visible_to(viewer))
        if viewer.has_role(*OVERSEERS):
            return rows
        own = Q(application__organisation__in=viewer.organisation_ids)
        return rows.filter(own | for_reviewers if reviewers else own)

    def can_view(viewer: Viewer, part: Any) -> bool:
        if viewer is None or not can_view_application(viewer, part.application):
            return False
        return (
            viewer.has_role(*OVERSEERS)
            or part.application.organisation_id in viewer.organisation_ids
            or (reviewers and not getattr(part, "identifying", False))
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
