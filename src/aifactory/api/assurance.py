"""Routes of the laws and of the assessments made under them."""

from datetime import date
from typing import Any

from django.http import HttpRequest
from ninja import Field, Query, Router, Schema

from aifactory.api.authentication import caller
from aifactory.api.paging import Paging, page
from aifactory.assurance import actions, queries
from aifactory.assurance.laws import LAWS, law
from aifactory.assurance.models import Assessment
from aifactory.kit import clock
from aifactory.people.rules import find

router = Router(tags=["assurance"])


class Law(Schema):
    """A law that the factory can ask about."""

    id: str
    version: str
    title: dict[str, str]
    basis: str


class Questions(Law):
    """A law with its topics and questions, texts in English and Dutch."""

    topics: dict[str, dict[str, str]]
    questions: list[dict[str, Any]]


class Trial(Schema):
    """Answers by question (`yes`, `no`, `unknown`; an option; a list of options; a number), and a day."""

    answers: dict[str, Any]
    as_of: date | None = None


class Answered(Schema):
    """The whole set of answers about one thing, such as `awards.project:prj_…`, to one law."""

    subject: str = Field(max_length=120)
    kind: str
    answers: dict[str, Any]


class Ground(Schema):
    """Why the factory decided so."""

    ground: str = Field("", max_length=4000)


class AssessmentFacts(Schema):
    """An assessment; `outcome` holds the reasoning, duties with dates, and what it becomes later."""

    id: str
    created_at: str
    subject: str
    organisation: str
    kind: str
    state: str
    rule_version: str
    result: str
    later_result: str
    answers: dict[str, Any]
    outcome: dict[str, Any]
    ground: str
    next_questions: list[str]


class AssessmentPage(Schema):
    """A page of assessments."""

    items: list[AssessmentFacts]
    next: str | None


@router.get("/laws", response=list[Law], auth=None)
def laws(request: HttpRequest) -> list[dict[str, Any]]:  # noqa: ARG001
    """List the laws, with the version of their rules."""
    return [_law(kind) for kind in LAWS]


@router.get("/laws/{kind}", response=Questions, auth=None)
def questions(request: HttpRequest, kind: str) -> dict[str, Any]:  # noqa: ARG001
    """Show the questions of one law. Which of them matter depends on the answers: try them out."""
    found = law(kind)
    topics = {key: {"en": text.en, "nl": text.nl} for key, text in found.topics.items()}
    return _law(kind) | {"topics": topics, "questions": [q.document() for q in found.questions.values()]}


@router.post("/laws/{kind}/try", response=dict[str, Any])
def try_out(request: HttpRequest, kind: str, body: Trial) -> dict[str, Any]:  # noqa: ARG001
    """Say what these answers come to (today, or on a day) and what to ask next; nothing is kept."""
    found = law(kind)
    outcome = found.assess(body.answers, as_of=body.as_of or clock.now().date())
    return outcome.document() | {"next_questions": [q.id for q in found.next_questions(body.answers)]}


@router.get("/assessments", response=AssessmentPage)
def assessments(request: HttpRequest, paging: Query[Paging], subject: str = "") -> dict[str, Any]:
    """List the assessments that you may see, newest first; of one `subject` if you like."""
    rows = queries.assessments(caller(request))
    return page(rows.filter(subject=subject) if subject else rows, paging, queries.facts)


@router.put("/assessments", response=AssessmentFacts)
def answer(request: HttpRequest, body: Answered) -> dict[str, Any]:
    """Answer about a thing of your organisation; the same answers twice are the same assessment."""
    return queries.facts(
        actions.answer(subject=body.subject, kind=body.kind, answers=body.answers, by=caller(request))
    )


@router.get("/assessments/{assessment_id}", response=AssessmentFacts)
def assessment(request: HttpRequest, assessment_id: str) -> dict[str, Any]:
    """Show one assessment."""
    return queries.facts(_find(request, assessment_id))


@router.post("/assessments/{assessment_id}/confirm", response=AssessmentFacts)
def confirm(request: HttpRequest, assessment_id: str, body: Ground) -> dict[str, Any]:
    """Accept the outcome for the factory; with a ground where it stops the work or leaves it to a person."""
    found = _find(request, assessment_id)
    return queries.facts(actions.confirm(found, ground=body.ground, by=caller(request)))


@router.post("/assessments/{assessment_id}/stop", response=AssessmentFacts)
def stop(request: HttpRequest, assessment_id: str, body: Ground) -> dict[str, Any]:
    """Stop the work on this outcome, and say why."""
    found = _find(request, assessment_id)
    return queries.facts(actions.stop(found, ground=body.ground, by=caller(request)))


@router.post("/assessments/{assessment_id}/ask-again", response=AssessmentFacts)
def ask_again(request: HttpRequest, assessment_id: str) -> dict[str, Any]:
    """Open the questions again."""
    return queries.facts(actions.ask_again(_find(request, assessment_id), by=caller(request)))


def _law(kind: str) -> dict[str, Any]:
    found = law(kind)
    title = {"en": found.title.en, "nl": found.title.nl}
    return {"id": kind, "version": found.version, "title": title, "basis": found.basis}


def _find(request: HttpRequest, assessment_id: str) -> Assessment:
    return find(Assessment, assessment_id, caller(request))
