"""A rejected application, people with and without a part in it, and objections to it."""

from datetime import timedelta
from pathlib import Path

from aifactory.access.models import Application, Objection
from aifactory.access.objections import actions
from aifactory.access.objections.ruling import rule
from aifactory.access.permissions import Permission
from aifactory.kit import clock
from aifactory.people.actions import give_mandate
from aifactory.people.actors import INSTALLER
from aifactory.people.models import Role, User
from tests.access import factories
from tests.access.factories import AFTER, DURING
from tests.people.factories import organisation, person


def rejected(folder: Path, **wishes: object) -> Application:
    """Reject an application for want of room, at AFTER; the term to object ends on 13 April 2027."""
    from aifactory.access.actions import decide

    with clock.frozen(DURING):
        made = factories.reviewed(factories.call(), folder, **wishes)
    with clock.frozen(AFTER):
        decide(made, awarded={}, reasons="No room this time.", by=factories.decider())
    made.refresh_from_db()
    return made


def mandated(subject: str = Permission.RULE_OBJECTION, *, name: str = "Independent Ida") -> User:
    """Register somebody of the office with a mandate, who had no part in anything."""
    user = person(Role.OFFICE, organisation=organisation(name=f"Office of {name}"), name=name)
    give_mandate(user, subject=subject, holder_title="Chair of objections", by=INSTALLER, valid_from=DURING)
    return user


def objection(application: Application, *, at: timedelta = timedelta(days=7), **wishes: object) -> Objection:
    """Object a week after the decision."""
    given = {"grounds": "The second criterion was read wrongly.", "wants_hearing": True} | wishes
    with clock.frozen(AFTER + at):
        return actions.object_to(application.decision, by=application.applicant, **given)


def heard(made: Objection, handler: User) -> Objection:
    """Take an objection in hand and hear the objector."""
    actions.take(made, by=handler)
    actions.plan_hearing(made, at=clock.now() + timedelta(days=3), place="Room 1", by=handler)
    return actions.hear(made, report="The objector explained the second criterion.", by=handler)


def granted(made: Objection, handler: User, **awarded: int) -> Objection:
    """Find an objection well founded, and award amounts."""
    return rule(
        heard(made, handler), by=handler, outcome="founded", reasons="It was read wrongly.", awarded=awarded
    )
