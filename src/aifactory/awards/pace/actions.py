"""Planning, giving back, taking back by the policy, and granting again. Each move of time is one transaction."""

from collections.abc import Mapping
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils.translation import gettext as _

from aifactory.audit.actions import NotPossibleNow, enter, fire
from aifactory.awards.models import AwardLine
from aifactory.awards.pace import plan, queries
from aifactory.awards.pace.models import PoolCredit, PoolWish, RampPlan, Reclaim
from aifactory.awards.pace.permissions import Permission
from aifactory.awards.pace.policy import in_force, named
from aifactory.kit import clock
from aifactory.kit.errors import FieldError, Invalid, Refused
from aifactory.kit.units import human
from aifactory.people.language import spoken
from aifactory.people.mandates.queries import ground
from aifactory.people.models import User
from aifactory.people.rules import require
from aifactory.ports.identity import Actor

SHORT, LONG = 1000, 4000


class NotTheirTimeToGive(Refused):
    """The line is no stream of time, has ended, or was paid for."""


class PoolIsEmpty(Refused):
    """The pool holds too little that can still be granted."""


class SomebodyAskedEarlier(Refused):
    """The pool is granted in the order in which was asked."""


class NotUsedEnough(Refused):
    """Who has used little of an award gets nothing on top of it."""


def plan_use(line: AwardLine, months: Mapping[str, int], *, why: str, by: User) -> RampPlan:
    """Say how much (base units) is planned for which month of the award; a later plan replaces it.

    Raises `Invalid`, `NotAllowed`, and `NotPossibleNow` while time may be taken back: then one answers instead.
    """
    require(by, Permission.PLAN, line)
    _require_stream(line)
    errors = _mistakes(line, months) + _too_long("why", why, SHORT)
    if errors:
        raise Invalid(errors)
    if line.reclaims.filter(state="proposed").exists():
        raise NotPossibleNow(
            _("Time of this award may be taken back. The plan that counts is the one from before."),
            rule="pace:plan before a proposal",
            next_step=_("Answer the proposal: say what you plan, and the person who decides will weigh it."),
        )
    kept = RampPlan.objects.filter(line=line).first() or RampPlan(line=line)
    kept.months = {month: amount for month, amount in sorted(months.items()) if amount}
    kept.why = why.strip()
    return enter(kept, "pace:plan", by=by, permission=Permission.PLAN, fields=["months", "why"])


def _mistakes(line: AwardLine, months: Mapping[str, int]) -> list[FieldError]:
    known = plan.months_of(line.starts_at, line.ends_at, queries.zone())
    errors = [
        FieldError(month, _("This month is not in the period of the award."), "months of the award")
        for month in sorted(set(months) - set(known))
    ]
    if any(amount < 0 for amount in months.values()):
        errors.append(FieldError("months", _("An amount is never below zero."), "range"))
    whole = sum(months.values())
    if not 0 < whole <= line.amount:
        most = human(line.resource, line.amount, spoken())
        errors.append(FieldError("months", _("Plan more than nothing, and at most %s in all.") % most, "sum"))
    if not errors:
        least = in_force(clock.now()).plan.half_percent
        half = line.starts_at + (line.ends_at - line.starts_at) / 2
        due = plan.expected(
            line.amount, line.starts_at, line.ends_at, half, zone=queries.zone(), planned=months
        )
        if due * 100 < line.amount * least:
            text = _("Plan at least %s %% of the award for the first half of its period.") % least
            errors.append(FieldError("months", text, "pace:half"))
    return errors


def give_back(line: AwardLine, amount: int, *, why: str = "", by: User) -> PoolCredit:
    """Give back time that the project does not need (base units); others may get it. Raises `Invalid`."""
    require(by, Permission.GIVE_BACK, line)
    _require_stream(line)
    with transaction.atomic():
        kept = _locked(line)
        errors = _too_long("why", why, SHORT, required=False)
        if not 0 < amount <= kept.left:
            text = _("Give back more than nothing, and at most what is left: %s.")
            errors.append(FieldError("amount", text % human(kept.resource, kept.left, spoken()), "1 … left"))
        if errors:
            raise Invalid(errors)
        credit = PoolCredit(
            line=kept, resource=kept.resource, amount=amount, left=amount, reasons=why.strip(),
            source=PoolCredit.Source.RETURNED, usable_until=kept.ends_at,
        )  # fmt: skip
        _change(kept, -amount, "award:give_back", by=by, permission=Permission.GIVE_BACK)
        return enter(credit, "pool:take_in", by=by, data={"amount": amount, "line": kept.pk})


