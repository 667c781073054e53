"""The door of every notebook: takes a ticket once, and says again and again who may stay."""

import secrets
from pathlib import Path

from django.db import close_old_connections, models
from django.utils import translation
from django.utils.translation import gettext as _

from aifactory.audit.actions import ChangedMeanwhile, NotPossibleNow, fire
from aifactory.kit import clock
from aifactory.kit.canonical import digest
from aifactory.kit.errors import Refused
from aifactory.ports.engine import Engine
from aifactory.ports.notebook import Visit, host_name
from aifactory.supercomputer.notebooks import standing
from aifactory.supercomputer.notebooks.models import NotebookVisit
from aifactory.supercomputer.notebooks.rules import DOORKEEPER
from aifactory.supercomputer.notebooks.standing import NotebookIsNotOpen


class TicketIsNotGood(Refused):
    """Nobody gave this ticket for this notebook, or it was used, or it is too old: who asks is not told which."""


class PortalDoor:
    """Implements `ports.notebook.Door` on the database; safe to ask from several threads."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def enter(self, ticket: str, name: str) -> str:
        """Take a ticket for the notebook with this host name; return the secret of the session that begins.

        Raises `TicketIsNotGood`, and what `standing` raises.
        """
        visit = _rows().filter(ticket_digest=digest(ticket.encode())).first()
        if visit is None or visit.state != "issued" or visit.ticket_until <= clock.now():
            raise _no_ticket()
        self._stands(visit, name)
        secret = secrets.token_urlsafe(32)
        try:
            fire(
                visit, "enter", by=DOORKEEPER, session_digest=digest(secret.encode()), entered_at=clock.now()
            )
        except (ChangedMeanwhile, NotPossibleNow):
            raise _no_ticket() from None
        return secret

    def visit(self, secret: str, name: str) -> Visit:
        """Return whose session this is while all of it holds. Raises what `enter` raises."""
        visit = _rows().filter(session_digest=digest(secret.encode()), state="entered").first()
        if visit is None:
            raise _no_ticket()
        return Visit(visit.pk, self._stands(visit, name), visit.copies)

    def _stands(self, visit: NotebookVisit, name: str) -> Path:
        """Return where the notebook listens, if this visit holds."""
        attempt, person = visit.attempt, visit.person
        if host_name(attempt.name) != name:
            raise _no_ticket()
        with translation.override(person.language):
            standing.require(attempt, person)
            standing.require_signed_in(visit.portal_session)
            folder = self.engine.reach(attempt.name) if attempt.engine == self.engine.name else None
            if folder is None:
                raise NotebookIsNotOpen(
                    _("This notebook runs where nobody can reach it."), rule="engine:reach"
                )
        return folder


class LastingDoor(PortalDoor):
    """The same in a process that lives long: a connection that the database has closed is made anew."""

    def enter(self, ticket: str, name: str) -> str:
        """Take a ticket."""
        close_old_connections()
        return super().enter(ticket, name)

    def visit(self, secret: str, name: str) -> Visit:
        """Return whose session this is."""
        close_old_connections()
        return super().visit(secret, name)


def _rows() -> models.QuerySet[NotebookVisit]:
    return NotebookVisit.objects.select_related("attempt__job__project", "person")


def _no_ticket() -> TicketIsNotGood:
    told = _("This ticket is not good, or no longer.")
    return TicketIsNotGood(
        told, rule="notebook:ticket", next_step=_("Open the notebook from the page of its job.")
    )
