"""The verbs of a selection: state the budget, propose by the rule, deviate with reasons, confirm, publish at once."""

import secrets
from collections.abc import Mapping
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from aifactory.access.applications.lifecycle import BEFORE_THE_FACTORY
from aifactory.access.applications.models import Application
from aifactory.access.calls.models import Call
from aifactory.access.conflicts.queries import blocked
from aifactory.access.decisions.actions import (
    BelowTheLine,
    DeciderReviewed,
    NoMandate,
    announce,
    outcomes_of,
    require_distance,
    require_mandate,
)
from aifactory.access.decisions.standing import Standing
from aifactory.access.modes.parts import Selection as Rule
from aifactory.access.modes.queries import QuotaIsUsedUp, rooms_at, size_in
from aifactory.access.modes.quotas import counts
from aifactory.access.permissions import Permission
from aifactory.access.review.actions import ReviewerHasConflict
from aifactory.access.review.models import Review
from aifactory.access.review.scores import Outcome
from aifactory.access.screening.aid import require_aid_room
from aifactory.access.screening.gate import lacks_screening
from aifactory.access.selection.draw import commitment
from aifactory.access.selection.inputs import inputs_of
from aifactory.access.selection.models import Budget, Selection, SelectionLine
from aifactory.access.selection.procedure import result_of, to_give
from aifactory.access.selection.reasons import BY_THE_RULE
from aifactory.access.words import read_words, words_of
from aifactory.audit.actions import NotPossibleNow, enter, fire
from aifactory.awards.reserves.queries import kept_back
from aifactory.awards.state_aid.actions import NoRoomForAid
from aifactory.kit import clock
from aifactory.kit.canonical import digest
from aifactory.kit.errors import FieldError, Invalid, NotAllowed, Refused
from aifactory.kit.units import human
from aifactory.people.language import spoken
from aifactory.people.models import User

#: what a line of a selection starts from
DECIDABLE = ("reviewed", "ineligible")


class CallIsNotSelected(Refused):
    """The call's mode has no rule for a list, or the call has no budget."""


class BudgetIsFixed(Refused):
    """Once somebody scored nothing can be fitted to the scores any more."""


class ApplicationsAreNotReady(Refused):
    """The list is made when every application of the call is judged."""


class ListStands(Refused):
    """A call has one list at a time."""


class BeyondTheBudget(Refused):
    """Deviations stay within what the call has to give."""


class DeciderStandsTooClose(Refused):
    """A conflict came up between a decision and its publication."""


def state_budget(call: Call, amounts: Mapping[str, int], *, by: User) -> Budget:
    """State what a call has to give (resource → base units) and commit to the seed of its draw.

    Raises `CallIsNotSelected`, `BudgetIsFixed` once the first review is given, `Invalid`, `NotAllowed`.
    """
    rule_of(call)
    known = {grant.resource.value for grant in call.mode.grants}
    errors = [
        FieldError(f"amount_{resource}", _("This call grants no such resource."), "resource")
        for resource in sorted(set(amounts) - known)
    ]
    if not any(amount > 0 for amount in amounts.values()) or min(amounts.values(), default=0) < 0:
        errors.append(FieldError("amount_gpu", _("State an amount above zero."), "amount"))
    if errors:
        raise Invalid(errors)
    with transaction.atomic():
        Call.objects.select_for_update().get(pk=call.pk)
        if Review.objects.filter(application__call=call, state="submitted").exists():
            raise BudgetIsFixed(
                _("The first score is given, so the budget stays as it is."), rule="budget before scores"
            )
        row = Budget.objects.filter(call=call).first() or Budget(call=call)
        row.amounts = {resource: amount for resource, amount in sorted(amounts.items()) if amount}
        fields = ["amounts"]
        if row._state.adding:  # noqa: SLF001 - Django's documented name
            row.secret = secrets.token_hex(32)
            row.commitment = commitment(row.secret)
            fields = []
        return enter(
            row,
            "budget:state",
            by=by,
            permission=Permission.STATE_BUDGET,
            data={"call": call.pk, "amounts": row.amounts, "commitment": row.commitment},
            fields=fields or None,
        )


def rule_of(call: Call) -> Rule:
    """Return the call's rule for a list. Raises `CallIsNotSelected`."""
    if call.mode.selection is None or call.mode.reviewing is None:
        raise CallIsNotSelected(
            _("Applications in this call are not decided as one list."),
            next_step=_("Decide on each of them."),
        )
    return call.mode.selection


