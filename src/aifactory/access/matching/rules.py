"""Who sees what of matching, and who does what."""

from typing import Any

from django.db.models import Q, QuerySet

from aifactory.access.calls.rules import calls_visible_to, can_view_call
from aifactory.access.conflicts.rules import is_in_conflict, keep_back_with_application, seen_by_judges
from aifactory.access.matching.models import Bid, Commitment, Expectation, Matching, ReviewerProfile
from aifactory.access.permissions import Permission
from aifactory.people.models import Role, User
from aifactory.people.rules import Viewer, grant, visibility

#: who sees what reviewers said they know
STAFF = (Role.OFFICE, Role.AUDITOR)


def _of_visible_calls(model: type[Any]) -> None:
    """State that commitments and draws are as public as their call: their totals name nobody."""

    def visible(viewer: Viewer) -> QuerySet[Any]:
        rows: QuerySet[Any] = model.objects.filter(call__in=calls_visible_to(viewer))
        return rows

    visibility(model, visible_to=visible, can_view=lambda viewer, thing: can_view_call(viewer, thing.call))


def profiles_visible_to(viewer: Viewer) -> QuerySet[ReviewerProfile]:
    """People see their own, staff all."""
    if viewer is None:
        return ReviewerProfile.objects.none()
    if viewer.has_role(*STAFF):
        return ReviewerProfile.objects.all()
    return ReviewerProfile.objects.filter(person=viewer)


def can_view_profile(viewer: Viewer, profile: ReviewerProfile) -> bool:
    """Same rule as `profiles_visible_to`, for one profile."""
    return viewer is not None and (viewer.has_role(*STAFF) or profile.person_id == viewer.pk)


def _may_bid(user: User, bid: Bid) -> bool:
    return bid.person_id == user.pk and not is_in_conflict(user, bid.application)


_of_visible_calls(Commitment)
_of_visible_calls(Matching)
visibility(ReviewerProfile, visible_to=profiles_visible_to, can_view=can_view_profile)
seen_by_judges(
    Bid,
    "application",
    also=lambda viewer: Q(person=viewer),
    also_one=lambda viewer, bid: bid.person_id == viewer.pk,
)
seen_by_judges(
    Expectation,
    "application",
    also=lambda _viewer: Q(pk__in=[]),
    also_one=lambda _viewer, _expectation: False,
)
keep_back_with_application(Bid)
keep_back_with_application(Expectation)

grant(Permission.MATCH, roles={Role.OFFICE})
grant(
    Permission.COMMIT, roles={Role.OFFICE, Role.REVIEWER}, when=lambda user, thing: thing.person_id == user.pk
)
grant(
    Permission.REVEAL, roles={Role.OFFICE, Role.REVIEWER}, when=lambda user, thing: thing.person_id == user.pk
)
grant(Permission.DESCRIBE, roles={Role.REVIEWER}, when=lambda user, thing: thing.person_id == user.pk)
grant(Permission.BID, roles={Role.REVIEWER}, when=_may_bid)
