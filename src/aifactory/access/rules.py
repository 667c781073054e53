"""Who may do what in access, and who sees what."""

from typing import Any

from django.db import models
from django.db.models import Q

from aifactory.access.lifecycle import DECIDED
from aifactory.access.models import Application, Attachment, Call, Decision, Eligibility, Review
from aifactory.access.permissions import Permission
from aifactory.assurance.subjects import open_while
from aifactory.people.models import Role, User
from aifactory.people.rules import Viewer, grant, visibility

#: these see every application that was submitted: drafts are their writers' own
OVERSEERS = (Role.OFFICE, Role.PANEL, Role.AUDITOR)
ACTIVE_REVIEWS = ("assigned", "submitted")


def calls_visible_to(viewer: Viewer) -> models.QuerySet[Call]:
    """Everybody sees calls, staff also those being prepared."""
    if viewer is not None and viewer.has_role(Role.OFFICE, Role.AUDITOR):
        return Call.objects.all()
    return Call.objects.exclude(state="draft")


def can_view_call(viewer: Viewer, call: Call) -> bool:
    """Same rule as `calls_visible_to`, for one call."""
    return call.state != "draft" or (viewer is not None and viewer.has_role(Role.OFFICE, Role.AUDITOR))


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


def reviews_visible_to(viewer: Viewer) -> models.QuerySet[Review]:
    """Reviewers see their own, overseers all but those on applications of their own organisations."""
    if viewer is None:
        return Review.objects.none()
    own = Q(reviewer=viewer)
    if viewer.has_role(*OVERSEERS):
        return Review.objects.filter(own | ~Q(application__organisation__in=viewer.organisation_ids))
    return Review.objects.filter(own)


def can_view_review(viewer: Viewer, review: Review) -> bool:
    """Same rule as `reviews_visible_to`, for one review."""
    if viewer is None:
        return False
    return review.reviewer_id == viewer.pk or (
        viewer.has_role(*OVERSEERS) and review.application.organisation_id not in viewer.organisation_ids
    )


def _seen_with_its_application(model: type[Any], *, reviewers: bool) -> None:
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


# What was sent in stands, the answers to the law included.
open_while("access.application", lambda application: application.state == "draft")

visibility(Call, visible_to=calls_visible_to, can_view=can_view_call)
visibility(Application, visible_to=applications_visible_to, can_view=can_view_application)
visibility(Review, visible_to=reviews_visible_to, can_view=can_view_review)
_seen_with_its_application(Attachment, reviewers=True)
_seen_with_its_application(Eligibility, reviewers=False)
_seen_with_its_application(Decision, reviewers=False)


def _own(user: User, application: Application) -> bool:
    return application.organisation_id in user.organisation_ids


def _reviews(user: User, thing: Review | Application) -> bool:
    """A reviewer works on the own review, and finishes the application by giving the last one."""
    if isinstance(thing, Review):
        return thing.reviewer_id == user.pk
    return thing.reviews.filter(reviewer=user, state="submitted").exists()


grant(Permission.OPEN_CALL, roles={Role.OFFICE})
grant(Permission.CLOSE_CALL, roles={Role.OFFICE})
grant(Permission.START, roles=None, when=_own)
grant(Permission.EDIT, roles=None, when=_own)
grant(Permission.SUBMIT, roles=None, when=_own)
grant(Permission.WITHDRAW, roles=None, when=lambda user, a: _own(user, a) and a.state not in DECIDED)
grant(Permission.JUDGE, roles={Role.OFFICE})
grant(Permission.ASSIGN, roles={Role.OFFICE})
grant(Permission.DECIDE, roles={Role.OFFICE, Role.PANEL})
grant(Permission.REVIEW, roles={Role.REVIEWER}, when=_reviews)
