"""From records to the plain facts that the search for conflicts works on, and what it finds."""

from collections.abc import Iterable

from aifactory.access.applications.lifecycle import BEFORE_THE_FACTORY
from aifactory.access.applications.models import Application
from aifactory.access.calls.clocks import local_day
from aifactory.access.conflicts.detection import Affiliation, File, Kind, Person, conflicts
from aifactory.kit import clock
from aifactory.people.models import User


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
