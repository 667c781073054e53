"""Asking for advice, and giving it."""

from django.db import transaction
from django.utils.translation import gettext as _

from aifactory.audit.actions import enter, fire
from aifactory.awards import actions as awards
from aifactory.awards.models import Project
from aifactory.expertise.models import Case, Entry
from aifactory.expertise.permissions import Permission
from aifactory.kit import clock
from aifactory.kit.errors import FieldError, Invalid, NotAllowed, Refused
from aifactory.kit.units import Resource
from aifactory.people.models import User
from aifactory.ports.identity import Actor

LONGEST_ENTRY = 24 * 3600


class NoAdviceAwarded(Refused):
    """The project has no adviser hours today."""


class CaseIsNotOpen(Refused):
    """Hours are booked on an open case only."""


def ask(project: Project, *, by: User, service: str, title: str, question: str) -> Case:
    """Ask the expertise centre something for a project. Raises `Invalid`, `NotAllowed`."""
    errors = [
        FieldError(field, _("Please fill this in."), "required")
        for field, text in (("title", title), ("question", question))
        if not text.strip()
    ]
    if service not in Case.Service.values:
        errors.append(FieldError("service", _("Choose one of the list."), "closed list"))
    if errors:
        raise Invalid(errors)
    if not by.may(Permission.ASK, project):
        raise NotAllowed(_("Only people of the project ask for its advice."), rule=Permission.ASK)
    case = Case(project=project, asked_by=by, service=service, title=title.strip(), question=question.strip())
    return enter(case, "case:ask", by=by)


def take(case: Case, *, by: User) -> Case:
    """Become the adviser of a case that nobody has yet."""
    return fire(case, "take", by=by, adviser=by)


def hand_over(case: Case, *, to: User, by: User) -> Case:
    """Give an open case to a colleague, who finds everything in it."""
    if not to.may(Permission.WORK):
        raise Invalid([FieldError("to", _("This person is not an adviser."), "role adviser")])
    return fire(case, "hand_over", by=by, adviser=to)


def write(case: Case, *, by: User, text: str, seconds: int = 0) -> Entry:
    """Write down what was done; its time is drawn from the project's adviser hours.

    Raises `CaseIsNotOpen`, `Invalid`, `NoAdviceAwarded`, `BudgetExceeded`, `AwardExpired`.
    """
    if case.state != "open":
        raise CaseIsNotOpen(
            _("Hours are booked on an open case."), next_step=_("Take or reopen the case first.")
        )
    if not text.strip():
        raise Invalid([FieldError("text", _("Say what was done."), "required")])
    if not 0 <= seconds <= LONGEST_ENTRY:
        raise Invalid([FieldError("seconds", _("One entry is at most 24 hours."), "0 ≤ time ≤ 24 h")])
    with transaction.atomic():
        entry = Entry(case=case, writer=by, text=text.strip(), seconds=seconds)
        enter(entry, "case:write", by=by, permission=Permission.WORK, data={"seconds": seconds})
        if seconds:
            _book(case, entry, entry.pk, by)
    return entry


def _book(case: Case, entry: Entry, key: str, by: User) -> None:
    now = clock.now()
    line = case.project.lines.filter(resource=Resource.ADVICE, starts_at__lte=now, ends_at__gt=now).first()
    if line is None:
        raise NoAdviceAwarded(
            _("This project has no adviser hours today."),
            next_step=_("Write the entry without time, or ask the office."),
        )
    awards.reserve(line, entry.seconds, key=f"advice:{key}", by=by)
    awards.draw(f"advice:{key}", entry.seconds, by=by)


def reply(case: Case, *, by: User, text: str) -> Entry:
    """Add something to a case as a person of its project. Raises `Invalid`, `CaseIsNotOpen`, `NotAllowed`."""
    if not by.may(Permission.ASK, case.project):
        raise NotAllowed(_("Only people of the project answer here."), rule=Permission.ASK)
    if case.state == "closed":
        raise CaseIsNotOpen(_("This case is closed."), next_step=_("Ask a new question."))
    if not text.strip():
        raise Invalid([FieldError("text", _("Please fill this in."), "required")])
    return enter(Entry(case=case, writer=by, text=text.strip()), "case:reply", by=by)


def reopen(case: Case, *, by: Actor) -> Case:
    """Open a closed case again; an open one stays open."""
    return case if case.state == "open" else fire(case, "reopen", by=by)


def close(case: Case, *, by: User) -> Case:
    """Close a case; a closed one stays closed."""
    return case if case.state == "closed" else fire(case, "close", by=by)
