"""Holding a lane to its order, and leaving it with a reason on record."""

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from aifactory.access.applications.models import Application
from aifactory.access.lanes.models import OutOfTurn
from aifactory.access.lanes.queries import ahead_of
from aifactory.access.permissions import Permission
from aifactory.access.words import words_of
from aifactory.audit.actions import enter
from aifactory.kit.errors import NotAllowed, Refused
from aifactory.people.models import User
from aifactory.people.queries import mandate_for


class EarlierOneWaits(Refused):
    """First in, first out: an earlier application in the call is not decided yet."""


class NobodyIsAhead(Refused):
    """It is this application's turn: leave is not needed."""


def require_turn(application: Application) -> None:
    """Raise `EarlierOneWaits` unless it is the turn of this application, or leave was given with a reason.

    The refusal names nobody: whoever decides may be in conflict with those who wait.
    """
    if OutOfTurn.objects.filter(application=application).exists():
        return
    if ahead := ahead_of(application):
        raise EarlierOneWaits(
            ngettext(
                "%(num)s application came earlier and is not decided yet.",
                "%(num)s applications came earlier and are not decided yet.",
                ahead,
            )
            % {"num": ahead},
            rule="first-in-first-out",
            next_step=_("Decide on what came earlier first, or put the reason for another order on record."),
        )


def allow_out_of_turn(application: Application, *, reason: str, by: User) -> OutOfTurn:
    """Put on record why an application is decided before earlier ones; the same again changes nothing.

    Raises `NotAllowed`, `NobodyIsAhead`, `Invalid` without a reason.
    """
    if not by.may(Permission.DECIDE, application):
        raise NotAllowed(_("You may not do this."), rule=Permission.DECIDE)
    mandate = mandate_for(by, Permission.DECIDE, scope=application.call.mode.id)
    if mandate is None:
        raise NotAllowed(
            _("You have no mandate to decide under this mode."),
            rule=Permission.DECIDE,
            next_step=_("Ask the office who holds it."),
        )
    why = words_of(reason, "reason", 2000, _("Say why this one goes first."))
    with transaction.atomic():
        Application.objects.select_for_update(of=("self",)).get(pk=application.pk)
        if given := OutOfTurn.objects.filter(application=application).first():
            return given
        if not (ahead := ahead_of(application)):
            raise NobodyIsAhead(_("Nobody is ahead of this application: it can be decided now."))
        leave = OutOfTurn(application=application, ahead=ahead, reason=why, allowed_by=by, mandate=mandate)
        return enter(leave, "lane:leave", by=by, data={"ahead": ahead, "mandate": mandate.pk})
