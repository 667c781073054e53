"""Routes of reviews: the statement, reading, drafts, scores, the discussion; and of conflicts of interest."""

from datetime import date
from typing import Any, Literal

from django.http import HttpRequest
from ninja import Field, Query, Router, Schema, Status

from aifactory.access import actions
from aifactory.access.conflicts.models import Collaborator, Conflict
from aifactory.access.conflicts.queries import findings
from aifactory.access.models import Application, Attachment, Remark, Review
from aifactory.access.review import queries
from aifactory.access.review.blinding import answers_for_reviewers
from aifactory.access.review.scores import shown
from aifactory.api.authentication import caller
from aifactory.api.paging import Paging, page
from aifactory.audit.record import plain
from aifactory.people.rules import find, not_here, visible

router = Router(tags=["access"])
Anything = dict[str, Any]


class Scores(Schema):
    """A score 0-5 and a reason for each criterion."""

    scores: dict[str, Any]
    reasons: dict[str, Any]


class Revised(Scores):
    """The whole review anew, and why it changed."""

    because: str = Field(max_length=1000)


class Declined(Schema):
    """Why somebody else should review; `conflict` declares to stand too close."""

    reason: str
    conflict: bool = False


class TakenBack(Schema):
    """Why the review is taken back."""

    reason: str = Field(max_length=1000)


class Said(Schema):
    """What one says; a `note` is what the panel concludes."""

    text: str = Field(max_length=4000)
    note: bool = False


class Handled(Schema):
    """The measure, or why the finding is lifted."""

    measure: str = Field(max_length=1000)


class Known(Schema):
    """Somebody with whom one published, and the day of the last work."""

    name: str = Field(max_length=120)
    last_on: date


def review_facts(review: Review) -> Anything:
    """Return a review as its reviewer and the overseers see it."""
    return {
        "id": review.pk,
        "application": review.application_id,
        "state": review.state,
        "due_at": plain(review.due_at),
        "stated_at": plain(review.stated_at),
        "scores": review.scores,
        "reasons": review.reasons,
        "read_digest": review.read_digest,
        "because": review.because,
    }


@router.get("/reviews", response=Anything)
def reviews(request: HttpRequest, paging: Query[Paging]) -> Anything:
    """List the reviews you may see, newest first."""
    return page(visible(Review, caller(request)), paging, review_facts)


@router.get("/reviews/{review_id}", response=Anything)
def review(request: HttpRequest, review_id: str) -> Anything:
    """Show your own review: before your statement what to state it on, afterwards what to read."""
    found = _own(request, review_id)
    facts = review_facts(found) | {"about": dict(queries.essentials(found))}
    if found.stated_at is None:
        return facts
    application = found.application
    draft = getattr(found, "draft", None)
    files = visible(Attachment, caller(request)).filter(application=application, replaced_at=None)
    return facts | {
        "title": application.title,
        "answers": answers_for_reviewers(application),
        "requested": application.requested,
        "content_digest": application.content_digest,
        "attachments": list(files.order_by("slot").values("id", "slot", "media_type", "size", "digest")),
        "draft": {"scores": draft.scores, "reasons": draft.reasons} if draft else None,
    }


@router.post("/reviews/{review_id}/statement", response=Anything)
def state_free(request: HttpRequest, review_id: str) -> Anything:
    """State that you have no conflict with the application; declare one by declining with `conflict`."""
    return review_facts(actions.state_free(_own(request, review_id), by=caller(request)))


@router.put("/reviews/{review_id}/draft", response=Anything)
def save_draft(request: HttpRequest, review_id: str, body: Scores) -> Anything:
    """Keep what you have written so far; nobody else sees it."""
    kept = actions.save_draft(
        _own(request, review_id), scores=body.scores, reasons=body.reasons, by=caller(request)
    )
    return {"scores": kept.scores, "reasons": kept.reasons, "saved_at": plain(kept.saved_at)}


@router.post("/reviews/{review_id}/submit", response=Anything)
def submit_review(request: HttpRequest, review_id: str, body: Scores) -> Anything:
    """Give the scores and reasons."""
    found = find(Review, review_id, request.user)
    return review_facts(
        actions.submit_review(found, scores=body.scores, reasons=body.reasons, by=caller(request))
    )


@router.post("/reviews/{review_id}/revise", response=Anything)
def revise_review(request: HttpRequest, review_id: str, body: Revised) -> Anything:
    """Change your review after the discussion, once, and say why."""
    found = find(Review, review_id, request.user)
    return review_facts(actions.revise_review(found, by=caller(request), **body.dict()))


@router.post("/reviews/{review_id}/decline", response=Anything)
def decline_review(request: HttpRequest, review_id: str, body: Declined) -> Anything:
    """Give the review back."""
    found = find(Review, review_id, request.user)
    return review_facts(
        actions.decline_review(found, reason=body.reason, conflict=body.conflict, by=caller(request))
    )


