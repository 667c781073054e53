"""Asking reviewers, and what they do: state that they are free, decline, or give scores with reasons."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from aifactory.access.applications.models import Application
from aifactory.access.calls.clocks import local_day
from aifactory.access.conflicts.actions import declare, search_people
from aifactory.access.conflicts.detection import REASONS, Kind
from aifactory.access.conflicts.queries import close_to
from aifactory.access.deadlines import add_working_days, end_of_day
from aifactory.access.modes import Reviewing
from aifactory.access.permissions import Permission
from aifactory.access.review.lifecycle import ACTIVE_REVIEWS
from aifactory.access.review.models import Review, ReviewDraft, Revision
from aifactory.access.review.pick import pick
from aifactory.access.review.queries import candidates
from aifactory.access.review.scores import HIGHEST
from aifactory.access.words import read_words, words_of
from aifactory.audit.actions import NotPossibleNow, enter, fire
from aifactory.kit import clock
from aifactory.kit.errors import FieldError, Invalid, NotAllowed, Refused
from aifactory.people.language import spoken
from aifactory.people.models import Role, User
from aifactory.ports.identity import Actor

#: the most characters of a reason
MOST_CHARACTERS = 1000
SCORES = frozenset(str(score) for score in range(HIGHEST + 1))


class ReviewerHasConflict(Refused):
    """The person stands too close to the application to judge it."""


class StatementComesFirst(Refused):
    """Whoever reviews says first to have no conflict with the application."""


class RevisedAlready(Refused):
    """A review is changed once at most, so that nobody is talked round step by step."""


class NothingWasDiscussed(Refused):
    """A review changes only because of what was said about the application."""


class ModeHasNoReviews(Refused):
    """Applications under this mode are decided without reviewers."""


def require_free(user: User, application: Application) -> None:
    """Raise `ReviewerHasConflict` with each reason why the person may not judge the application."""
    found = close_to([user], application)[user.pk]
    if found:
        raise ReviewerHasConflict(
            " ".join(_reason(kind) for kind in found),
            rule=", ".join(found),
            next_step=_("Somebody else has to do this."),
        )


def _reason(kind: Kind) -> str:
    return REASONS[kind].of(spoken())


def reviewing_of(application: Application) -> Reviewing:
    """Return how the application's mode is reviewed. Raises `ModeHasNoReviews`."""
    reviewing = application.call.mode.reviewing
    if reviewing is None:
        raise ModeHasNoReviews(
            _("Applications in this call are decided without reviewers, in the order in which they came."),
            next_step=_("Decide on it."),
        )
    return reviewing


def assign_reviewers(
    application: Application, *, by: Actor, reviewers: Iterable[User] | None = None
) -> list[Review]:
    """Ask reviewers until the mode's number is reached: those named, or the least loaded without a conflict.

    The event of each review says which of the two it was.
    Raises `ReviewerHasConflict`, `TooFewReviewers`, `ModeHasNoReviews`, `NotPossibleNow`.
    """
    reviewing = reviewing_of(application)
    if not by.may(Permission.ASSIGN, application):
        raise NotAllowed(_("You may not do this."), rule=Permission.ASSIGN)
    with transaction.atomic():
        current = (
            Application.objects.select_for_update(of=("self",)).select_related("call").get(pk=application.pk)
        )
        if current.state not in ("eligible", "in_review"):
            raise NotPossibleNow(
                _("Reviewers are asked for applications that are eligible and not decided."),
                next_step=_("Reload the page to see where it stands now."),
            )
        chosen = list(reviewers) if reviewers is not None else _chosen(current, reviewing)
        for user in chosen:
            _require_reviewer(user, current)
        due_at = _due(current, reviewing)
        named = reviewers is not None
        made = [_ask(current, user, due_at, named=named, by=by) for user in chosen]
        if current.state == "eligible" and made:
            fire(current, "start_review", by=by, data={"reviews": len(made)})
        # Whoever applied is now judged by these: their own side may no longer judge what these apply for.
        search_people(
            User.objects.filter(memberships__organisation=current.organisation_id, memberships__until=None)
        )
    application.refresh_from_db()
    return made


