"""Who asks a supervisor, who answers, and who sees it."""

from aifactory.access.applications.rules import seen_with_its_application
from aifactory.access.conflicts.rules import keep_back_with_application
from aifactory.access.permissions import Permission
from aifactory.access.supervision.models import Supervision
from aifactory.people.models import User
from aifactory.people.rules import grant


def _applies(user: User, supervision: Supervision) -> bool:
    application = supervision.application
    return application.organisation_id in user.organisation_ids and application.state == "draft"


seen_with_its_application(Supervision)
keep_back_with_application(Supervision)
grant(Permission.ASK_SUPERVISOR, roles=None, when=_applies)
grant(
    Permission.SUPERVISE,
    roles=None,
    when=lambda user, supervision: _applies(user, supervision) and supervision.supervisor_id == user.pk,
)
