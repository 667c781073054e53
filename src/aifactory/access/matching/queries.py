"""Reads of matching: where a call stands, what a draw gave, and whether it can be repeated."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from aifactory.access.applications.models import Application
from aifactory.access.calls.models import Call
from aifactory.access.conflicts.rules import in_conflict
from aifactory.access.matching import seeds
from aifactory.access.matching.commitments import TIME_TO_REVEAL, ended_at
from aifactory.access.matching.draw import Pair, draw
from aifactory.access.matching.inputs import everyone, profile_of
from aifactory.access.matching.models import USUAL_LOAD, Bid, Commitment, Expectation, Matching
from aifactory.access.review.lifecycle import ACTIVE_REVIEWS
from aifactory.access.review.models import Review
from aifactory.people.models import User
from aifactory.people.rules import visible


@dataclass(frozen=True)
class Readiness:
    """What stands between a call and its draw.

    `loads`: each reviewer with the reviews they were asked for in the call and the most they take, the busiest
    on top. `committed`, `shown`: secrets. `reveal_until`: None while the call takes applications.
    """

    lacking: int
    reviews: int
    reviewers: int
    without_profile: list[User]
    loads: list[tuple[User, int, int]]
    committed: int
    shown: int
    reveal_until: datetime | None


@dataclass(frozen=True)
class Workload:
    """What a reviewer has to read in a call, and the most they take."""

    open: int
    given: int
    most: int


def readiness(call: Call, viewer: User) -> Readiness:
    """Return what the office needs to know before a draw, without what is kept from the viewer."""
    people, ended = _asked(call, viewer), ended_at(call)
    lacks = _lacks(call, viewer)
    states = list(call.commitments.values_list("state", flat=True))
    return Readiness(
        len(lacks),
        sum(lacks),
        len(people),
        [person for person in people if not _says_something(person)],
        _loads(people),
        len(states),
        states.count("revealed"),
        ended + TIME_TO_REVEAL if ended else None,
    )


def _lacks(call: Call, viewer: User) -> list[int]:
    """Return how many reviewers each application lacks that lacks some, but for what is kept from the viewer."""
    reviewing = call.mode.reviewing
    if reviewing is None:
        return []
    waiting = call.applications.filter(state__in=("eligible", "in_review")).exclude(in_conflict(viewer))
    active = Count("reviews", filter=Q(reviews__state__in=ACTIVE_REVIEWS))
    counts = waiting.annotate(active=active).values_list("active", flat=True)
    return [reviewing.reviews - count for count in counts if count < reviewing.reviews]


def _asked(call: Call, viewer: User) -> list[Any]:
    """Return everyone who reviews, with how many reviews the viewer knows that they were asked for in the call."""
    asked = visible(Review, viewer).filter(application__call=call, state__in=ACTIVE_REVIEWS)
    of_each = asked.filter(reviewer=OuterRef("pk")).order_by().values("reviewer").annotate(count=Count("pk"))
    rows = everyone().annotate(asked=Coalesce(Subquery(of_each.values("count")), 0))
    return sorted(rows, key=lambda person: person.pk)


def _says_something(person: User) -> bool:
    profile = profile_of(person)
    return profile is not None and bool(profile.works or profile.keywords)


def commitments(call: Call) -> list[Commitment]:
    """Return a call's commitments, first made first."""
    return list(call.commitments.order_by("pk"))


def own_commitment(call: Call, user: User) -> Commitment | None:
    """Return the person's own commitment in a call."""
    return call.commitments.filter(person=user).first()


def matchings(call: Call, viewer: Any) -> QuerySet[Matching]:
    """Return the draws of a call, the first on top."""
    return visible(Matching, viewer).filter(call=call).order_by("number")


def expectations(matching: Matching, viewer: Any) -> list[dict[str, Any]]:
    """Return what a draw expected and gave, for each application the viewer may know of, worst served first.

    `reviewers`: (person, probability 0-1, score 0-1, drawn), the most probable on top. Two queries.
    """
    rows = visible(Expectation, viewer).filter(matching=matching).select_related("application")
    found = list(rows.order_by("expected", "pk"))
    people = User.objects.in_bulk({pk for row in found for pk in row.probabilities})
    return [
        {
            "application": row.application,
            "expected": row.expected / 1e6,
            "got": row.got / 1e6,
            "reviewers": [
                (people[pk], ppb / 1e9, row.scores[pk] / 1e6, pk in row.drawn)
                for pk, ppb in sorted(row.probabilities.items(), key=lambda one: (-one[1], one[0]))
            ],
        }
        for row in found
    ]


def replay(matching: Matching) -> bool:
    """Draw again from the kept probabilities and the seed, and say whether the same comes out."""
    rows = sorted(matching.expectations.all(), key=lambda row: row.application_id)
    people = sorted(matching.loads)
    column = {pk: number for number, pk in enumerate(people)}
    pairs = [Pair(i, column[pk], ppb) for i, row in enumerate(rows) for pk, ppb in row.probabilities.items()]
    seed = seeds.of_run(matching.seed, matching.number)
    again = draw(pairs, [row.demand for row in rows], [matching.loads[pk] for pk in people], seed)
    return again == sorted((i, column[pk]) for i, row in enumerate(rows) for pk in row.drawn)


def open_to_bids(call: Call, user: User) -> list[tuple[Application, str]]:
    """Return the applications a reviewer may bid on, each with their wish so far: those that wait for reviewers,
    less what the person may not know of. One query.
    """
    rows: QuerySet[Any] = call.applications.filter(state="eligible").exclude(in_conflict(user))
    wish = Bid.objects.filter(person=user, application=OuterRef("pk")).values("wish")
    return [(row, row.wish or "") for row in rows.annotate(wish=Subquery(wish)).order_by("title", "pk")]


def workload(call: Call, user: User) -> Workload:
    """Return what a reviewer has to read in a call, in one query."""
    here = Q(reviews__application__call=call)
    rows = User.objects.select_related("reviewer_profile").annotate(
        open=Count("reviews", filter=here & Q(reviews__state="assigned")),
        given=Count("reviews", filter=here & Q(reviews__state="submitted")),
    )
    one: Any = rows.get(pk=user.pk)
    profile = profile_of(one)
    return Workload(one.open, one.given, profile.most_reviews if profile else USUAL_LOAD)


def _loads(people: list[Any]) -> list[tuple[User, int, int]]:
    found = [
        (person, person.asked, profile.most_reviews if (profile := profile_of(person)) else USUAL_LOAD)
        for person in people
    ]
    return sorted(found, key=lambda row: (-row[1], row[0].name, row[0].pk))