def _require_reviewer(user: User, application: Application) -> None:
    if not user.has_role(Role.REVIEWER) or application.reviews.filter(reviewer=user).exists():
        raise Invalid([FieldError("reviewers", _("Name reviewers who were not asked yet."), "reviewers")])
    require_free(user, application)


def _ask(application: Application, user: User, due_at: datetime, *, named: bool, by: Actor) -> Review:
    review = Review(application=application, reviewer=user, due_at=due_at)
    return enter(review, "review:assign", by=by, data={"application": application.pk, "named": named})


def _due(application: Application, reviewing: Reviewing) -> datetime:
    timer = application.call.mode.clock
    today = local_day(clock.now(), application.call)
    last = add_working_days(today, reviewing.working_days, timer.holidays, timer.days_off)
    return end_of_day(last, timer.time_zone)


def _chosen(application: Application, reviewing: Reviewing) -> list[User]:
    needed = reviewing.reviews - application.reviews.filter(state__in=ACTIVE_REVIEWS).count()
    free = {one.user.pk: one for one in candidates(application) if one.free}
    load = {pk: one.load for pk, one in free.items()}
    return [free[pk].user for pk in pick(application.pk, free, load, max(needed, 0))]


def state_free(review: Review, *, by: User) -> Review:
    """Say to have no conflict with the application: it opens from then on. Saying it twice changes nothing.

    Raises `ReviewerHasConflict` where one is found all the same, `NotAllowed`, `NotPossibleNow`.
    """
    if review.stated_at is not None:
        return review
    if review.state != "assigned":
        raise NotPossibleNow(_("This review is not open any more."), next_step=_("There is nothing to do."))
    require_free(by, review.application)
    review.stated_at = clock.now()
    data = {"application": review.application_id}
    return enter(
        review, "review:state_free", by=by, permission=Permission.REVIEW, data=data, fields=["stated_at"]
    )


def decline_review(review: Review, *, reason: str, conflict: bool = False, by: User) -> Review:
    """Give a review back; with `conflict` the person also declares to stand too close, for good."""
    words = words_of(reason, "reason")
    with transaction.atomic():
        fire(review, "decline", by=by, data={"conflict": conflict}, because=words)
        ReviewDraft.objects.filter(review=review).delete()
        if conflict:
            declare(review.application, reason=words, by=by)
    return review


def take_back(review: Review, *, reason: str, by: User) -> Review:
    """Take a review back that is not given, with the reason: somebody else can be asked, and this person not again.

    Raises `Invalid`, `NotPossibleNow` for one that is given, `NotAllowed`.
    """
    words = words_of(reason, "reason")
    with transaction.atomic():
        fire(review, "take_back", by=by, data={"application": review.application_id}, because=words)
        ReviewDraft.objects.filter(review=review).delete()
    return review


def save_draft(
    review: Review, *, scores: Mapping[str, object], reasons: Mapping[str, object], by: User
) -> ReviewDraft:
    """Keep what a reviewer has written so far, complete or not; nobody else sees it.

    Raises `NotAllowed`, `NotPossibleNow`, `StatementComesFirst`.
    """
    if not by.may(Permission.REVIEW, review):
        raise NotAllowed(_("You may not do this."), rule=Permission.REVIEW)
    if review.state != "assigned":
        raise NotPossibleNow(_("This review is not open any more."), next_step=_("There is nothing to do."))
    require_stated(review)
    ids = [criterion.id for criterion in reviewing_of(review.application).criteria]
    kept = {
        "scores": {i: int(str(scores[i])) for i in ids if str(scores.get(i, "")) in SCORES},
        "reasons": {i: _as_typed(reasons[i]) for i in ids if reasons.get(i)},
        "saved_at": clock.now(),
    }
    return ReviewDraft.objects.update_or_create(review=review, defaults=kept)[0]


def _as_typed(raw: object) -> str:
    """Return a reason that is still being written, as far as it can be kept."""
    return str(raw)[:MOST_CHARACTERS].replace("\x00", "")


def require_stated(review: Review) -> None:
    """Raise `StatementComesFirst` unless the reviewer said to have no conflict."""
    if review.stated_at is None:
        raise StatementComesFirst(
            _("Say first whether you have a conflict with this application."),
            rule="conflicts:statement",
            next_step=_("The page with your statement lists what you were asked to review."),
        )


