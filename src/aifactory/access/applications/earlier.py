"""Write once: answers from the profile and from earlier applications, offered and taken over one by one."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from aifactory.access.applications.actions import draft, save
from aifactory.access.applications.forms import Answer, Asked, Mistake
from aifactory.access.applications.models import Application
from aifactory.people.models import Organisation
from aifactory.people.rules import visible
from aifactory.ports.identity import Actor

MOST = 20


@dataclass(frozen=True)
class Earlier:
    """What was answered to the same question before, and in which application (its reference)."""

    answer: Answer
    reference: str


def earlier_answers(application: Application, viewer: Any) -> dict[str, Earlier]:
    """Return the newest earlier answer to each question of the form, from the organisation's own applications.

    A question is the same where it has the same id and kind, and the answer fits it. One query; amounts are
    left out: how much is asked is new each time.
    """
    rows = visible(Application, viewer).filter(organisation=application.organisation_id)
    found: dict[str, Earlier] = {}
    for other in rows.exclude(pk=application.pk).select_related("call").order_by("-pk")[:MOST]:
        asked = {question.id: question for question in other.call.mode.questions}
        for question in application.call.mode.questions:
            said, before = other.answers.get(question.id), asked.get(question.id)
            if question.id not in found and said is not None and before and _fits(question, before, said):
                found[question.id] = Earlier(said, other.reference)
    return {name: one for name, one in found.items() if application.answers.get(name) != one.answer}


def _fits(question: Asked, before: Asked, answer: Answer) -> bool:
    kind = getattr(question, "kind", "")
    if kind != getattr(before, "kind", "") or kind == "amount":
        return False
    try:
        return question.read(question.write(answer)) == answer
    except Mistake:
        return False


def from_profile(application: Application, organisation: Organisation) -> dict[str, str]:
    """Return what the organisation's profile answers of the form, as it would be typed."""
    asked = [q for q in application.call.mode.questions if q.from_profile]
    facts = {q.id: getattr(organisation, q.from_profile or "") for q in asked}
    return {name: str(fact) for name, fact in facts.items() if fact not in (None, "")}


def reuse(application: Application, questions: Iterable[str] | None = None, *, by: Actor) -> list[str]:
    """Take over earlier answers: to these questions, or to all that are still open. Returns which were filled.

    Raises `AlreadySubmitted`, `NotAllowed`.
    """
    with transaction.atomic():
        locked = draft(application)
        known = earlier_answers(locked, by)
        wanted = (
            set(questions) if questions is not None else {n for n in known if locked.answers.get(n) is None}
        )
        asked = {question.id: question for question in locked.call.mode.questions}
        taken = {name: asked[name].write(one.answer) for name, one in known.items() if name in wanted}
        if questions is None:
            profile = from_profile(locked, locked.organisation)
            taken |= {n: text for n, text in profile.items() if locked.answers.get(n) is None}
        if taken:
            save(application, taken, by=by)
    return sorted(taken)
