"""Reads of reviews: what waits, what may be known before the statement, and the talk afterwards."""

from dataclasses import dataclass

from django.db.models import Count, Prefetch, Q, QuerySet
from django.utils.translation import gettext as _

from aifactory.access.applications.lifecycle import DECIDED
from aifactory.access.applications.models import Application
from aifactory.access.conflicts.queries import close_to, judges
from aifactory.access.conflicts.rules import OVERSEERS
from aifactory.access.permissions import Permission
from aifactory.access.review.blinding import double_blind, letters, open_names
from aifactory.access.review.lifecycle import ACTIVE_REVIEWS
from aifactory.access.review.models import Remark, Review, Revision
from aifactory.access.review.spread import Spread, spreads
from aifactory.kit.errors import NotFound
from aifactory.people.models import Role, User
from aifactory.people.rules import can_view, not_here, visible


def own_reviews(user: User) -> QuerySet[Review]:
    """Return what the person was asked to review: what is to be done first, then by the day it is due."""
    rows = visible(Review, user).filter(reviewer=user).exclude(state__in=("declined", "set_aside"))
    return rows.select_related("application__call", "draft").order_by("state", "due_at", "pk")


def to_state(user: User) -> QuerySet[Review]:
    """Return the reviews for which the person has not said yet whether there is a conflict."""
    rows = own_reviews(user).filter(state="assigned", stated_at=None)
    return rows.select_related("application__call", "application__organisation", "application__applicant")


def essentials(review: Review) -> list[tuple[str, str]]:
    """Return what a reviewer is told of an application to state conflicts on: label and value.

    Where the mode is double-blind that is no more than the title; the search for conflicts has looked at
    the rest already.
    """
    application = review.application
    told = [(_("Project"), application.title)]
    if double_blind(application):
        return told
    told += [
        (_("Organisation"), application.organisation.name),
        (_("Applicant"), application.applicant.name),
    ]
    named = ", ".join(application.call.mode.people_named(application.answers))
    return told + ([(_("People who work on it"), named)] if named else [])


def lacks_reviewers(application: Application) -> bool:
    """Say whether more reviewers are to be asked."""
    return lacking(application) > 0


def lacking(application: Application) -> int:
    """Return how many more reviewers are to be asked; 0 where the mode has none, or it is not the moment."""
    reviewing = application.call.mode.reviewing
    if reviewing is None or application.state not in ("eligible", "in_review"):
        return 0
    return max(reviewing.reviews - application.reviews.filter(state__in=ACTIVE_REVIEWS).count(), 0)


@dataclass(frozen=True)
class Candidate:
    """Somebody who may be asked for a review, how many reviews they have to give now, and whether they are free."""

    user: User
    load: int
    free: bool


def candidates(application: Application) -> list[Candidate]:
    """Return every reviewer who was not asked for the application yet, by name.

    Who is not free is told without the reason: that may be an application whose existence the reader may not know.
    """
    asked = set(application.reviews.values_list("reviewer_id", flat=True))
    people = {u.pk: u for u in judges() if u.has_role(Role.REVIEWER) and u.pk not in asked}
    ties = close_to(people.values(), application)
    open_reviews = Review.objects.filter(state="assigned").values_list("reviewer_id")
    load = {str(reviewer): count for reviewer, count in open_reviews.annotate(count=Count("pk"))}
    found = [Candidate(user, load.get(pk, 0), not ties[pk]) for pk, user in people.items()]
    return sorted(found, key=lambda one: (one.user.name, one.user.pk))


# ---- the panel and the discussion ------------------------------------------------------------------------------


def panel_work(viewer: User) -> QuerySet[Application]:
    """Return what the panel talks about: applications with reviews, due first on top, with `given` reviews
    and the number of `remarks_made`.
    """
    given = visible(Review, viewer).filter(state="submitted").order_by("pk")
    rows = visible(Application, viewer).filter(state__in=("in_review", "reviewed"))
    rows = rows.exclude(organisation__in=viewer.organisation_ids)
    counted = rows.annotate(remarks_made=Count("remarks", distinct=True))
    return (
        counted.select_related("call", "organisation")
        .prefetch_related(Prefetch("reviews", given, to_attr="given"))
        .order_by("due_at", "pk")
    )


def spreads_of(application: Application, reviews: list[Review]) -> list[Spread]:
    """Return the spread of these reviews per criterion; none for a mode without reviews."""
    reviewing = application.call.mode.reviewing
    return spreads(reviewing.criteria, [review.scores for review in reviews]) if reviewing else []


