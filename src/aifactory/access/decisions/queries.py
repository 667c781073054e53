"""Reads of decisions, and of what is ready for one."""

from typing import Any

from django.utils.translation import gettext as _

from aifactory.access.applications.models import Application
from aifactory.access.calls.clocks import local_day
from aifactory.access.decisions.models import Decision
from aifactory.access.decisions.pdf import pdf
from aifactory.access.permissions import Permission
from aifactory.kit.errors import NotFound
from aifactory.people.models import User
from aifactory.people.queries import mandate_for
from aifactory.people.rules import visible


def decision(application: Application, viewer: Any) -> Decision:
    """Return the decision on an application. Raises `NotFound` where there is none that the viewer sees."""
    found = visible(Decision, viewer).filter(application=application).first()
    if found is None:
        raise NotFound(
            _("There is no letter yet."), next_step=_("The page of the application says whose turn it is.")
        )
    return found


def letter_pdf(application: Application, viewer: Any, *, factory: str) -> bytes:
    """Return the letter as PDF/UA-1. Raises `NotFound` where there is none that the viewer sees."""
    found = decision(application, viewer)
    return pdf(found.letter, factory=factory, sent_on=local_day(found.decided_at, application.call))


def ready_to_decide(application: Application) -> bool:
    """Say whether the way of the mode is walked to where somebody decides."""
    ready = (
        ("eligible", "ineligible") if application.call.mode.first_in_first_out else ("reviewed", "ineligible")
    )
    return application.state in ready


def may_decide(user: User, application: Application) -> bool:
    """Say whether the person holds a mandate for some decision on this application today."""
    return user.may(Permission.DECIDE, application) and bool(
        mandate_for(user, Permission.DECIDE, scope=application.call.mode.id)
    )
