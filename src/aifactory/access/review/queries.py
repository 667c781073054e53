"""Reads of reviews."""

from django.db.models import QuerySet

from aifactory.access.applications.models import Application
from aifactory.access.review.lifecycle import ACTIVE_REVIEWS
from aifactory.access.review.models import Review
from aifactory.people.models import User
from aifactory.people.rules import visible


def own_reviews(user: User) -> QuerySet[Review]:
    """Return what the person was asked to review, what is due first on top."""
    rows = visible(Review, user).filter(reviewer=user).exclude(state="declined")
    return rows.select_related("application__call").order_by("state", "due_at", "pk")


def lacks_reviewers(application: Application) -> bool:
    """Say whether more reviewers are to be asked."""
    reviewing = application.call.mode.reviewing
    if reviewing is None or application.state not in ("eligible", "in_review"):
        return False
    return application.reviews.filter(state__in=ACTIVE_REVIEWS).count() < reviewing.reviews
