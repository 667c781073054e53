"""Who asks for a change of the people whom an agreement names, who consents, and who may take one off the list."""

from typing import Any

from aifactory.datasets.models import Agreement
from aifactory.datasets.named_persons.models import PersonsChange
from aifactory.datasets.permissions import Permission
from aifactory.datasets.rules import agreements_visible_to, binds_the_user, can_view_agreement, manages
from aifactory.people.models import Role, User
from aifactory.people.rules import grant, visibility


def _agreement(thing: Any) -> Agreement:
    return thing.agreement if isinstance(thing, PersonsChange) else thing


def _binds(user: User, thing: Any) -> bool:
    return binds_the_user(user, _agreement(thing))


def _holds(user: User, thing: Any) -> bool:
    return manages(user, _agreement(thing))


visibility(
    PersonsChange,
    visible_to=lambda viewer: PersonsChange.objects.filter(agreement__in=agreements_visible_to(viewer)),
    can_view=lambda viewer, change: can_view_agreement(viewer, change.agreement),
)
grant(Permission.NAME, roles=None, when=_binds)
grant(Permission.REMOVE, roles=None, when=_binds)
grant(Permission.CONSENT, roles={Role.STEWARD}, when=_holds)
grant(Permission.REMOVE, roles={Role.STEWARD}, when=_holds)
