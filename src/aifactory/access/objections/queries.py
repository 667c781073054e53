"""Reads of objections that pages, API and CLI share; and the figures that everybody may see."""

from collections import Counter
from datetime import date, timedelta
from statistics import median
from typing import Any

from django.db import models
from django.utils.translation import gettext as _

from aifactory.access.applications.models import Application
from aifactory.access.calls.clocks import local_day
from aifactory.access.decisions.models import Decision
from aifactory.access.decisions.pdf import pdf
from aifactory.access.objections.distance import part_in
from aifactory.access.objections.lifecycle import OPEN
from aifactory.access.objections.models import Objection
from aifactory.access.permissions import Permission
from aifactory.audit.record import plain
from aifactory.kit import clock
from aifactory.kit.units import UNITS, Resource, shown
from aifactory.people.models import User
from aifactory.people.rules import visible


def objections(viewer: Any) -> models.QuerySet[Objection]:
    """Return the objections the viewer sees, open ones and those due first on top."""
    rows = visible(Objection, viewer).select_related(
        "application__call", "application__organisation", "decision", "handler", "objector"
    )
    closed = models.Case(models.When(state__in=OPEN, then=0), default=1)
    return rows.order_by(closed, "due_on", "pk")


def may_object(user: User, application: Application) -> Decision | None:
    """Return the decision that this person can object to now, or None."""
    decision = Decision.objects.filter(application=application).first()
    if decision is None or not user.may(Permission.OBJECT, application):
        return None
    taken = Objection.objects.filter(decision=decision).exclude(state="withdrawn").exists()
    return None if taken or application.state not in ("awarded", "rejected") else decision


def late(application: Application, decision: Decision) -> bool:
    """Say whether the term to object is over today."""
    return local_day(clock.now(), application.call) > decision.object_until


def steps_for(user: User, objection: Objection) -> set[str]:
    """Return the names of the steps that this person may take now."""
    found = {
        t.name for t in Objection.LIFECYCLE.leaving(objection.state) if user.may(t.permission, objection)
    }
    theirs = {t.name for t in Objection.LIFECYCLE.transitions if t.permission != Permission.OBJECT}
    if found & theirs and part_in(user, objection.application):
        found -= theirs
    if objection.extended_because:
        found.discard("extend")
    if objection.state == "repairing" and clock.now() <= objection.grounds_end:
        found.discard("take")
    return found


def turn(objection: Objection) -> tuple[str, str]:
    """Return whose turn it is, and what is next."""
    if objection.state == "repairing":
        return objection.objector.name, _("Send the grounds of the objection.")
    if objection.state == "filed":
        return _("the factory"), _("Somebody who had no part in the decision takes it in hand.")
    if objection.hearing == Objection.Hearing.OPEN:
        return _handler(objection), _("Plan the hearing, or say on which ground there is none.")
    if objection.hearing == Objection.Hearing.PLANNED:
        return _handler(objection), _("Hold the hearing, and write down what was said.")
    return _handler(objection), _("Decide on the objection.")


def _handler(objection: Objection) -> str:
    return objection.handler.name if objection.handler else str(_("the factory"))


def way(objection: Objection) -> list[dict[str, Any]]:
    """Return the way of an objection: done, now, and still to come."""
    heard = objection.hearing in (Objection.Hearing.HELD, Objection.Hearing.NOT_HELD)
    reached = {"repairing": 0, "filed": 1, "in_hand": 3 if heard else 2, "decided": 4, "withdrawn": 4}
    now = reached[objection.state]
    labels = [_("Filed"), _("Taken in hand"), _("Hearing"), _("Decided")]
    whens = [objection.created_at, None, objection.hearing_at, objection.decided_at]
    return [
        {
            "label": label,
            "state": "done" if index < now else "now" if index == now else "next",
            "when": when,
            "by": objection.due_on if index == 3 and now < 4 else None,
        }
        for index, (label, when) in enumerate(zip(labels, whens, strict=True))
    ]


def letter_pdf(objection: Objection, *, factory: str) -> bytes:
    """Return what the objector was written last as PDF/UA-1: the decision, or else that the objection came in."""
    sent = objection.decided_at or objection.created_at
    written = objection.letter or objection.receipt
    return pdf(written, factory=factory, sent_on=local_day(sent, objection.application.call))


def facts(objection: Objection) -> dict[str, Any]:
    """Return one objection as the API shows it."""
    return {
        "id": objection.pk,
        "application": objection.application_id,
        "reference": objection.application.reference,
        "decision": objection.decision_id,
        "state": objection.state,
        "filed_at": plain(objection.created_at),
        "in_time": objection.in_time,
        "late_reason": objection.late_reason,
        "late_excused": objection.late_excused,
        "grounds": objection.grounds,
        "papers": objection.papers,
        "wants_hearing": objection.wants_hearing,
        "grounds_until": plain(objection.grounds_until),
        "due_on": plain(objection.due_on),
        "extended_because": objection.extended_because,
        "handler": objection.handler.name if objection.handler else None,
        "hearing": objection.hearing,
        "hearing_at": plain(objection.hearing_at),
        "hearing_place": objection.hearing_place,
        "not_heard": objection.not_heard,
        "hearing_report": objection.hearing_report,
        "outcome": objection.outcome,
        "effect": objection.effect,
        "awarded": [_amount(name, given) for name, given in sorted(objection.awarded.items())],
        "reasons": objection.reasons,
        "receipt": objection.receipt,
        "letter": objection.letter or None,
        "decided_at": plain(objection.decided_at),
    }


def _amount(name: str, given: int) -> dict[str, Any]:
    resource = Resource(name)
    return {"resource": name, "amount": float(shown(resource, given)), "unit": UNITS[resource][0]}


def figures(today: date | None = None) -> dict[str, Any]:
    """Return what everybody may know: how many objections, how they ended, and how long that took.

    `days`: median of the days from the objection to the decision on it. `in_time_share`: of those decided, the
    share decided by the last day of the term. `overdue`: open ones whose term is over.
    """
    day = today or clock.now().date()
    rows = list(Objection.objects.defer("grounds", "papers", "letter", "receipt", "reasons"))
    ended = [(row, row.decided_at) for row in rows if row.state == "decided" and row.decided_at]
    days = [(at - row.created_at) / timedelta(days=1) for row, at in ended]
    decided = Decision.objects.filter(application__state__in=("awarded", "rejected")).count()
    outcomes = Counter(row.outcome for row, _at in ended)
    effects = Counter(row.effect for row, _at in ended)
    return {
        "decisions": decided,
        "objections": len(rows),
        "open": sum(row.state in OPEN for row in rows),
        "withdrawn": sum(row.state == "withdrawn" for row in rows),
        "late": sum(not row.in_time for row in rows),
        "extended": sum(bool(row.extended_because) for row in rows),
        "outcomes": {str(name): outcomes[name] for name in Objection.Outcome.values},
        "effects": {str(name): effects[name] for name in Objection.Effect.values},
        "days": round(median(days), 1) if days else None,
        "in_time_share": round(sum(at.date() <= row.due_on for row, at in ended) / len(ended), 3)
        if ended
        else None,
        "overdue": sum(row.state in OPEN and row.due_on < day for row in rows),
    }
