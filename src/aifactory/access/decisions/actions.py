"""Deciding on an application: by a mandated person, on a published rule, with a letter."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from fractions import Fraction

from django.db import transaction
from django.utils.translation import gettext as _

from aifactory.access.applications.models import Application
from aifactory.access.calls.clocks import local_day
from aifactory.access.deadlines import add_months, end_of_day, objection_ends
from aifactory.access.decisions import letters
from aifactory.access.decisions.models import Decision
from aifactory.access.decisions.standing import Standing
from aifactory.access.lanes.actions import require_turn
from aifactory.access.modes.queries import require_room
from aifactory.access.permissions import Permission
from aifactory.access.review.actions import require_free
from aifactory.access.review.models import Review
from aifactory.access.review.scores import Outcome, outcome, shown
from aifactory.access.screening import assessments
from aifactory.access.screening.aid import grant_award_aid
from aifactory.access.screening.eligibility import Verdict
from aifactory.access.screening.gate import conditions
from aifactory.access.supervision.queries import accountable
from aifactory.access.words import read_words
from aifactory.audit.actions import NotPossibleNow, enter, fire
from aifactory.awards.actions import add_member, grant_lines, open_project
from aifactory.awards.permissions import Permission as Awarding
from aifactory.datasets.models import Dataset
from aifactory.datasets.vocabulary import PURPOSES
from aifactory.kit import clock
from aifactory.kit.errors import FieldError, Invalid, NotAllowed, Refused
from aifactory.kit.units import human
from aifactory.people.actors import SystemActor
from aifactory.people.language import spoken
from aifactory.people.models import Mandate, User
from aifactory.people.queries import mandate_for

#: puts a student on the project that the supervisor leads: part of a decision, whoever takes it
DECISION = SystemActor("decision", frozenset({Awarding.MANAGE}))


class NoMandate(Refused):
    """Nobody made this person accountable for this decision, today and for this amount."""

    status = 403


class DeciderReviewed(Refused):
    """Whoever reviewed an application has no part in deciding on it."""


class DecidedAsOneList(Refused):
    """No application of a call with a budget is decided apart from the others."""


class BelowTheLine(Refused):
    """The scores do not reach the published line."""


def outcome_of(application: Application) -> Outcome | None:
    """Return what the reviews given come to, or None where there are none."""
    return outcomes_of([application])[application.pk]


def outcomes_of(applications: Sequence[Application]) -> dict[str, Outcome | None]:
    """Return for each of these, by id, what its reviews come to, or None where it has none; in one query."""
    given: dict[str, list[dict[str, int]]] = {application.pk: [] for application in applications}
    rows = Review.objects.filter(application__in=given, state="submitted").order_by("pk")
    for pk, scores in rows.values_list("application_id", "scores"):
        given[pk].append(scores)
    modes = {application.pk: application.call.mode.reviewing for application in applications}
    return {
        pk: outcome(reviewing.criteria, given[pk], reviewing.line) if reviewing and given[pk] else None
        for pk, reviewing in modes.items()
    }


def verdicts_kept(application: Application) -> list[Verdict]:
    """Return the verdicts on eligibility as they were kept."""
    kept = getattr(application, "eligibility", None)
    return [Verdict.from_plain(one) for one in (kept.verdicts if kept else [])]


def decide(application: Application, *, awarded: Mapping[str, int], reasons: str, by: User) -> Decision:
    """Award amounts (resource → base units), or nothing; tell the applicant why, and open the project.

    Raises `NoMandate`, `ReviewerHasConflict`, `DeciderReviewed`, `EarlierOneWaits`, `BelowTheLine`,
    `QuotaIsUsedUp`, `DecidedAsOneList`, `Invalid`, `NotPossibleNow`, `NotAllowed`, and what the assessments refuse.
    The clock is read once.
    """
    now = clock.now()
    granted = {resource: amount for resource, amount in awarded.items() if amount}
    with transaction.atomic():
        rows = Application.objects.select_for_update(of=("self",))
        current = rows.select_related("call", "organisation", "applicant").get(pk=application.pk)
        if not by.may(Permission.DECIDE, current):
            raise NotAllowed(_("You may not do this."), rule=Permission.DECIDE)
        words = _checked(current, granted, reasons)
        mandate = require_mandate(current, granted, by, now)
        require_distance(current, by)
        require_turn(current)
        _require_no_list(current)
        result = outcome_of(current)
        if granted:
            _require_grounds(current, result)
            require_room(current, granted, now)
        decision = announce(
            current, granted=granted, reasons=words, result=result, mandate=mandate, by=by, now=now
        )
    application.refresh_from_db()
    return decision


def announce(
    application: Application,
    *,
    granted: Mapping[str, int],
    reasons: str,
    result: Outcome | None,
    mandate: Mandate,
    by: User,
    now: datetime,
    standing: Standing | None = None,
) -> Decision:
    """Make a checked decision known: the state, the letter, and the project where something is granted.

    To be called in a transaction, by those who checked mandate, distance and grounds.
    """
    fire(
        application,
        "award" if granted else "reject",
        by=by,
        data={"mandate": mandate.pk, "awarded": dict(granted)},
        keep=("call", "organisation", "applicant", "eligibility"),
    )
    decision = _keep(
        application,
        granted=granted,
        reasons=reasons,
        result=result,
        mandate=mandate,
        by=by,
        now=now,
        standing=standing,
    )
    if granted:
        _open(application, granted, by, now)
    return decision


def _checked(application: Application, granted: Mapping[str, int], reasons: str) -> str:
    """Return the reasons. Raises `Invalid` for none, or for more than was asked."""
    errors = [
        FieldError(
            f"awarded_{resource}",
            _("Award at most what was asked: %(asked)s.") % {"asked": human(resource, asked, spoken())},
            "at_most_asked",
        )
        for resource, amount in granted.items()
        if amount < 0 or amount > (asked := application.requested.get(resource, 0))
    ]
    message = _("Give the reasons: the applicant has a right to them.")
    given = read_words(reasons, "reasons", 4000, errors, required=message, rule="Awb 3:46")
    if errors:
        raise Invalid(errors)
    return given


def require_mandate(application: Application, granted: Mapping[str, int], by: User, at: datetime) -> Mandate:
    mandate = mandate_for(
        by,
        Permission.DECIDE,
        scope=application.call.mode.id,
        gpu_seconds=granted.get("gpu", 0),
        core_seconds=granted.get("core", 0),
        at=at,
    )
    if mandate is None:
        raise NoMandate(
            _("You have no mandate for this decision: none, none today, or not for this amount."),
            rule="application:decide",
            next_step=_("Ask the office who holds it."),
        )
    return mandate


def require_distance(application: Application, by: User) -> None:
    require_free(by, application)
    if application.reviews.filter(reviewer=by, state="submitted").exists():
        raise DeciderReviewed(
            _("You reviewed this application, so somebody else decides on it."),
            next_step=_("Ask a colleague."),
        )


def _require_no_list(application: Application) -> None:
    """Where a call has a budget its applications are decided as one list, by the published rule."""
    if (
        application.state == "reviewed"
        and application.call.mode.selection
        and hasattr(application.call, "budget")
    ):
        raise DecidedAsOneList(
            _("Applications in this call are decided together, by the published rule."),
            rule="selection",
            next_step=_("Open the selection of the call."),
        )


def _require_grounds(application: Application, result: Outcome | None) -> None:
    """An award needs the way of its mode walked to the end, the line reached, and no assessment at stop."""
    reviewed = application.call.mode.reviewing is not None
    if application.state != ("reviewed" if reviewed else "eligible"):
        raise NotPossibleNow(
            _("This application is not ready for an award."),
            rule="application:award",
            next_step=_("It needs its reviews first.")
            if reviewed
            else _("It needs to be found eligible first."),
        )
    if result is not None and not result.passed:
        raise BelowTheLine(
            _("The score is %(total)s and the line is %(line)s, or a criterion is under its own minimum.")
            % {"total": shown(result.total), "line": shown(Fraction(result.threshold))},
            rule="application:threshold",
            next_step=_("Nothing can be awarded under the published rule."),
        )
    assessments.require_no_stop(application)


def _keep(
    application: Application,
    *,
    granted: Mapping[str, int],
    reasons: str,
    result: Outcome | None,
    mandate: Mandate,
    by: User,
    now: datetime,
    standing: Standing | None,
) -> Decision:
    timer = application.call.mode.clock
    until = objection_ends(now, timer.objection_weeks, timer.time_zone, timer.holidays)
    language = application.applicant.language
    permitted = Dataset.objects.filter(pk__in=application.datasets).order_by("pk")
    ground = letters.Ground(
        reference=application.reference,
        title=application.title,
        organisation=application.organisation.name,
        mode=application.call.mode,
        awarded=granted,
        requested=application.requested,
        verdicts=verdicts_kept(application),
        outcome=result,
        reasons=reasons,
        decided_by=by.name,
        capacity=mandate.holder_title,
        object_until=until,
        permits=[dataset.title_in(language) for dataset in permitted],
        purpose=PURPOSES[application.purpose].label(language) if application.purpose else "",
        standing=standing,
        conditions=[text.of(language) for text in conditions(application.pk)] if granted else [],
    )
    decision = Decision(
        application=application,
        decided_by=by,
        mandate=mandate,
        outcome=Decision.Outcome.AWARDED if granted else Decision.Outcome.REJECTED,
        awarded=dict(granted),
        permits=[dataset.pk for dataset in permitted] if granted else [],
        reasons=reasons,
        letter=letters.write(ground, language),
        decided_at=now,
        object_until=until,
    )
    return enter(
        decision, "decision:announce", by=by, data={"application": application.pk, "awarded": granted}
    )


def _open(application: Application, granted: Mapping[str, int], by: User, now: datetime) -> None:
    """Open the project, with a line for each resource, from now until the mode's months have passed."""
    call = application.call
    last = add_months(local_day(now, call), call.mode.duration(application.answers))
    ends_at = end_of_day(last, call.mode.clock.time_zone)
    leader = accountable(application)
    project = open_project(
        by=by,
        title=application.title,
        organisation=application.organisation,
        leader=leader,
        application=application.pk,
        purpose=application.purpose,
        ends_at=ends_at,
    )
    if leader.pk != application.applicant_id:
        add_member(project, application.applicant, by=DECISION)
    grant_lines(project, granted, by=by, starts_at=now, ends_at=ends_at)
    grant_award_aid(application, granted, by=by)
