"""Who sees verdicts, technical checks and the gate of the law, and who works on them."""

from django.db.models import Q

from aifactory.access.applications.rules import seen_with_its_application
from aifactory.access.conflicts.rules import is_in_conflict, keep_back_with_application, seen_by_judges
from aifactory.access.permissions import Permission
from aifactory.access.screening.models import Eligibility, LawGate, TechnicalCheck
from aifactory.people.models import Role, User
from aifactory.people.rules import grant

seen_with_its_application(Eligibility)
grant(
    Permission.JUDGE,
    roles={Role.OFFICE},
    when=lambda user, application: not is_in_conflict(user, application),
)

for _part in (TechnicalCheck, LawGate):
    keep_back_with_application(_part)
seen_by_judges(
    TechnicalCheck,
    "application",
    also=lambda viewer: Q(assessor=viewer),
    also_one=lambda viewer, check: check.assessor_id == viewer.pk,
)
seen_by_judges(
    LawGate, "application", also=lambda _viewer: Q(pk__in=[]), also_one=lambda _viewer, _gate: False
)


def _free(user: User, part: TechnicalCheck | LawGate) -> bool:
    return not is_in_conflict(user, part.application)


grant(Permission.ASK_TECHNICAL, roles={Role.OFFICE}, when=_free)
grant(
    Permission.CHECK_TECHNICAL,
    roles={Role.OFFICE, Role.OPERATOR},
    when=lambda user, check: check.assessor_id == user.pk and _free(user, check),
)
grant(Permission.WEIGH_LAW, roles={Role.OFFICE}, when=_free)
