"""Who objects, who handles objections, and who sees them."""

from typing import Any

from aifactory.access.applications.models import Application
from aifactory.access.applications.rules import seen_with_its_application
from aifactory.access.conflicts.rules import keep_back_with_application
from aifactory.access.objections.models import Objection
from aifactory.access.permissions import Permission
from aifactory.people.models import Role, User
from aifactory.people.rules import grant


def _own(user: User, thing: Any) -> bool:
    application = thing if isinstance(thing, Application) else thing.application
    return application.organisation_id in user.organisation_ids


seen_with_its_application(Objection)
keep_back_with_application(Objection)
grant(Permission.OBJECT, roles=None, when=_own)
grant(Permission.HANDLE_OBJECTION, roles={Role.OFFICE, Role.PANEL}, when=lambda user, o: not _own(user, o))
grant(Permission.RULE_OBJECTION, roles={Role.OFFICE, Role.PANEL}, when=lambda user, o: not _own(user, o))
