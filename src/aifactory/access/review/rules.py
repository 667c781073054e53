"""Who sees reviews, who asks for them and who gives them."""

from django.db import models
from django.db.models import Q

from aifactory.access.applications.models import Application
from aifactory.access.applications.rules import OVERSEERS
from aifactory.access.permissions import Permission
from aifactory.access.review.models import Review
from aifactory.people.models import Role, User
from aifactory.people.rules import Viewer, grant, visibility


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


def _reviews(user: User, thing: Review | Application) -> bool:
    """A reviewer works on the own review, and finishes the application by giving the last one."""
    if isinstance(thing, Review):
        return thing.reviewer_id == user.pk
    return thing.reviews.filter(reviewer=user, state="submitted").exists()


visibility(Review, visible_to=reviews_visible_to, can_view=can_view_review)

grant(Permission.ASSIGN, roles={Role.OFFICE})
grant(Permission.REVIEW, roles={Role.REVIEWER}, when=_reviews)
