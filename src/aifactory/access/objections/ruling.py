"""Deciding on an objection: by a mandated person who had no part in the decision (Awb 7:11, 7:12, 10:3)."""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from aifactory.access.calls.clocks import local_day
from aifactory.access.deadlines import add_months, end_of_day
from aifactory.access.decisions.actions import DECISION
from aifactory.access.objections import letters
from aifactory.access.objections.actions import KEEPER
from aifactory.access.objections.models import Objection
from aifactory.access.permissions import Permission
from aifactory.access.screening import assessments
from aifactory.access.screening.aid import grant_award_aid
from aifactory.access.supervision.queries import accountable
from aifactory.access.words import words_of
from aifactory.audit.actions import fire
from aifactory.awards.actions import add_member, grant_line, open_project
from aifactory.awards.reserves import actions as reserves
from aifactory.kit import clock
from aifactory.kit.errors import FieldError, Invalid, Refused
from aifactory.kit.units import human
from aifactory.people.language import spoken
from aifactory.people.models import Mandate, User
from aifactory.people.queries import mandate_for

Outcome, Effect, NotHeard = Objection.Outcome, Objection.Effect, Objection.NotHeard


class NoMandateToRule(Refused):
    """Nobody made this person accountable for deciding on this objection today."""

    status = 403


class NotHeardYet(Refused):
    """The objector was not heard, and no ground for that is recorded."""


def rule(
    objection: Objection,
    *,
    by: User,
    outcome: str,
    reasons: str,
    awarded: Mapping[str, int] | None = None,
    late_excused: bool | None = None,
) -> Objection:
    """Decide on an objection, write the letter, and give what it grants.

    `awarded`: what the applicant gets in all, resource to base units, for a well-founded objection; left out
    where the amounts stay. Raises `Invalid`, `NotHeardYet`, `NoMandateToRule`, `HadAPartInIt`,
    `NotPossibleNow`, `NotAllowed`, and what the assessments refuse.
    """
    now = clock.now()
    with transaction.atomic():
        rows = Objection.objects.select_for_update(of=("self",))
        current = rows.select_related("application__call", "decision", "objector").get(pk=objection.pk)
        words = words_of(reasons, "reasons", 8_000, _("Give the reasons: the objector has a right to them."))
        before = {name: amount for name, amount in current.decision.awarded.items() if amount}
        after = before | {name: amount for name, amount in (awarded or {}).items() if amount}
        _check(current, outcome, before, after, late_excused)
        mandate = _mandate(current, after, by, now)
        effect = _effect(before, after)
        if effect != Effect.KEPT:
            assessments.require_no_stop(current.application)
        current.late_excused = late_excused if not current.in_time else None
        letter = letters.write(
            _ruling(current, outcome, effect, words, before, after, mandate, by),
            now,
            current.objector.language,
        )
        fire(
            current, "rule", by=by,
            data={"outcome": outcome, "effect": effect, "awarded": after, "mandate": mandate.pk},
            outcome=outcome, effect=effect, awarded=after, reasons=words, letter=letter, decided_by=by,
            mandate=mandate, decided_at=now, late_excused=current.late_excused,
        )  # fmt: skip
        if effect != Effect.KEPT:
            _give(current, before, after, by, now)
        reserves.end(current.thing, used=effect != Effect.KEPT, by=KEEPER)
    objection.refresh_from_db()
    return objection


def _effect(before: Mapping[str, int], after: Mapping[str, int]) -> str:
    if before == after:
        return Effect.KEPT
    return Effect.CHANGED if before else Effect.REPLACED


def _check(
    objection: Objection,
    outcome: str,
    before: Mapping[str, int],
    after: Mapping[str, int],
    excused: bool | None,
) -> None:
    """Raise `Invalid` where outcome, amounts, lateness and hearing do not fit together."""
    errors = []
    if outcome not in Outcome.values:
        errors.append(FieldError("outcome", _("Choose one of the list."), "closed list"))
    if outcome != Outcome.FOUNDED and before != after:
        errors.append(
            FieldError("outcome", _("Only a well-founded objection changes what is awarded."), "Awb 7:11")
        )
    if not objection.in_time and excused is None:
        errors.append(FieldError("late_excused", _("It came late: say whether that is excused."), "Awb 6:11"))
    if not objection.in_time and excused is False and outcome != Outcome.INADMISSIBLE:
        errors.append(
            FieldError("outcome", _("One that came late without excuse is not considered."), "Awb 6:11")
        )
    if not objection.grounds and outcome != Outcome.INADMISSIBLE:
        errors.append(FieldError("outcome", _("Without grounds there is nothing to consider."), "Awb 6:6"))
    errors += _amount_errors(objection, before, after)
    if errors:
        raise Invalid(errors)
    _require_hearing(objection, outcome, after)