def submit_review(
    review: Review, *, scores: Mapping[str, object], reasons: Mapping[str, object], by: User
) -> Review:
    """Give a score 0-5 and a reason for each criterion. The last review needed moves the application on.

    Raises `Invalid`, `StatementComesFirst`, `ReviewerHasConflict` (one may have come up since),
    `NotPossibleNow`, `NotAllowed`.
    """
    application = review.application
    reviewing = reviewing_of(application)
    if not by.may(Permission.REVIEW, review):
        raise NotAllowed(_("You may not do this."), rule=Permission.REVIEW)
    require_stated(review)
    read = _read(reviewing, scores, reasons)
    require_free(by, application)
    with transaction.atomic():
        current = _locked(application)
        if current.state != "in_review":
            raise NotPossibleNow(
                _("This application is not in review."), next_step=_("There is nothing to do.")
            )
        _give(review, "submit", read, current, by=by)
        if current.reviews.filter(state="submitted").count() >= reviewing.reviews:
            fire(current, "finish_review", by=by)
    return review


def revise_review(
    review: Review, *, scores: Mapping[str, object], reasons: Mapping[str, object], because: str, by: User
) -> Review:
    """Change a review after the discussion, once, and say why; what was given before is kept.

    Raises `Invalid`, `RevisedAlready`, `NothingWasDiscussed`, `ReviewerHasConflict`, `NotPossibleNow`,
    `NotAllowed`.
    """
    application = review.application
    if not by.may(Permission.REVIEW, review):
        raise NotAllowed(_("You may not do this."), rule=Permission.REVIEW)
    read = _read(reviewing_of(application), scores, reasons)
    words = words_of(because, "because")
    require_free(by, application)
    with transaction.atomic():
        current = _locked(application)
        if current.state != "reviewed" or _is_decided(current):
            raise NotPossibleNow(
                _("Reviews change after all are in, and before the decision."),
                next_step=_("There is nothing to do."),
            )
        if review.revisions.count() > 1:
            raise RevisedAlready(_("You changed this review already."), next_step=_("It stays as it is."))
        if not current.remarks.exists():
            raise NothingWasDiscussed(
                _("Nothing was said about this application yet."),
                next_step=_("Write in the discussion first."),
            )
        _give(review, "revise", read, current, by=by, because=words)
    return review


def _is_decided(application: Application) -> bool:
    """Say whether somebody decided, also where the letter is still held."""
    return hasattr(application, "decision")


def _locked(application: Application) -> Application:
    rows = Application.objects.select_for_update(of=("self",)).select_related("call")
    return rows.get(pk=application.pk)


def _give(
    review: Review,
    step: str,
    read: tuple[dict[str, int], dict[str, str]],
    application: Application,
    *,
    by: User,
    because: str = "",
) -> None:
    """Write the review and keep it as a revision, pinned to what was read."""
    now = clock.now()
    fire(
        review,
        step,
        by=by,
        data={"application": application.pk, "scores": read[0]},
        scores=read[0],
        reasons=read[1],
        read_digest=application.content_digest,
        submitted_at=now,
    )
    revision = Revision(
        review=review,
        number=review.revisions.count() + 1,
        scores=read[0],
        reasons=read[1],
        because=because,
        read_digest=application.content_digest,
    )
    enter(revision, "review:keep", by=by, data={"review": review.pk, "number": revision.number})
    ReviewDraft.objects.filter(review=review).delete()


def _read(
    reviewing: Reviewing, scores: Mapping[str, object], reasons: Mapping[str, object]
) -> tuple[dict[str, int], dict[str, str]]:
    errors: list[FieldError] = []
    read: tuple[dict[str, int], dict[str, str]] = ({}, {})
    for criterion in reviewing.criteria:
        score: Any = scores.get(criterion.id)
        if isinstance(score, bool) or str(score) not in SCORES:
            errors.append(FieldError(f"score_{criterion.id}", _("Choose a score from 0 to 5."), "score"))
        else:
            read[0][criterion.id] = int(score)
        read[1][criterion.id] = read_words(
            reasons.get(criterion.id, ""),
            f"reason_{criterion.id}",
            MOST_CHARACTERS,
            errors,
            required=_("Give a reason for the score."),
            rule="reason",
        )
    if errors:
        raise Invalid(errors)
    return read
