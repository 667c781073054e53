"""Accounts for the crowd: registered by the installer, so that the call itself is what takes the time."""

from dataclasses import dataclass, field

from django.contrib.auth.hashers import make_password

from aifactory.demo.call.crowd import Crowd, Someone
from aifactory.people import actions
from aifactory.people.actors import INSTALLER
from aifactory.people.models import Organisation, Role, User
from aifactory.people.terms import queries as terms
from aifactory.people.terms.actions import accept


@dataclass
class Registered:
    """The crowd with its accounts."""

    firms: dict[str, Organisation] = field(default_factory=dict)
    people: dict[str, User] = field(default_factory=dict)


def register(crowd: Crowd, password: str) -> Registered:
    """Register everybody of the crowd. All share one password, hashed once: it is the slow part."""
    found, hashed = Registered(), make_password(password)
    for firm in crowd.firms:
        found.firms[firm.key] = actions.register_organisation(by=INSTALLER, **firm.facts)
    for plan in crowd.plans:
        user = _person(found, plan.applicant, hashed)
        for text in terms.in_force():
            accept(found.firms[plan.applicant.firm], text.id, by=user, digest=text.digest)
    for reviewer in crowd.reviewers:
        actions.grant_role(_person(found, reviewer, hashed), Role.REVIEWER, by=INSTALLER)
    return found


def _person(found: Registered, someone: Someone, hashed: str) -> User:
    user = actions.register_person(
        email=someone.email, name=someone.name, language=someone.language, by=INSTALLER
    )
    User.objects.filter(pk=user.pk).update(password=hashed)  # no part of the record, so no event
    actions.join(user, found.firms[someone.firm], by=INSTALLER, representative=True)
    user.refresh_from_db()
    found.people[someone.email] = user
    return user