@dataclass(frozen=True)
class Discussion:
    """All reviews of an application with how each reviewer is called, what was said, and what one may do."""

    application: Application
    reviews: list[Review]
    voices: dict[str, str]
    remarks: list[Remark]
    spreads: list[Spread]
    mine: Review | None
    may_write: bool
    may_note: bool
    may_revise: bool

    @property
    def note(self) -> Remark | None:
        """The newest note of the panel."""
        return next((r for r in reversed(self.remarks) if r.kind == Remark.Kind.NOTE), None)


def discussion(application: Application, viewer: User) -> Discussion | None:
    """Return the talk about an application, where the viewer is part of it; None otherwise.

    Reviewers join once all reviews are in, so that nobody is led by what others wrote.
    """
    overseer = viewer.has_role(*OVERSEERS) and application.organisation_id not in viewer.organisation_ids
    rows = application.reviews.exclude(state__in=("declined", "set_aside")).select_related("reviewer")
    asked = list(
        rows.prefetch_related(Prefetch("revisions", Revision.objects.order_by("number"))).order_by("pk")
    )
    mine = next((r for r in asked if r.reviewer_id == viewer.pk and r.state == "submitted"), None)
    if not overseer and (mine is None or application.state in ("in_review", "withdrawn")):
        return None
    remarks = list(
        visible(Remark, viewer).filter(application=application).select_related("author").order_by("pk")
    )
    opened = application.state == "reviewed" and not hasattr(application, "decision")
    may_write = opened and viewer.may(Permission.DISCUSS, application)
    given = [review for review in asked if review.state == "submitted"]
    return Discussion(
        application,
        given,
        voices(application, asked, remarks, viewer, names=overseer),
        remarks,
        spreads_of(application, given),
        mine,
        may_write,
        may_write and viewer.has_role(Role.PANEL, Role.OFFICE),
        bool(opened and mine and remarks and len(mine.revisions.all()) == 1),
    )


def find_discussion(application_id: str, viewer: User) -> Discussion:
    """Return the talk about an application. Raises `NotFound` alike for what is absent, hidden, or not theirs."""
    seen = Q(pk__in=visible(Application, viewer).values("pk"))
    given = visible(Review, viewer).filter(reviewer=viewer, state="submitted")
    rows = Application.objects.filter(seen | Q(pk__in=given.values("application")), pk=application_id)
    found = rows.select_related("call", "organisation", "decision").first()
    talk = discussion(found, viewer) if found else None
    if talk is None:
        raise not_here()
    return talk


def voices(
    application: Application, asked: list[Review], remarks: list[Remark], viewer: User, *, names: bool
) -> dict[str, str]:
    """Return how everybody in the talk is called: reviewers by a letter unless the viewer may know names."""
    reviewers = {review.reviewer_id: review.reviewer.name for review in asked}
    called = {remark.author_id: remark.author.name for remark in remarks}
    for user, letter in letters(reviewers).items():
        label = _("Reviewer %(letter)s") % {"letter": letter}
        called[user] = f"{label} ({reviewers[user]})" if names or open_names(application) else label
    if viewer.pk in called:
        called[viewer.pk] = _("%(name)s (you)") % {"name": called[viewer.pk]}
    return called


def shows_reviews(application: Application) -> bool:
    """Say whether who applied may read the reviews now: the decision is published, and the mode says so."""
    reviewing = application.call.mode.reviewing
    return reviewing is not None and reviewing.shown_to_applicant and application.state in DECIDED


def reviews_for_applicant(application: Application, viewer: User) -> list[tuple[str, Review]]:
    """Return the reviews as who applied reads them: by name where the mode is open, else by a letter.

    Raises `NotFound` for anybody who does not read the letter either, and where the mode keeps reviews to itself.
    """
    if not shows_reviews(application) or not can_view(viewer, application.decision):
        raise NotFound(
            _("There are no reviews to read here."),
            next_step=_("The letter says what the decision rests on."),
        )
    given = application.reviews.filter(state="submitted").select_related("reviewer").order_by("pk")
    found, named = list(given), open_names(application)
    called = letters(review.reviewer_id for review in found)
    return [
        (
            review.reviewer.name
            if named
            else _("Reviewer %(letter)s") % {"letter": called[review.reviewer_id]},
            review,
        )
        for review in found
    ]


def waiting_for_discussion(user: User) -> QuerySet[Application]:
    """Return the applications that the person reviewed and that are talked about now."""
    mine = visible(Review, user).filter(reviewer=user, state="submitted", application__state="reviewed")
    rows = Application.objects.filter(Q(pk__in=mine.values("application")))
    return rows.select_related("call").annotate(remarks_made=Count("remarks")).order_by("due_at", "pk")
