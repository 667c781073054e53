"""Taking a review away from somebody who turned out to stand too close."""

from django.db.models import Q

from aifactory.access.applications.lifecycle import BEFORE_THE_FACTORY
from aifactory.access.conflicts.detection import Kind
from aifactory.access.conflicts.models import Conflict
from aifactory.access.review.lifecycle import ACTIVE_REVIEWS
from aifactory.access.review.models import Review
from aifactory.audit.actions import fire
from aifactory.ports.identity import Actor


def set_aside(conflict: Conflict, *, by: Actor) -> list[Review]:
    """Set aside the person's reviews that the conflict touches; an application that then lacks some goes back.

    What is decided stays: an objection is the way to reopen it.
    """
    application = conflict.application
    touched = Q(application=application)
    if conflict.kind == Kind.SAME_CALL:
        touched = Q(application__call=application.call_id)
    reviews = Review.objects.filter(
        touched,
        reviewer=conflict.person_id,
        state__in=ACTIVE_REVIEWS,
        application__state__in=BEFORE_THE_FACTORY,
    )
    taken = list(reviews.select_related("application__call"))
    for review in taken:
        fire(review, "set_aside", by=by)
        reviewing = review.application.call.mode.reviewing
        given = review.application.reviews.filter(state="submitted").count()
        if review.application.state == "reviewed" and reviewing and given < reviewing.reviews:
            fire(review.application, "reopen_review", by=by)
    return taken
