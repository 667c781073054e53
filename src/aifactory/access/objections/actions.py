"""Objecting, and handling an objection. Terms come from the mode, articles are of the Awb."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _

from aifactory.access.applications.models import Application
from aifactory.access.calls.clocks import local_day
from aifactory.access.decisions.models import Decision
from aifactory.access.objections import law, letters
from aifactory.access.objections.guards import has_distance
from aifactory.access.objections.models import Objection
from aifactory.access.permissions import Permission
from aifactory.access.words import read_words, words_of
from aifactory.audit.actions import enter, fire
from aifactory.awards.reserves import actions as reserves
from aifactory.kit import clock
from aifactory.kit.errors import FieldError, Invalid, NotAllowed, Refused
from aifactory.people.actors import SystemActor
from aifactory.people.models import User

#: keeps what an objection may still bring out of what others are granted
KEEPER = SystemActor("objections", frozenset({"reserve:move"}))
#: asks for grounds that were left out, as soon as the objection comes
ASKER = SystemActor("objection-desk", frozenset({Permission.HANDLE_OBJECTION}))
LONGEST_GROUNDS, LONGEST_PAPER, MOST_PAPERS = 20_000, 20_000, 10


class NothingToObjectTo(Refused):
    """There is no published decision on this application."""


class ObjectionIsOpen(Refused):
    """There is an objection to this decision already."""


class AlreadyExtended(Refused):
    """The term to decide is extended once."""


def calendar_of(application: Application) -> law.Calendar:
    """Return which days are working days for the terms of an application's call."""
    timer = application.call.mode.clock
    return law.Calendar(timer.holidays, timer.days_off)


def object_to(
    decision: Decision,
    *,
    by: User,
    grounds: str = "",
    papers: Sequence[Mapping[str, str]] = (),
    wants_hearing: bool | None = None,
    late_reason: str = "",
) -> Objection:
    """Object to a decision. Without grounds it is kept, and the grounds are asked for (6:5, 6:6).

    One that comes after the term needs `late_reason`, which is judged later (6:11). What was asked and not
    granted is kept back from the call's budget. Raises `NotAllowed`, `NothingToObjectTo`, `ObjectionIsOpen`,
    `Invalid`.
    """
    application = decision.application
    if not by.may(Permission.OBJECT, application):
        raise NotAllowed(_("Only the organisation that applied can object."), rule=Permission.OBJECT)
    if application.state not in ("awarded", "rejected"):
        raise NothingToObjectTo(_("The decision is not published yet."), next_step=_("Wait for the letter."))
    filed = local_day(clock.now(), application.call)
    timely = law.in_time(filed, decision.object_until)
    words, why_late, kept = _taken(grounds, late_reason, papers, timely=timely)
    terms = application.call.mode.objecting
    objection = Objection(
        application=application,
        decision=decision,
        objector=by,
        grounds=words,
        papers=kept,
        wants_hearing=wants_hearing,
        in_time=timely,
        late_reason=why_late,
        due_on=law.ruling_due(decision.object_until, filed, terms, calendar_of(application)),
    )
    _set_grounds_term(objection, filed)
    objection.receipt = letters.receipt(
        reference=application.reference,
        filed=filed,
        until=decision.object_until,
        due=objection.due_on,
        grounds_until=objection.grounds_until,
        language=by.language,
    )
    return _filed(objection, by)


def _set_grounds_term(objection: Objection, today: date) -> None:
    if not objection.grounds:
        terms = objection.application.call.mode.objecting
        objection.grounds_asked_on = today
        objection.grounds_until = law.grounds_until(today, terms, calendar_of(objection.application))


def _filed(objection: Objection, by: User) -> Objection:
    application = objection.application
    with transaction.atomic():
        # The decision's row is the lock: of two objections at once, the second finds the first.
        Decision.objects.select_for_update(of=("self",)).get(pk=objection.decision_id)
        if Objection.objects.filter(decision=objection.decision_id).exclude(state="withdrawn").exists():
            raise ObjectionIsOpen(
                _("There is an objection to this decision already."),
                next_step=_("Add to that one, or appeal against what was decided on it."),
            )
        enter(objection, "objection:file", by=by, data={"decision": objection.decision_id})
        asked, given = application.requested, objection.decision.awarded
        missing = {name: amount - given.get(name, 0) for name, amount in asked.items()}
        reserves.keep_back(application.call.thing, missing, cause=objection.thing, by=KEEPER)
        if not objection.grounds:
            fire(objection, "ask_grounds", by=ASKER)
    return objection


def _taken(
    grounds: str, late_reason: str, papers: Sequence[Mapping[str, str]], *, timely: bool
) -> tuple[str, str, list[dict[str, str]]]:
    errors: list[FieldError] = []
    words = read_words(grounds, "grounds", LONGEST_GROUNDS, errors)
    why_late = read_words(late_reason, "late_reason", 4_000, errors)
    if not timely and not why_late:
        message = _("The term to object is over. Say why your objection comes now.")
        errors.append(FieldError("late_reason", message, "Awb 6:11"))
    if len(papers) > MOST_PAPERS:
        errors.append(FieldError("papers", _("Send at most ten papers."), f"at most {MOST_PAPERS}"))
    kept = [
        {
            "name": read_words(paper.get("name", ""), "papers", 200, errors) or _("Paper"),
            "text": read_words(paper.get("text", ""), "papers", LONGEST_PAPER, errors),
        }
        for paper in papers[:MOST_PAPERS]
    ]
    if errors:
        raise Invalid(errors)
    return words, "" if timely else why_late, [paper for paper in kept if paper["text"]]


