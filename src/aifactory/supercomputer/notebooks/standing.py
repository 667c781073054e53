"""Whether a person may be in a notebook now. Asked for a ticket, at the door, and again and again inside."""

from django.contrib.sessions.models import Session
from django.utils.translation import gettext as _

from aifactory.datasets.queries import agreements_ended
from aifactory.kit import clock
from aifactory.kit.errors import NotAllowed, Refused
from aifactory.people.models import User
from aifactory.people.terms import standing
from aifactory.supercomputer.models import Attempt
from aifactory.supercomputer.notebooks.permissions import Permission
from aifactory.supercomputer.notebooks.terms import refuse_unseen
from aifactory.supercomputer.secure import walls


class NotebookIsNotOpen(Refused):
    """It does not run: not yet, or no longer."""


class SignedOut(Refused):
    """The sign-in that asked for the ticket has ended."""


class DataMayNotBeUsed(Refused):
    """An agreement ended while the notebook runs."""


def require(attempt: Attempt, person: User) -> None:
    """Let a person be in a notebook that runs, under agreements that hold.

    Raises `NotAllowed`, `NotebookIsNotOpen`, `DataMayNotBeUsed`, `OnlyNamedPersons`, `NobodyMaySeeTheData`,
    `IsSuspended`.
    """
    job = attempt.job
    if not person.is_active or not person.may(Permission.OPEN, job):
        raise NotAllowed(
            _("Only who started a notebook opens it, while working on the project."), rule=Permission.OPEN
        )
    if (attempt.state, job.state, attempt.stop_reason) != ("running", "running", ""):
        raise NotebookIsNotOpen(
            _("This notebook is not open."),
            rule="notebook:running",
            next_step=_("The page of its job says where it stands."),
        )
    if ended := agreements_ended(job.agreements):
        told = _("The data agreement %(agreement)s ended: %(why)s") % ended[0]
        raise DataMayNotBeUsed(told, rule="agreement:in_force")
    walls.require_named(job, person)
    refuse_unseen(job)
    project = job.project
    organisation = f"people.organisation:{project.organisation_id}"
    standing.require_not_suspended([project.thing, organisation, person.thing])


def require_signed_in(portal_session: str) -> None:
    """Raise `SignedOut` where a visit began with a sign-in that has ended since; a token's visit has none."""
    held = Session.objects.filter(session_key=portal_session, expire_date__gt=clock.now())
    if portal_session and not held.exists():
        raise SignedOut(
            _("You signed out of the factory."),
            rule="session:in_force",
            next_step=_("Sign in, and open the notebook from the page of its job."),
        )
