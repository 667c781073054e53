"""Answering, confirming, stopping, asking again."""

from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from aifactory.assurance.laws import STOPS, law
from aifactory.assurance.models import Assessment
from aifactory.assurance.permissions import Permission
from aifactory.assurance.questions import UNKNOWN, Answers
from aifactory.assurance.subjects import organisation_of, require_open
from aifactory.audit.actions import ChangedMeanwhile, enter, fire
from aifactory.kit import clock
from aifactory.kit.errors import FieldError, Invalid
from aifactory.ports.identity import Actor


def answer(*, subject: str, kind: str, answers: Answers, by: Actor) -> Assessment:
    """Record these answers (the whole set) and what the law says of them today.

    The same answers under the same rules change nothing. Raises `NotFound` for a subject or law that is not
    there, `Invalid` for answers that fit no question, `AnswersAreClosed` and `NotAllowed`, and
    `NotPossibleNow` once it is confirmed.
    """
    procedure = law(kind)
    procedure.check(answers)
    organisation = organisation_of(subject, by=by)
    answers = _canonical(kind, answers)
    with transaction.atomic():
        assessment = Assessment.objects.filter(subject=subject, kind=kind).first()
        step, target = ("complete", "answered") if procedure.complete(answers) else ("save", "draft")
        if assessment and _says(assessment, answers, procedure.version, {target, "confirmed", "stopped"}):
            return assessment
        if assessment is None or assessment.state != "draft":  # a draft was begun in time, or asked again
            require_open(subject, by=by)
        assessment = assessment or _start(subject, kind, organisation, by=by)
        facts = _conclusion(kind, answers)
        data = {"result": facts["result"], "rules": facts["rule_version"]}
        return fire(assessment, step, by=by, data=data, answers=answers, **facts)


def confirm(assessment: Assessment, *, ground: str = "", by: Actor) -> Assessment:
    """Accept the outcome for the factory.

    Where the outcome stops the work or leaves it to a person, the one who confirms writes down the `ground`
    (such as the exception of the law). Raises `Invalid` without it.
    """
    stopping = law(assessment.kind).result(assessment.result).weight >= STOPS
    return _decide(assessment, "confirm", ground, required=stopping, by=by)


def stop(assessment: Assessment, *, ground: str, by: Actor) -> Assessment:
    """Stop the work on this outcome; the `ground` tells the organisation why. Raises `Invalid` without it."""
    return _decide(assessment, "stop", ground, required=True, by=by)


def ask_again(assessment: Assessment, *, by: Actor) -> Assessment:
    """Open the questions again, at a moment at which the answers may have changed.

    The organisation itself can do so only while its answers are open. Raises `AnswersAreClosed`.
    """
    if not by.may(Permission.CONFIRM, assessment):
        require_open(assessment.subject, by=by)
    return fire(assessment, "ask_again", by=by, ground="")


def _says(assessment: Assessment, answers: Answers, version: str, states: set[str]) -> bool:
    return (assessment.answers, assessment.rule_version) == (answers, version) and assessment.state in states


def _start(subject: str, kind: str, organisation: str, *, by: Actor) -> Assessment:
    fresh = Assessment(subject=subject, subject_organisation=organisation, kind=kind, **_conclusion(kind, {}))
    try:
        with transaction.atomic():
            return enter(fresh, "assessment:start", by=by, permission=Permission.ANSWER, data={"kind": kind})
    except IntegrityError:
        raise ChangedMeanwhile(
            _("Somebody else is answering this right now."), next_step=_("Reload the page and look again.")
        ) from None


def _conclusion(kind: str, answers: Answers) -> dict[str, Any]:
    outcome = law(kind).assess(answers, as_of=clock.now().date())
    return {
        "outcome": outcome.document(),
        "rule_version": outcome.version,
        "result": outcome.result,
        "later_result": outcome.later.result if outcome.later else "",
    }


def _canonical(kind: str, answers: Answers) -> dict[str, Any]:
    """Write numbers as text, so that both databases keep the same, and drop what is no longer asked."""
    asked = {q.id: q for q in law(kind).asked(answers)}
    kept = {key: value for key, value in answers.items() if key in asked}
    for key, value in kept.items():
        if asked[key].kind == "number" and value != UNKNOWN:
            kept[key] = f"{float(value):g}"
    return kept


def _decide(assessment: Assessment, step: str, ground: str, *, required: bool, by: Actor) -> Assessment:
    ground = ground.strip()
    if required and not ground and assessment.state == "answered":
        raise Invalid([FieldError("ground", _("Write down why."), "assessment:ground")])
    data = {"result": assessment.result, "rules": assessment.rule_version}
    return fire(assessment, step, by=by, data=data, ground=ground)