def propose(call: Call, *, by: User) -> Selection:
    """Run the rule over everything in the call, and keep inputs, result and one line an application.

    Raises `CallIsNotSelected`, `ApplicationsAreNotReady`, `ListStands`, `NotAllowed`.
    """
    rule_of(call)
    with transaction.atomic():
        Call.objects.select_for_update().get(pk=call.pk)
        if Selection.objects.filter(call=call).exclude(state="set_aside").exists():
            raise ListStands(_("This call has a list already."), next_step=_("Set it aside to make another."))
        budget = Budget.objects.filter(call=call).first()
        if budget is None:
            raise CallIsNotSelected(
                _("Nobody stated what this call has to give."),
                next_step=_("State the budget before the first score is given."),
            )
        found = _ready(call)
        inputs, labels = inputs_of(call, budget, found)
        result = result_of(inputs)
        selection = Selection(
            call=call,
            inputs=inputs,
            inputs_digest=digest(inputs),
            result=result,
            result_digest=digest(result),
            proposed_by=by,
        )
        enter(
            selection,
            "selection:propose",
            by=by,
            permission=Permission.PROPOSE,
            data={"call": call.pk, "inputs": selection.inputs_digest, "result": selection.result_digest},
        )
        for facts in result["applications"]:
            proposed = facts.get("proposed", {})
            line = SelectionLine(
                selection=selection,
                application=labels[facts["id"]],
                label=facts["id"],
                facts=facts,
                proposed=proposed,
                final=proposed,
            )
            enter(line, "selection_line:propose", by=by, data={"selection": selection.pk})
    return selection


def _ready(call: Call) -> list[Application]:
    unready = call.applications.filter(state__in=("submitted", "eligible", "in_review"))
    if not _is_closed(call) or unready.exists():
        raise ApplicationsAreNotReady(
            _("The call is still open, or some of its applications are not judged yet."),
            rule="selection after review",
            next_step=_("The office's page shows what they wait for."),
        )
    rows = call.applications.filter(state__in=DECIDABLE)
    rows = rows.select_related("organisation", "law_gate", "technical")
    found = list(rows.prefetch_related("reviews").order_by("pk"))
    if not found:
        raise ApplicationsAreNotReady(_("There is nothing to decide in this call."), rule="selection")
    if waiting := sum(a.state != "ineligible" and lacks_screening(call.mode, a) for a in found):
        raise ApplicationsAreNotReady(
            _("Of %(count)s applications a step of screening is not taken yet.") % {"count": waiting},
            rule="screening before selection",
            next_step=_("The screening page of the call shows which."),
        )
    return found


def _is_closed(call: Call) -> bool:
    past = call.cut_off_at is not None and call.cut_off_at < clock.now()
    return call.state == "closed" or (call.state == "open" and past)


def deviate(line: SelectionLine, final: Mapping[str, int], *, reason: str, by: User) -> SelectionLine:
    """Decide otherwise than the rule proposes on one application, and say why; it is held like the others.

    Raises `NoMandate`, `ReviewerHasConflict`, `DeciderReviewed`, `BelowTheLine`, `BeyondTheBudget`, `Invalid`.
    """
    granted = {resource: amount for resource, amount in final.items() if amount}
    with transaction.atomic():
        selection = Selection.objects.select_for_update().select_related("call").get(pk=line.selection_id)
        current = SelectionLine.objects.select_related("application__call").get(pk=line.pk)
        current.application.call = selection.call
        if selection.state not in ("proposed", "confirmed"):
            raise NotPossibleNow(
                _("This list is published or set aside."),
                rule="selection",
                next_step=_("An objection is the way to another decision."),
            )
        words = _reason(reason, granted, current)
        _may_decide(current, granted, by)
        _require_room(selection, current, granted)
        if current.state == "held":
            fire(current, "reopen", by=by)
        return _hold(current, granted, words, by=by)


def _reason(reason: str, granted: Mapping[str, int], line: SelectionLine) -> str:
    errors = [
        FieldError(
            f"awarded_{resource}",
            _("Award at most what was asked: %(asked)s.") % {"asked": human(resource, asked, spoken())},
            "at_most_asked",
        )
        for resource, amount in granted.items()
        if amount < 0 or amount > (asked := line.application.requested.get(resource, 0))
    ]
    required = _("Say why this differs from the rule.") if granted != line.proposed else ""
    given = read_words(reason, "reason", 4000, errors, required=required, rule="deviation")
    if errors:
        raise Invalid(errors)
    return given