def _amount_errors(
    objection: Objection, before: Mapping[str, int], after: Mapping[str, int]
) -> list[FieldError]:
    """Nobody is worse off for objecting, and nobody gets more than was asked."""
    asked = objection.application.requested
    return [
        FieldError(
            f"awarded_{name}",
            _("Award at least what stood, %(least)s, and at most what was asked: %(most)s.")
            % {
                "least": human(name, before.get(name, 0), spoken()),
                "most": human(name, asked.get(name, 0), spoken()),
            },
            "Awb 7:11",
        )
        for name, amount in after.items()
        if not before.get(name, 0) <= amount <= asked.get(name, 0)
    ]


def _require_hearing(objection: Objection, outcome: str, after: Mapping[str, int]) -> None:
    asked = {name: amount for name, amount in objection.application.requested.items() if amount}
    fits = {
        NotHeard.INADMISSIBLE: outcome == Outcome.INADMISSIBLE,
        NotHeard.UNFOUNDED: outcome == Outcome.UNFOUNDED,
        NotHeard.GRANTED: dict(after) == asked,
    }
    if objection.hearing == Objection.Hearing.HELD:
        return
    if objection.hearing != Objection.Hearing.NOT_HELD:
        raise NotHeardYet(
            _("The objector was not heard yet."),
            rule="Awb 7:2",
            next_step=_("Hold the hearing, or record on which ground it is left out."),
        )
    if not fits.get(NotHeard(objection.not_heard), True):
        raise NotHeardYet(
            _("The hearing was left out on a ground that this decision does not bear out."),
            rule="Awb 7:3",
            next_step=_("Hear the objector first."),
        )


def _mandate(objection: Objection, after: Mapping[str, int], by: User, at: datetime) -> Mandate:
    mandate = mandate_for(
        by,
        Permission.RULE_OBJECTION,
        scope=objection.application.call.mode.id,
        gpu_seconds=after.get("gpu", 0),
        core_seconds=after.get("core", 0),
        at=at,
    )
    if mandate is None:
        raise NoMandateToRule(
            _("You have no mandate to decide on this objection: none, none today, or not for this amount."),
            rule=Permission.RULE_OBJECTION,
            next_step=_("Ask the office who holds it."),
        )
    return mandate


def _ruling(  # noqa: PLR0917 - the parts of one letter
    objection: Objection,
    outcome: str,
    effect: str,
    reasons: str,
    before: Mapping[str, int],
    after: Mapping[str, int],
    mandate: Mandate,
    by: User,
) -> letters.Ruling:
    call = objection.application.call
    return letters.Ruling(
        reference=objection.application.reference,
        decided_on=local_day(objection.decision.decided_at, call),
        outcome=outcome,
        effect=effect,
        in_time=objection.in_time,
        excused=bool(objection.late_excused),
        hearing=objection.hearing,
        not_heard=objection.not_heard,
        reasons=reasons,
        before=before,
        after=after,
        mode=call.mode,
        person=by.name,
        capacity=mandate.holder_title,
    )


def _give(
    objection: Objection, before: Mapping[str, int], after: Mapping[str, int], by: User, now: datetime
) -> None:
    """Give what comes on top: a project where there is none yet, and a line for each amount, from now."""
    application = objection.application
    call = application.call
    last = add_months(local_day(now, call), call.mode.duration(application.answers))
    project = open_project(
        by=by,
        title=application.title,
        organisation=application.organisation,
        leader=accountable(application),
        application=application.pk,
        purpose=application.purpose,
        ends_at=end_of_day(last, call.mode.clock.time_zone),
    )
    if not before:  # opened just now, and a student works on what the supervisor leads
        add_member(project, application.applicant, by=DECISION)
    on_top = {name: more for name, amount in after.items() if (more := amount - before.get(name, 0))}
    for name, more in on_top.items():
        grant_line(project, by=by, resource=name, amount=more, starts_at=now, ends_at=project.ends_at)
    grant_award_aid(application, on_top, by=by, cause=objection.pk)
    if application.state == "rejected":
        fire(
            application, "grant_on_objection", by=by, data={"objection": objection.pk, "awarded": dict(after)}
        )
