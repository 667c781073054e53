"""From records to the plain facts that the rules, the clock and the search for conflicts work on."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from aifactory.access.conflicts import Affiliation, File, Kind, Person, conflicts
from aifactory.access.deadlines import add_months, decision_due
from aifactory.access.eligibility import Verdict, judge
from aifactory.access.facts import facts_of
from aifactory.access.lifecycle import BEFORE_THE_FACTORY
from aifactory.access.models import Application, Call
from aifactory.kit import clock
from aifactory.people.models import Organisation, User

ORGANISATION_FACTS = (
    "name",
    "country",
    "kind",
    "registration_number",
    "region",
    "sector",
    "staff",
    "turnover_eur",
    "balance_eur",
)


def organisation_facts(organisation: Organisation) -> dict[str, Any]:
    """Return what an application keeps of its organisation, as it is now."""
    return {name: getattr(organisation, name) for name in ORGANISATION_FACTS}


def due(call: Call, submitted_at: datetime) -> datetime:
    """Return by when an application submitted at that moment must be decided."""
    timer = call.mode.clock
    start = call.cut_off_at if timer.counted_from == "cut_off" and call.cut_off_at else submitted_at
    return decision_due(start, timer.working_days, timer.time_zone, timer.holidays)


def award_ends_on(application: Application) -> date:
    """Return the day on which an award would end, if it began on the day the decision is due."""
    call = application.call
    starts = application.due_at or due(call, clock.now())
    return add_months(local_day(starts, call), call.mode.months)


def local_day(moment: datetime, call: Call) -> date:
    """Return the day of a moment in the time zone of the call's mode."""
    return moment.astimezone(ZoneInfo(call.mode.clock.time_zone)).date()


def verdicts(application: Application) -> list[Verdict]:
    """Hold the rules to an application: to the facts it was submitted with, or to today's for a draft."""
    organisation = application.organisation_facts or organisation_facts(application.organisation)
    ends_on = award_ends_on(application)
    facts = facts_of(organisation, application.answers, application.requested, ends_on)
    return judge(application.call.mode.rules, facts)


def person(user: User) -> Person:
    """Return what the conflict rules look at in a person. Reads memberships and declarations."""
    places = tuple(
        Affiliation(m.organisation_id, m.until.date() if m.until else None) for m in user.memberships.all()
    )
    declared = frozenset(c.application_id for c in user.conflicts.all())
    return Person(user.pk, user.name, places, declared)


def file(application: Application) -> File:
    """Return what the conflict rules look at in an application and its competitors in the call."""
    rivals = application.call.applications.filter(state__in=BEFORE_THE_FACTORY).exclude(pk=application.pk)
    pairs = list(rivals.values_list("applicant_id", "organisation_id"))
    return File(
        application.pk,
        application.organisation_id,
        application.applicant_id,
        application.call.mode.people_named(application.answers),
        frozenset(applicant for applicant, _ in pairs),
        frozenset(organisation for _, organisation in pairs),
    )


def close_to(users: Iterable[User], application: Application) -> dict[str, list[Kind]]:
    """Return why each person stands too close to the application, by user id; an empty list means free."""
    reviewing = application.call.mode.reviewing
    months = reviewing.look_back_months if reviewing else 24
    this, today = file(application), local_day(clock.now(), application.call)
    return {user.pk: conflicts(person(user), this, on=today, look_back_months=months) for user in users}