def _may_decide(line: SelectionLine, granted: Mapping[str, int], by: User) -> None:
    """Raise what keeps this person from deciding so on this line."""
    if not by.may(Permission.DECIDE, line.application):
        raise NotAllowed(_("You may not do this."), rule=Permission.DECIDE)
    require_distance(line.application, by)
    if granted and line.standing != "ranked":
        raise BelowTheLine(
            _("This application did not reach the lines that come before the ranking."),
            rule=line.standing,
            next_step=_("Nothing can be awarded under the published rule."),
        )
    require_aid_room(line.application, granted)


def _to_give(selection: Selection) -> dict[str, int]:
    """Return what the list may give now: objections may have come or ended since it was proposed."""
    return to_give(selection.inputs | {"kept_back": kept_back(selection.call.thing)})


def _require_room(selection: Selection, line: SelectionLine, granted: Mapping[str, int]) -> None:
    others = selection.lines.exclude(pk=line.pk).values_list("final", flat=True)
    for resource, whole in _to_give(selection).items():
        given = sum(final.get(resource, 0) for final in others)
        if (wanted := granted.get(resource, 0)) > whole - given:
            raise BeyondTheBudget(
                _("The other awards leave %(left)s, and this one takes %(wanted)s.")
                % {
                    "left": human(resource, max(whole - given, 0), spoken()),
                    "wanted": human(resource, wanted, spoken()),
                },
                field=f"awarded_{resource}",
                rule="budget",
                next_step=_("Lower another award first."),
            )


def _hold(line: SelectionLine, granted: Mapping[str, int], reason: str, *, by: User) -> SelectionLine:
    now = clock.now()
    mandate = require_mandate(line.application, granted, by, now)
    differs = dict(granted) != line.proposed
    return fire(
        line,
        "hold",
        by=by,
        data={"mandate": mandate.pk, "final": dict(granted), "deviates": differs},
        final=dict(granted),
        deviation=reason if differs else "",
        decided_by=by,
        mandate=mandate,
        decided_at=now,
    )


def confirm(selection: Selection, *, by: User) -> int:
    """Decide on every line that still waits and that this person may decide on, as the rule proposes.

    What stands too close to this person, or lies beyond the mandate, keeps waiting for another one; what the
    applicant has no room for as state aid waits for a deviation. Returns how many lines were decided; with the
    last of them the selection is confirmed. Raises `NoMandate` where there was none that this person could decide on.
    """
    done = 0
    with transaction.atomic():
        current = Selection.objects.select_for_update().select_related("call").get(pk=selection.pk)
        if not by.may(Permission.DECIDE, None):
            raise NotAllowed(_("You may not do this."), rule=Permission.DECIDE)
        waiting = current.lines.filter(state="open") if current.state == "proposed" else current.lines.none()
        for line in waiting.select_related("application").order_by("label"):
            line.application.call = current.call
            try:
                _may_decide(line, line.proposed, by)
                _hold(line, line.proposed, "", by=by)
            except (NotAllowed, NoMandate, ReviewerHasConflict, DeciderReviewed, NoRoomForAid):
                continue
            done += 1
        left = current.lines.filter(state="open").exists()
        if not done and left:
            raise NoMandate(
                _("There is no line here that you may decide on."),
                rule=Permission.DECIDE,
                next_step=_("Ask the office who holds a mandate and stands free."),
            )
        if not left and current.state == "proposed":
            fire(current, "confirm", by=by, data={"deviations": _deviations(current)})
    selection.refresh_from_db()
    return done


def _deviations(selection: Selection) -> int:
    return sum(line.deviates for line in selection.lines.all())


def set_aside(selection: Selection, *, because: str, by: User) -> Selection:
    """Take a list back before it is published, with the reason; another one can then be proposed."""
    why = words_of(because, "because", 1000, _("Say why the list is set aside."), rule="reason")
    return fire(selection, "set_aside", by=by, because=why)


