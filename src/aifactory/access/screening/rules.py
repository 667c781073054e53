"""Who sees verdicts, and who judges."""

from aifactory.access.applications.rules import seen_with_its_application
from aifactory.access.conflicts.rules import keep_back_with_application
from aifactory.access.permissions import Permission
from aifactory.access.screening.models import Eligibility
from aifactory.people.models import Role
from aifactory.people.rules import grant

seen_with_its_application(Eligibility)
keep_back_with_application(Eligibility)
grant(Permission.JUDGE, roles={Role.OFFICE})
