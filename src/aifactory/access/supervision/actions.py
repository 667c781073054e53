"""Naming a supervisor, confirming, declining."""

from django.db import transaction
from django.utils.translation import gettext as _

from aifactory.access.applications.actions import draft
from aifactory.access.applications.models import Application
from aifactory.access.permissions import Permission
from aifactory.access.supervision.models import Supervision
from aifactory.access.supervision.queries import stands, supervision, written
from aifactory.audit.actions import enter, fire
from aifactory.kit.errors import FieldError, Invalid
from aifactory.people.models import Membership, User
from aifactory.ports.identity import Actor


def ask_supervisor(application: Application, email: str, *, by: Actor) -> Supervision:
    """Ask a member of staff of the same organisation, by e-mail address, to supervise the work.

    Naming the same person again asks again after a change; naming another replaces the first.
    Raises `Invalid`, `AlreadySubmitted`, `NotAllowed`.
    """
    with transaction.atomic():
        locked = draft(application)
        person = _member_of_staff(locked, email)
        held = supervision(locked)
        if held and held.supervisor_id == person.pk:
            if held.state == "asked" or stands(held, locked):
                return held
            return fire(held, "ask_again", by=by, read_digest="", reason="")
        if held:
            fire(held, "replace", by=by)
        fresh = Supervision(application=locked, supervisor=person)
        data = {"supervisor": person.pk}
        return enter(fresh, "supervision:ask", by=by, permission=Permission.ASK_SUPERVISOR, data=data)


def _member_of_staff(application: Application, email: str) -> User:
    found = (
        Membership.objects.filter(
            user__email__iexact=email.strip(),
            user__is_active=True,
            organisation=application.organisation_id,
            until=None,
            student=False,
        )
        .select_related("user")
        .first()
    )
    if found is None or found.user_id == application.applicant_id:
        message = _("Name a colleague with an account who works at your organisation and is no student.")
        raise Invalid([FieldError("email", message, "supervisor")])
    return found.user


def confirm_supervision(asked: Supervision, *, by: Actor) -> Supervision:
    """Confirm the application as it is now, and become accountable for the work. Raises `AlreadySubmitted`."""
    with transaction.atomic():
        locked = draft(asked.application)
        return fire(asked, "confirm", by=by, read_digest=written(locked))


def decline_supervision(asked: Supervision, *, reason: str, by: Actor) -> Supervision:
    """Say no, with the reason that the student reads. Raises `Invalid`, `NotAllowed`."""
    if not reason.strip() or len(reason) > 1000:
        raise Invalid([FieldError("reason", _("Give the reason, in at most 1,000 characters."), "required")])
    return fire(asked, "decline", by=by, reason=reason.strip())