def give_grounds(objection: Objection, *, by: User, grounds: str) -> Objection:
    """Bring the grounds that were asked for; the term to decide stood still meanwhile (7:10 paragraph 2)."""
    words = words_of(grounds, "grounds", LONGEST_GROUNDS, _("Say why you do not agree."))
    return fire(
        objection, "give_grounds", by=by, grounds=words, due_on=_due(objection, repaired=_today(objection))
    )


def withdraw(objection: Objection, *, by: User) -> Objection:
    """Take an objection back (6:21); what was kept back for it is free again."""
    with transaction.atomic():
        fire(objection, "withdraw", by=by)
        reserves.end(objection.thing, used=False, by=KEEPER)
    return objection


def ask_grounds(objection: Objection, *, by: User) -> Objection:
    """Ask for grounds where there are none that can be handled, with a term for them (6:6)."""
    has_distance(objection, by)
    today = _today(objection)
    until = law.grounds_until(
        today, objection.application.call.mode.objecting, calendar_of(objection.application)
    )
    return fire(objection, "ask_grounds", by=by, grounds_asked_on=today, grounds_until=until)


def take(objection: Objection, *, by: User) -> Objection:
    """Take an objection in hand. Raises `HadAPartInIt`, `GroundsMayStillCome`."""
    late = objection.state == "repairing" and objection.grounds_until
    due = _due(objection, repaired=objection.grounds_until) if late else objection.due_on
    return fire(objection, "take", by=by, handler=by, due_on=due)


def hand_over(objection: Objection, *, to: User, by: User) -> Objection:
    """Give an objection to a colleague, who must have the same distance from the decision."""
    if not to.is_active or not to.may(Permission.HANDLE_OBJECTION, objection):
        raise Invalid([FieldError("to", _("This person does not handle objections."), "objection:handle")])
    has_distance(objection, to)
    return fire(objection, "hand_over", by=by, handler=to)


def plan_hearing(objection: Objection, *, at: datetime, place: str, by: User) -> Objection:
    """Invite the objector to be heard (7:2), at a moment to come."""
    errors: list[FieldError] = []
    where = read_words(place, "place", 200, errors, required=_("Say where, or the address of the call."))
    if at <= clock.now():
        errors.append(FieldError("at", _("Choose a moment that is still to come."), "in the future"))
    if errors:
        raise Invalid(errors)
    return fire(
        objection,
        "plan_hearing",
        by=by,
        hearing=Objection.Hearing.PLANNED,
        hearing_at=at,
        hearing_place=where,
    )


def hear(objection: Objection, *, report: str, by: User) -> Objection:
    """Record that the objector was heard, and what was said (7:7)."""
    words = words_of(report, "report", LONGEST_GROUNDS, _("Say who was there and what was said."))
    return fire(objection, "hear", by=by, hearing=Objection.Hearing.HELD, hearing_report=words, not_heard="")


def do_not_hear(objection: Objection, *, ground: str, by: User) -> Objection:
    """Decide that nobody is heard, on one of the grounds that allow it (7:3)."""
    allowed = ground in Objection.NotHeard.values
    if ground == Objection.NotHeard.WAIVED and objection.wants_hearing:
        allowed = False
    if ground == Objection.NotHeard.NOT_ASKED and objection.application.call.mode.objecting.hearing:
        allowed = False
    if not allowed:
        raise Invalid(
            [FieldError("ground", _("This is no ground here to leave the hearing out."), "Awb 7:3")]
        )
    return fire(objection, "do_not_hear", by=by, hearing=Objection.Hearing.NOT_HELD, not_heard=ground)


def extend(objection: Objection, *, because: str, by: User) -> Objection:
    """Extend the term to decide, once, with a reason that the objector reads (7:10 paragraph 3)."""
    if objection.extended_because:
        raise AlreadyExtended(
            _("The term was extended before."), rule="Awb 7:10 paragraph 3", next_step=_("Decide by its end.")
        )
    words = words_of(because, "because", 2_000, _("Say why more time is needed."))
    due = _due(objection, repaired=None, extended=True)
    return fire(objection, "extend", by=by, extended_because=words, due_on=due)


def _today(objection: Objection) -> date:
    return local_day(clock.now(), objection.application.call)


def _due(objection: Objection, *, repaired: date | None, extended: bool = False) -> date:
    """The day by which must be decided: what stood still counts once, when the grounds came or stayed out."""
    application = objection.application
    terms, until = application.call.mode.objecting, objection.decision.object_until
    filed = local_day(objection.created_at, application.call)
    plain = law.ruling_due(until, filed, terms, calendar_of(application))
    still = (
        law.suspended(objection.grounds_asked_on, repaired, until)
        if repaired
        else max(0, (objection.due_on - plain).days)
    )
    return law.ruling_due(until, filed, terms, calendar_of(application), stood_still=still, extended=extended)