def answer(reclaim: Reclaim, text: str, *, by: Actor) -> Reclaim:
    """Say, for the project, why the time is still needed, before anybody decides. May be changed until then."""
    if reclaim.state != "proposed":
        raise NotPossibleNow(_("There is a decision on this already."), next_step=_("Read how to object."))
    if errors := _too_long("answer", text, LONG):
        raise Invalid(errors)
    reclaim.answer, reclaim.answered_at = text.strip(), clock.now()
    return enter(
        reclaim, "reclaim:answer", by=by, permission=Permission.ANSWER, fields=["answer", "answered_at"]
    )


def confirm(reclaim: Reclaim, *, reasons: str, by: User) -> Reclaim:
    """Take back what was proposed, or less where the project has begun to use it. Needs the mandate, and reasons.

    Raises `NoMandate`, `NotAllowed`, `Invalid`; `NotPossibleNow` before the term to answer has ended, or where the
    policy would take nothing now.
    """
    mandate = ground(by, Permission.RECLAIM)
    require(by, Permission.RECLAIM, reclaim)
    _require_reasons(reasons)
    with transaction.atomic():
        line = _locked(reclaim.line)
        _require_heard(reclaim)
        found = queries.standings([line], named(reclaim.policy))[0]
        amount = min(reclaim.amount, queries.takeable(found, counting_warnings=False))
        if not amount:
            raise NotPossibleNow(
                _("The project uses its time again: by the policy nothing is taken back now."),
                rule="reclaim:share",
                next_step=_("Drop the proposal."),
            )
        facts: dict[str, Any] = {"mandate": mandate, "reasons": reasons.strip(), "decided_at": clock.now()}
        done = fire(
            reclaim, "confirm", by=by, data={"amount": amount, "line": line.pk}, amount=amount, **facts
        )
        _change(line, -amount, "award:take_back", by=by)
        credit = PoolCredit(
            line=line, resource=line.resource, amount=amount, left=amount, reclaim=done,
            source=PoolCredit.Source.RECLAIMED, usable_until=line.ends_at,
        )  # fmt: skip
        enter(credit, "pool:take_in", by=by, data={"amount": amount, "line": line.pk})
    return done


def drop(reclaim: Reclaim, *, reasons: str, by: User) -> Reclaim:
    """Leave the time with the project, with reasons. The warnings begin anew."""
    mandate = ground(by, Permission.RECLAIM)
    _require_reasons(reasons)
    return fire(reclaim, "drop", by=by, mandate=mandate, reasons=reasons.strip(), decided_at=clock.now())


def restore(reclaim: Reclaim, amount: int, *, by: Actor) -> None:
    """Give time that was taken back to its award again: what the pool still has of it first, for the rest anew."""
    line = _locked(reclaim.line)
    credit = PoolCredit.objects.select_for_update().filter(reclaim=reclaim).first()
    if credit:
        PoolCredit.objects.filter(pk=credit.pk).update(left=F("left") - min(credit.left, amount))
    _change(line, amount, "award:restore", by=by)


def _require_heard(reclaim: Reclaim) -> None:
    reclaim.refresh_from_db()
    if not reclaim.answered_at and clock.now() < reclaim.answer_until:
        raise NotPossibleNow(
            _("The project can still answer, until %s.") % f"{reclaim.answer_until:%Y-%m-%d}",
            rule="Awb 4:8",
            next_step=_("Wait for its answer, or for the end of the term."),
        )


def ask(line: AwardLine, amount: int, *, why: str, by: User) -> PoolWish:
    """Ask the pool for more of a resource (base units) on top of an award. Raises `Invalid`, `NotUsedEnough`."""
    require(by, Permission.ASK, line)
    _require_stream(line)
    rule = in_force(clock.now()).pool
    errors = _too_long("why", why, SHORT)
    most = line.amount * rule.most_percent // 100 - sum(
        line.wishes.filter(state="granted").values_list("granted", flat=True)
    )
    if not 0 < amount <= most:
        text = _("Ask for more than nothing, and for at most %s.") % human(
            line.resource, max(most, 0), spoken()
        )
        errors.append(FieldError("amount", text, "pool:most"))
    if errors:
        raise Invalid(errors)
    used = line.drawn + line.held
    if used * 100 < line.amount * rule.used_percent:
        raise NotUsedEnough(
            _("The pool is for projects that have used at least %s %% of their award.") % rule.used_percent,
            rule="pool:used",
            next_step=_("Use your award first, then ask."),
        )
    wish = PoolWish(line=line, amount=amount, why=why.strip())
    try:
        with transaction.atomic():
            return enter(wish, "pool:ask", by=by, permission=Permission.ASK, data={"amount": amount})
    except IntegrityError:
        raise NotPossibleNow(
            _("You asked for more already."), next_step=_("Wait for the answer, or withdraw it.")
        ) from None