def publish(selection: Selection, *, by: User) -> Selection:
    """Announce every held decision at once: states, letters, projects, and the list for everybody to check.

    All of it or nothing: a crash leaves the list confirmed, and the next try starts again. Publishing a published
    list changes nothing. Raises `NotPossibleNow`, `DeciderStandsTooClose`, `BeyondTheBudget`, `QuotaIsUsedUp`,
    `NoRoomForAid`, `NotAllowed`.
    """
    with transaction.atomic():
        current = Selection.objects.select_for_update().select_related("call").get(pk=selection.pk)
        if current.state == "published":
            return current
        now = clock.now()
        fire(current, "publish", by=by, data={"result": current.result_digest}, published_at=now)
        lines = list(
            current.lines.select_related(
                "application__organisation",
                "application__applicant",
                "application__eligibility",
                "mandate",
                "decided_by",
            ).order_by("label")
        )
        lines = [line for line in lines if line.application.state in DECIDABLE]
        _require_free_deciders(current, lines)
        _require_still_there(current, lines)
        _require_quotas(current, lines, now)
        for line in lines:
            line.application.call = current.call
        outcomes = outcomes_of([line.application for line in lines])
        for line in lines:
            _announce(current, line, outcomes[line.application_id], now)
        if current.call.state == "closed" and not current.call.applications.filter(
            state__in=BEFORE_THE_FACTORY
        ):
            fire(current.call, "finish", by=by)
    selection.refresh_from_db()
    return selection


def _announce(selection: Selection, line: SelectionLine, result: Outcome | None, now: datetime) -> None:
    application = line.application
    assert line.decided_by is not None  # noqa: S101 - a constraint of the table
    assert line.mandate is not None  # noqa: S101 - the same
    announce(
        application,
        granted=line.final,
        reasons=line.deviation or BY_THE_RULE[line.standing].of(application.applicant.language),
        result=result,
        mandate=line.mandate,
        by=line.decided_by,
        now=now,
        standing=standing_of(selection, line),
    )


def standing_of(selection: Selection, line: SelectionLine) -> Standing:
    """Return what the letter says of a line."""
    rule = rule_of(selection.call)
    titles = {one.id: one.label for one in rule.classes}
    return Standing(
        label=line.label,
        facts=line.facts,
        class_title=titles.get(line.facts.get("class", "")),
        range_percent=rule.range_percent,
        seed=selection.inputs["seed"],
        inputs_digest=selection.inputs_digest,
        proposed=line.proposed,
        final=line.final,
    )


def _require_free_deciders(selection: Selection, lines: list[SelectionLine]) -> None:
    """A conflict that came up since the decision keeps the list back."""
    pairs = blocked(selection.call.applications.all())
    close = [line.label for line in lines if (line.application_id, line.decided_by_id) in pairs]
    if close:
        raise DeciderStandsTooClose(
            _("Since they were decided on, a conflict came up for %(labels)s.")
            % {"labels": ", ".join(close)},
            rule="conflicts",
            next_step=_("Somebody else decides on these again."),
        )


def _require_still_there(selection: Selection, lines: list[SelectionLine]) -> None:
    """An objection that came since the proposal may keep back what the list would give."""
    for resource, whole in _to_give(selection).items():
        if (wanted := sum(line.final.get(resource, 0) for line in lines)) > whole:
            raise BeyondTheBudget(
                _(
                    "Objections keep back part of the budget: %(left)s are left, and this list takes %(wanted)s."
                )
                % {
                    "left": human(resource, whole, spoken()),
                    "wanted": human(resource, wanted, spoken()),
                },
                rule="budget",
                next_step=_("Wait until they are decided on, or set the list aside and run the rule again."),
            )


def _require_quotas(selection: Selection, lines: list[SelectionLine], now: datetime) -> None:
    mode = selection.call.mode
    if not mode.quotas:
        return
    for room in rooms_at(mode, now):
        wanted = sum(
            line.final.get("gpu", 0)
            for line in lines
            if counts(room.quota, mode.id, size_in(line.application.organisation_facts))
        )
        if wanted > room.left:
            raise QuotaIsUsedUp(
                _("Of the quota “%(quota)s” %(left)s are left, and this list takes %(wanted)s.")
                % {
                    "quota": room.quota.label.of(spoken()),
                    "left": human("gpu", room.left, spoken()),
                    "wanted": human("gpu", wanted, spoken()),
                },
                rule=f"quota:{room.quota.id}",
                next_step=_("Set the list aside and state a smaller budget in the next call."),
            )
