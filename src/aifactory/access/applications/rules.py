"""Who sees an application and what belongs to it, and what its writers may do."""

from typing import Any

from django.db import models
from django.db.models import Q

from aifactory.access.applications.lifecycle import DECIDED
from aifactory.access.applications.models import Application, Attachment
from aifactory.access.calls.models import Call
from aifactory.access.conflicts.rules import (
    OVERSEERS,
    in_conflict,
    is_in_conflict,
    keep_back_with_application,
)
from aifactory.access.permissions import Permission
from aifactory.access.review.blinding import double_blind
from aifactory.access.review.lifecycle import ACTIVE_REVIEWS
from aifactory.access.review.models import Review
from aifactory.access.screening.models import TechnicalCheck
from aifactory.assurance.subjects import open_while
from aifactory.people.models import Role, User
from aifactory.people.rules import Viewer, grant, visibility


def applications_visible_to(viewer: Viewer) -> models.QuerySet[Application]:
    """An organisation sees its own; without a conflict, overseers all but drafts and reviewers those assigned.

    Where the mode is double-blind a reviewer reads the application through the review, without who applies.
    """
    if viewer is None:
        return Application.objects.none()
    own = Q(organisation__in=viewer.organisation_ids)
    if viewer.has_role(*OVERSEERS):
        return Application.objects.filter(own | (~Q(submitted_at=None) & ~in_conflict(viewer)))
    if viewer.has_role(Role.OPERATOR):
        checked = Q(pk__in=TechnicalCheck.objects.filter(assessor=viewer).values("application"))
        own |= checked & ~in_conflict(viewer)
    if not viewer.has_role(Role.REVIEWER):
        return Application.objects.filter(own)
    named = Q(pk__in=open_to(viewer).values("application")) & ~Q(call__in=_double_blind_calls())
    return Application.objects.filter(own | (named & ~in_conflict(viewer)))


def can_view_application(viewer: Viewer, application: Application) -> bool:
    """Same rule as `applications_visible_to`, for one application."""
    if viewer is None:
        return False
    if application.organisation_id in viewer.organisation_ids:
        return True
    overseen = viewer.has_role(*OVERSEERS) and application.submitted_at is not None
    reads = _reads(viewer, application) and not double_blind(application)
    judged = overseen or reads or _assesses(viewer, application)
    return judged and not is_in_conflict(viewer, application)


def open_to(viewer: User) -> models.QuerySet[Review]:
    """Return a person's reviews for which the application may be read: after the statement on conflicts."""
    return Review.objects.filter(reviewer=viewer, state__in=ACTIVE_REVIEWS).exclude(stated_at=None)


def _reads(viewer: User, application: Application) -> bool:
    return viewer.has_role(Role.REVIEWER) and open_to(viewer).filter(application=application).exists()


def _assesses(viewer: User, application: Application) -> bool:
    checks = TechnicalCheck.objects.filter(assessor=viewer, application=application)
    return viewer.has_role(Role.OPERATOR) and checks.exists()


def _double_blind_calls() -> models.QuerySet[Any]:
    return Call.objects.filter(mode_content__reviewing__blind="double").values("pk")


def attachments_visible_to(viewer: Viewer) -> models.QuerySet[Attachment]:
    """A document is seen with its application; reviewers do not get one that tells who applies, where the
    mode is double-blind.
    """
    if viewer is None:
        return Attachment.objects.none()
    seen = Q(application__in=applications_visible_to(viewer))
    if viewer.has_role(Role.REVIEWER):
        read = Q(application__in=open_to(viewer).values("application"), identifying=False)
        seen |= read & ~in_conflict(viewer, "application__")
    return Attachment.objects.filter(seen)


def can_view_attachment(viewer: Viewer, attachment: Attachment) -> bool:
    """Same rule as `attachments_visible_to`, for one document."""
    if viewer is None:
        return False
    application = attachment.application
    return can_view_application(viewer, application) or (
        not attachment.identifying and _reads(viewer, application) and not is_in_conflict(viewer, application)
    )


def seen_with_its_application(model: type[Any]) -> None:
    """State that a part of an application is seen by those who see the whole, but not by its reviewers."""

    def visible(viewer: Viewer) -> models.QuerySet[Any]:
        rows: models.QuerySet[Any] = model.objects.all()
        if viewer is None:
            return rows.none()
        rows = rows.filter(application__in=applications_visible_to(viewer))
        if viewer.has_role(*OVERSEERS):
            return rows
        return rows.filter(application__organisation__in=viewer.organisation_ids)

    def can_view(viewer: Viewer, part: Any) -> bool:
        if viewer is None or not can_view_application(viewer, part.application):
            return False
        return viewer.has_role(*OVERSEERS) or part.application.organisation_id in viewer.organisation_ids

    visibility(model, visible_to=visible, can_view=can_view)
    keep_back_with_application(model)


def _own(user: User, application: Application) -> bool:
    return application.organisation_id in user.organisation_ids


# What was sent in stands, the answers to the law included.
open_while("access.application", lambda application: application.state == "draft")


visibility(Application, visible_to=applications_visible_to, can_view=can_view_application)
visibility(Attachment, visible_to=attachments_visible_to, can_view=can_view_attachment)

grant(Permission.START, roles=None, when=_own)
grant(Permission.EDIT, roles=None, when=_own)
grant(Permission.SUBMIT, roles=None, when=_own)
grant(Permission.WITHDRAW, roles=None, when=lambda user, a: _own(user, a) and a.state not in DECIDED)
