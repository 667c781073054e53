"""Who sees reviews and what is said about them, who asks for reviews and who gives them."""

from typing import Any

from django.db.models import Q

from aifactory.access.applications.models import Application
from aifactory.access.conflicts.rules import is_in_conflict, keep_back_with_application, seen_by_judges
from aifactory.access.permissions import Permission
from aifactory.access.review.models import Remark, Review, Revision
from aifactory.people.models import Role, User
from aifactory.people.rules import grant


def gave_a_review(user: User, application: Application) -> bool:
    """Say whether the person reviewed the application."""
    return application.reviews.filter(reviewer=user, state="submitted").exists()


def _reviews(user: User, thing: Review | Application) -> bool:
    """A reviewer works on the own review, and finishes the application by giving the last one."""
    if isinstance(thing, Review):
        return thing.reviewer_id == user.pk
    return gave_a_review(user, thing)


def _free(user: User, application: Application) -> bool:
    return application.organisation_id not in user.organisation_ids and not is_in_conflict(user, application)


def _on_what_i_reviewed(viewer: User) -> Q:
    given = Review.objects.filter(reviewer=viewer, state="submitted")
    return Q(application__in=given.values("application"))


def _i_reviewed(viewer: User, remark: Any) -> bool:
    return gave_a_review(viewer, remark.application)


seen_by_judges(
    Review,
    "application",
    also=lambda viewer: Q(reviewer=viewer),
    also_one=lambda viewer, review: review.reviewer_id == viewer.pk,
)
seen_by_judges(
    Revision,
    "review__application",
    also=lambda viewer: Q(review__reviewer=viewer),
    also_one=lambda viewer, revision: revision.review.reviewer_id == viewer.pk,
)
seen_by_judges(Remark, "application", also=_on_what_i_reviewed, also_one=_i_reviewed)
keep_back_with_application(Review)
keep_back_with_application(Revision, "review__application")
keep_back_with_application(Remark)

grant(Permission.ASSIGN, roles={Role.OFFICE}, when=_free)
grant(Permission.SET_ASIDE, roles={Role.OFFICE}, when=lambda user, thing: _free(user, _application(thing)))
grant(Permission.REVIEW, roles={Role.REVIEWER}, when=_reviews)
grant(Permission.DISCUSS, roles={Role.OFFICE, Role.PANEL}, when=_free)
grant(
    Permission.DISCUSS,
    roles={Role.REVIEWER},
    when=lambda user, application: gave_a_review(user, application) and _free(user, application),
)


def _application(thing: Review | Application) -> Application:
    return thing.application if isinstance(thing, Review) else thing
