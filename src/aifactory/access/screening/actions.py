"""Judging whether an application meets the rules, can run here, and may run by law."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from aifactory.access.applications.lifecycle import DECIDED
from aifactory.access.applications.models import Application
from aifactory.access.calls.models import Call
from aifactory.access.conflicts.rules import in_conflict
from aifactory.access.permissions import Permission
from aifactory.access.screening.models import Eligibility, LawGate, TechnicalCheck
from aifactory.access.screening.queries import verdicts
from aifactory.access.screening.steps import SAYS, USUAL
from aifactory.access.words import read_words
from aifactory.audit.actions import NotPossibleNow, enter, fire
from aifactory.kit.bilingual import LANGUAGES
from aifactory.kit.errors import FieldError, Invalid, Refused
from aifactory.people.models import Role, User
from aifactory.people.queries import mandate_for
from aifactory.people.rules import visible
from aifactory.ports.identity import Actor


class StopNeedsMandate(Refused):
    """Nobody made this person accountable for stopping work by law."""

    status = 403


def judge_eligibility(application: Application, *, by: Actor) -> Eligibility:
    """Hold every rule of the mode to the facts submitted, keep the verdicts, and move the application on.

    An application that is not eligible still gets a decision with a letter, and a way to object.
    """
    found = verdicts(application)
    passed = all(verdict.passed for verdict in found)
    with transaction.atomic():
        failed = [verdict.rule for verdict in found if not verdict.passed]
        fire(application, "find_eligible" if passed else "find_ineligible", by=by, data={"failed": failed})
        kept = Eligibility(application=application, verdicts=[v.plain() for v in found], passed=passed)
        return enter(kept, "eligibility:keep", by=by, data={"application": application.pk})


def judge_call(call: Call, *, by: User) -> list[Eligibility]:
    """Hold the rules to every submitted application of a call that the person may see, each by itself."""
    waiting = visible(Application, by).filter(call=call, state="submitted").exclude(in_conflict(by))
    waiting = waiting.select_related("call", "organisation")
    return [judge_eligibility(application, by=by) for application in waiting.order_by("submitted_at", "pk")]


def ask_technical(application: Application, *, assessor: User, by: Actor) -> TechnicalCheck:
    """Ask an operator, or somebody of the office, for the technical check; until it is given another may be asked.

    Raises `Invalid`, `NotPossibleNow`, `NotAllowed`.
    """
    if not assessor.has_role(Role.OPERATOR, Role.OFFICE):
        message = _("Choose an operator, or somebody of the office.")
        raise Invalid([FieldError("assessor", message, "technical:assessor")])
    with transaction.atomic():
        current = _before_decision(application)
        check = TechnicalCheck.objects.filter(application=current).first()
        if check and check.assessor_id == assessor.pk and check.state == "asked":
            return check
        if check and check.state == "given":
            check = fire(check, "ask_again", by=by)
        data, fields = {"assessor": assessor.pk}, ["assessor"] if check else None
        check = check or TechnicalCheck(application=current)
        check.assessor = assessor
        return enter(
            check, "technical:ask", by=by, permission=Permission.ASK_TECHNICAL, data=data, fields=fields
        )


def give_technical(
    check: TechnicalCheck, *, answers: Mapping[str, str], result: str, reasons: str, by: Actor,
    proposed: Mapping[str, int] | None = None,
) -> TechnicalCheck:  # fmt: skip
    """Give the technical check: an answer (yes, no, unclear) to each question, the result, the reasons.

    `proposed` (resource → base units) goes with the result `adjust` alone. Raises `Invalid`, `NotAllowed`.
    """
    application = _before_decision(check.application)
    proposed = dict(proposed or {})
    words = _technical_words(application, answers, result, reasons, proposed)
    return fire(
        check,
        "give",
        by=by,
        data={"result": result},
        answers=dict(answers),
        result=result,
        reasons=words,
        proposed=proposed,
        read_digest=application.content_digest,
    )


def _technical_words(
    application: Application, answers: Mapping[str, str], result: str, reasons: str, proposed: dict[str, int]
) -> str:
    """Return the reasons, cleaned. Raises `Invalid` with each mistake."""
    wanted = application.call.mode.screening
    asked = {question.id for question in (wanted.questions if wanted else USUAL)}
    errors = [
        FieldError(f"answer_{name}", _("Answer yes, no or unclear."), "closed list")
        for name in sorted(asked | set(answers))
        if name not in asked or answers.get(name) not in SAYS
    ]
    if result not in TechnicalCheck.Result.values:
        errors.append(FieldError("result", _("Choose one of the results."), "closed list"))
    elif (result == TechnicalCheck.Result.ADJUST) != bool(proposed):
        message = _("Propose other amounts if, and only if, the result says so.")
        errors.append(FieldError("proposed", message, "technical:adjust"))
    wrong = [
        n for n, amount in proposed.items() if n not in application.requested or not 0 <= amount <= 2**53 - 1
    ]
    errors += [
        FieldError(f"proposed_{n}", _("Propose amounts of what was asked."), "technical:adjust")
        for n in wrong
    ]
    return _reasons(reasons, errors)


def weigh_law(
    application: Application,
    *,
    result: str,
    reasons: str,
    by: User,
    conditions: Iterable[Mapping[str, str]] = (),
) -> LawGate:
    """Say what law and ethics allow: pass, conditions (texts in both languages), or stop; again until decided.

    A stop needs a mandate for `application:weigh_law`. It is a gate: it gives no points.
    Raises `Invalid`, `StopNeedsMandate`, `NotPossibleNow`, `NotAllowed`.
    """
    texts = [dict(one) for one in conditions]
    errors = []
    if result not in LawGate.Result.values:
        errors.append(FieldError("result", _("Choose one of the results."), "closed list"))
    if (result == LawGate.Result.CONDITIONS) != bool(texts):
        errors.append(
            FieldError("conditions", _("Give conditions if, and only if, it passes on conditions."), "gate")
        )
    texts = [_condition(one, errors) for one in texts]
    words = _reasons(reasons, errors)
    mandate = mandate_for(by, Permission.WEIGH_LAW, scope=application.call.mode.id)
    if result == LawGate.Result.STOP and mandate is None:
        raise StopNeedsMandate(
            _("You have no mandate to stop work by law."),
            rule="application:weigh_law",
            next_step=_("Ask the office who holds it; you can pass the application on conditions."),
        )
    with transaction.atomic():
        current = _before_decision(application)
        gate = LawGate.objects.filter(application=current).first() or LawGate(application=current)
        facts: dict[str, Any] = {"weighed_by": by, "mandate": mandate, "result": result, "conditions": texts}
        facts |= {"reasons": words, "read_digest": current.content_digest}
        for name, value in facts.items():
            setattr(gate, name, value)
        fields = None if gate._state.adding else list(facts)  # noqa: SLF001 - Django's own name
        data = {"result": result, "conditions": len(texts)}
        return enter(gate, "gate:weigh", by=by, permission=Permission.WEIGH_LAW, data=data, fields=fields)


def _condition(raw: Mapping[str, str], errors: list[FieldError]) -> dict[str, str]:
    message = _("Write each condition in both languages.")
    return {
        language: read_words(raw.get(language, ""), "conditions", 1000, errors, required=message)
        for language in LANGUAGES
    }


def _reasons(raw: str, errors: list[FieldError]) -> str:
    """Return the reasons, cleaned; raise `Invalid` for these and all other mistakes."""
    reasons = read_words(raw, "reasons", 4000, errors, required=_("Give the reasons."))
    if errors:
        raise Invalid(errors)
    return reasons


def _before_decision(application: Application) -> Application:
    """Return the application, locked in a transaction, while it is before the factory."""
    rows = Application.objects.select_related("call")
    current = rows.get(pk=application.pk)
    if current.submitted_at is None or current.state in (*DECIDED, "withdrawn"):
        raise NotPossibleNow(
            _("Screening ends when the decision is taken."),
            rule="screening:before_decision",
            next_step=_("Reload the page to see where it stands now."),
        )
    return current