@router.post("/reviews/{review_id}/take-back", response=Anything)
def take_back_review(request: HttpRequest, review_id: str, body: TakenBack) -> Anything:
    """Take a review back that its reviewer does not give (office): somebody else can be asked then."""
    found = find(Review, review_id, request.user, related="application")
    return review_facts(actions.take_back(found, reason=body.reason, by=caller(request)))


@router.get("/applications/{application_id}/reviews", response=Anything)
def reviews_of_application(request: HttpRequest, application_id: str) -> Anything:
    """Show the reviews of your application, once the decision is published and where the mode says so."""
    found = find(Application, application_id, request.user, related="call")
    given = queries.reviews_for_applicant(found, caller(request))
    return {"items": [{"by": name, "scores": one.scores, "reasons": one.reasons} for name, one in given]}


@router.get("/applications/{application_id}/discussion", response=Anything)
def discussion(request: HttpRequest, application_id: str) -> Anything:
    """Show all reviews of an application, how far they lie apart, and what was said."""
    return discussion_facts(queries.find_discussion(application_id, caller(request)))


@router.post("/applications/{application_id}/remarks", response={201: Anything})
def remark(request: HttpRequest, application_id: str, body: Said) -> Status[Anything]:
    """Say something about an application, or note what the panel concludes."""
    talk = queries.find_discussion(application_id, caller(request))
    made = actions.remark(talk.application, text=body.text, note=body.note, by=caller(request))
    return Status(201, {"id": made.pk, "kind": made.kind, "text": made.text, "at": plain(made.created_at)})


@router.get("/conflicts", response=Anything)
def conflicts(request: HttpRequest, paging: Query[Paging], state: str = "") -> Anything:
    """List the conflicts of interest that you may know of, newest first; `state=found` waits for the office."""
    rows = findings(caller(request))
    return page(rows.filter(state=state) if state else rows, paging, conflict_facts)


@router.post("/conflicts/{conflict_id}/{step}", response=Anything)
def handle(
    request: HttpRequest,
    conflict_id: str,
    step: Literal["recuse", "manage", "disclose", "lift"],
    body: Handled,
) -> Anything:
    """Decide what follows from a conflict, with the measure or the reason."""
    found = find(Conflict, conflict_id, request.user)
    return conflict_facts(actions.handle(found, step, measure=body.measure, by=caller(request)))


@router.get("/collaborators", response=Anything)
def collaborators(request: HttpRequest, paging: Query[Paging]) -> Anything:
    """List with whom you published, as you named them."""
    rows = visible(Collaborator, caller(request)).filter(removed_at=None)
    return page(rows, paging, collaborator_facts)


@router.post("/collaborators", response={201: Anything})
def name_collaborator(request: HttpRequest, body: Known) -> Status[Anything]:
    """Name somebody with whom you published; the search for conflicts reads it."""
    return Status(201, collaborator_facts(actions.name_collaborator(**body.dict(), by=caller(request))))


@router.delete("/collaborators/{collaborator_id}", response=Anything)
def remove_collaborator(request: HttpRequest, collaborator_id: str) -> Anything:
    """Take somebody off your list."""
    found = find(Collaborator, collaborator_id, request.user)
    return collaborator_facts(actions.remove_collaborator(found, by=caller(request)))


def discussion_facts(talk: queries.Discussion) -> Anything:
    """Return a discussion; reviewers by letter where the viewer may not know names."""
    return {
        "application": talk.application.pk,
        "reviews": [
            {
                "by": talk.voices[review.reviewer_id],
                "revisions": [
                    {"number": r.number, "scores": r.scores, "reasons": r.reasons, "because": r.because}
                    for r in review.revisions.all()
                ],
            }
            for review in talk.reviews
        ],
        "spread": [
            {
                "criterion": one.criterion,
                "scores": list(one.scores),
                "mean": shown(one.mean) if one.mean is not None else None,
                "range": one.range,
                "deviation": round(one.deviation, 4) if one.deviation is not None else None,
                "agreement": one.agreement,
            }
            for one in talk.spreads
        ],
        "remarks": [_remark(remark, talk.voices) for remark in talk.remarks],
        "note": talk.note.text if talk.note else None,
    }


def _remark(said: Remark, voices: dict[str, str]) -> Anything:
    return {"by": voices[said.author_id], "kind": said.kind, "text": said.text, "at": plain(said.created_at)}


def conflict_facts(conflict: Conflict) -> Anything:
    """Return a conflict of interest as the office sees it."""
    return {
        "id": conflict.pk,
        "application": conflict.application_id,
        "person": conflict.person_id,
        "kind": conflict.kind,
        "handling": conflict.handling,
        "evidence": conflict.evidence,
        "words": conflict.words,
        "state": conflict.state,
        "measure": conflict.measure,
        "handled_by": conflict.handled_by_id,
        "handled_at": plain(conflict.handled_at),
    }


def collaborator_facts(known: Collaborator) -> Anything:
    """Return one name of the own list."""
    return {"id": known.pk, "name": known.name, "last_on": plain(known.last_on)}


def _own(request: HttpRequest, review_id: str) -> Review:
    found = find(Review, review_id, request.user, related="application__call")
    if found.reviewer_id != caller(request).pk:
        raise not_here()
    return found
