"""Who sees a decision, and who may take one: with a mandate, which the action asks for."""

from aifactory.access.applications.rules import seen_with_its_application
from aifactory.access.decisions.models import Decision
from aifactory.access.permissions import Permission
from aifactory.people.models import Role
from aifactory.people.rules import grant

seen_with_its_application(Decision)
grant(Permission.DECIDE, roles={Role.OFFICE, Role.PANEL})
