"""Reads of supervision: whether one is needed, whether it stands, and who is accountable."""

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from aifactory.access.applications.models import Application
from aifactory.access.supervision.models import Supervision
from aifactory.kit.canonical import digest
from aifactory.kit.errors import Refused
from aifactory.people.models import Membership, User
from aifactory.people.rules import visible


class SupervisorMissing(Refused):
    """A student cannot hand in an application alone."""


def is_student(user: User, application: Application) -> bool:
    """Say whether the person belongs to the organisation that applies as a student."""
    return Membership.objects.filter(
        user=user, organisation=application.organisation_id, student=True, until=None
    ).exists()


def supervision(application: Application) -> Supervision | None:
    """Return the supervision that counts for an application, or None."""
    rows = Supervision.objects.filter(application=application).exclude(state="replaced")
    return rows.select_related("supervisor").first()


def written(application: Application) -> str:
    """Return the digest of what stands in the application: what a supervisor confirms, and no other text."""
    files = application.attachments.filter(replaced_at=None).order_by("slot").values_list("slot", "digest")
    named = ("title", "answers", "requested", "datasets", "purpose")
    return digest({name: getattr(application, name) for name in named} | {"attachments": dict(files)})


def stands(found: Supervision | None, application: Application) -> bool:
    """Say whether the supervisor confirmed the application as it is now."""
    return found is not None and found.state == "confirmed" and found.read_digest == written(application)


def require_supervisor(application: Application, *, by: Any) -> None:
    """Raise `SupervisorMissing` where a student applies, or hands in, without a confirmed supervisor."""
    people = {one.pk: one for one in (application.applicant, by) if isinstance(one, User)}
    if not any(is_student(one, application) for one in people.values()):
        return
    if not stands(supervision(application), application):
        raise SupervisorMissing(
            _("A student applies with a supervisor, who has not confirmed this application as it is now."),
            rule="supervision:confirm",
            next_step=_("Name a supervisor in the task list, and ask them to confirm."),
        )


def accountable(application: Application) -> User:
    """Return who is accountable for the work: the supervisor of a student, else the applicant."""
    found = supervision(application)
    return found.supervisor if found and found.state == "confirmed" else application.applicant


def to_supervise(user: User) -> QuerySet[Supervision]:
    """Return the supervisions that a person was asked for, the newest first."""
    rows = visible(Supervision, user).filter(supervisor=user).exclude(state="replaced")
    return rows.select_related(
        "application__call", "application__organisation", "application__applicant"
    ).order_by("-pk")
