"""Giving a ticket to a notebook."""

import secrets
from datetime import timedelta

from django.conf import settings
from django.utils.translation import gettext as _

from aifactory.audit.actions import enter
from aifactory.kit import clock
from aifactory.kit.canonical import digest
from aifactory.kit.errors import NotAllowed, Refused
from aifactory.people.models import User
from aifactory.ports.notebook import ENTER, address
from aifactory.supercomputer.models import Job
from aifactory.supercomputer.notebooks import queries, standing, terms
from aifactory.supercomputer.notebooks.models import NotebookVisit
from aifactory.supercomputer.notebooks.permissions import Permission

TICKET = timedelta(seconds=60)


class NotebooksAreOff(Refused):
    """This factory, or this cluster, has no door for notebooks."""


def require_possible(engine: str) -> None:
    """Raise `NotebooksAreOff` where no proxy could reach a notebook: it would run, bill, and open for nobody."""
    if not settings.NOTEBOOK_ADDRESS:
        raise NotebooksAreOff(
            _("This factory has no notebooks."),
            rule="setting:AIFACTORY_NOTEBOOK_ADDRESS",
            next_step=_("Run your own script instead, or ask the operator."),
        )
    if engine in settings.AGENTS:
        raise NotebooksAreOff(
            _("Notebooks do not run on this cluster: its agent stands elsewhere."),
            rule="engine:beside",
            next_step=_("Choose another cluster, or run your own script."),
        )


def admit(job: Job, *, by: User, portal_session: str = "") -> tuple[NotebookVisit, str]:
    """Let a person into a running notebook; return the visit and the address that lets in once, within a minute.

    The address is a secret until it is used; it is never kept. Raises `NotAllowed`, `NotebookIsNotOpen`,
    `DataMayNotBeUsed`, `IsSuspended`.
    """
    if not by.may(Permission.OPEN, job):
        raise NotAllowed(_("Only who started a notebook opens it."), rule=Permission.OPEN)
    attempt = queries.open_attempt(job)
    standing.require(attempt, by)
    ticket = secrets.token_urlsafe(32)
    visit = NotebookVisit(
        attempt=attempt,
        person=by,
        copies=terms.copies_allowed(job),
        ticket_digest=digest(ticket.encode()),
        ticket_until=clock.now() + TICKET,
        portal_session=portal_session,
    )
    enter(visit, "notebook:admit", by=by, data={"job": job.pk, "attempt": attempt.pk})
    return visit, f"{address(settings.NOTEBOOK_ADDRESS, attempt.name, ENTER)}?ticket={ticket}"