def grant_again(wish: PoolWish, amount: int, *, reasons: str, by: User) -> PoolWish:
    """Add time from the pool to an award. Who asked first is first; out of turn only with reasons, which are kept.

    Takes what would lapse soonest first. Raises `NoMandate`, `NotAllowed`, `Invalid`, `PoolIsEmpty`,
    `SomebodyAskedEarlier`.
    """
    mandate = ground(by, Permission.RECLAIM)
    require(by, Permission.RECLAIM, wish)
    if not 0 < amount <= wish.amount:
        text = _("Grant more than nothing, and at most what was asked: %s.")
        raise Invalid(
            [FieldError("amount", text % human(wish.line.resource, wish.amount, spoken()), "1 … asked")]
        )
    with transaction.atomic():
        line = _locked(wish.line)
        _require_stream(line)
        first = queries.queue(line.resource).first()
        skips = first is not None and first.pk != wish.pk
        if skips and not reasons.strip():
            raise SomebodyAskedEarlier(
                _("Another project asked earlier."),
                field="reasons",
                rule="pool:first asked, first granted",
                next_step=_("Grant that one first, or say why this one goes before it."),
            )
        if errors := _too_long("reasons", reasons, LONG, required=False):
            raise Invalid(errors)
        _take(line.resource, amount)
        facts: dict[str, Any] = {"mandate": mandate, "reasons": reasons.strip(), "decided_at": clock.now()}
        done = fire(
            wish, "grant", by=by, data={"amount": amount, "line": line.pk}, granted=amount, out_of_turn=skips,
            **facts,
        )  # fmt: skip
        _change(line, amount, "award:add", by=by)
    return done


def _take(resource: str, amount: int) -> None:
    rows = PoolCredit.objects.select_for_update().filter(resource=resource, left__gt=0)
    usable = list(rows.filter(usable_until__gt=clock.now()).order_by("usable_until", "pk"))
    held = sum(credit.left for credit in usable)
    if held < amount:
        raise PoolIsEmpty(
            _("The pool holds %(held)s, and %(asked)s is to be granted.")
            % {"held": human(resource, held, spoken()), "asked": human(resource, amount, spoken())},
            rule="pool:balance",
            next_step=_("Grant less, or wait until time comes back."),
        )
    for credit in usable:
        taken = min(amount, credit.left)
        PoolCredit.objects.filter(pk=credit.pk).update(left=F("left") - taken)
        amount -= taken
        if not amount:
            return


def refuse(wish: PoolWish, *, reasons: str, by: User) -> PoolWish:
    """Say no to a wish for more, with reasons."""
    mandate = ground(by, Permission.RECLAIM)
    _require_reasons(reasons)
    return fire(wish, "refuse", by=by, mandate=mandate, reasons=reasons.strip(), decided_at=clock.now())


def withdraw(wish: PoolWish, *, by: Actor) -> PoolWish:
    """Take a wish for more back."""
    return wish if wish.state == "withdrawn" else fire(wish, "withdraw", by=by)


def _require_stream(line: AwardLine) -> None:
    if line.resource not in queries.STREAMS or line.ends_at <= clock.now() or hasattr(line, "paid"):
        raise NotTheirTimeToGive(
            _("This is for granted time that has not ended: not for storage, and not for what was bought."),
            rule="pace:granted time",
        )


def _locked(line: AwardLine) -> AwardLine:
    return AwardLine.objects.select_for_update(of=("self",)).select_related("project").get(pk=line.pk)


def _change(line: AwardLine, by_amount: int, event: str, *, by: Actor, permission: str | None = None) -> None:
    """Change what is awarded; the database refuses less than is held and drawn."""
    line.amount += by_amount
    enter(line, event, by=by, permission=permission, data={"amount": by_amount}, fields=["amount"])


def _require_reasons(reasons: str) -> None:
    if errors := _too_long("reasons", reasons, LONG):
        raise Invalid(errors)


def _too_long(field: str, text: str, most: int, *, required: bool = True) -> list[FieldError]:
    if required and not text.strip():
        return [FieldError(field, _("Say why: who is concerned can read it."), "required")]
    if len(text) > most:
        return [FieldError(field, _("Use at most %s characters.") % most, "length")]
    return []
