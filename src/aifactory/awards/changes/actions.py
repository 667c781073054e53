"""Letting an award run longer, making it smaller, closing a project. Each is one transaction, and told to its people.

More than was granted never comes from here: that is a decision on an application, on an objection, or of the pool.
What the cluster allows follows by itself, from what the award says.
"""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from aifactory.audit.actions import NotPossibleNow, enter, fire
from aifactory.awards.actions import extend_line
from aifactory.awards.changes.models import AwardChange
from aifactory.awards.models import AwardLine, Project
from aifactory.awards.permissions import Permission
from aifactory.kit import clock
from aifactory.kit.errors import FieldError, Invalid
from aifactory.kit.units import human
from aifactory.people.language import spoken
from aifactory.people.mandates.queries import ground
from aifactory.people.models import User
from aifactory.people.rules import require
from aifactory.ports.identity import Actor

LONG = 4000


def extend(line: AwardLine, ends_at: datetime, *, reasons: str, by: User) -> AwardChange:
    """Let an award run until a later moment, and its project with it; the amount stays.

    Raises `NoMandate`, `NotAllowed`, `NotPossibleNow` for a closed project, and `Invalid`.
    """
    mandate = ground(by, Permission.CHANGE)
    require(by, Permission.CHANGE, line)
    errors = _reasons(reasons)
    if ends_at <= max(line.ends_at, clock.now()):
        told = _("Choose a moment after %(end)s (UTC).") % {"end": f"{line.ends_at:%Y-%m-%d %H:%M}"}
        errors.append(FieldError("ends_at", told, "later"))
    if errors:
        raise Invalid(errors)
    _require_open(line.project)
    with transaction.atomic():
        before = line.ends_at
        longer = extend_line(line, ends_at, by=by)
        change = AwardChange(
            line=longer, kind=AwardChange.Kind.LONGER, before=clock.stamp(before), after=clock.stamp(ends_at),
            reasons=reasons.strip(), mandate=mandate,
        )  # fmt: skip
        return enter(change, "award:change", by=by, permission=Permission.CHANGE, data={"line": line.pk})


def reduce(line: AwardLine, amount: int, *, reasons: str, by: User) -> AwardChange:
    """Make an award smaller: `amount` base units are left of it in all, never less than is used and set aside.

    Raises `NoMandate`, `NotAllowed`, `Invalid`.
    """
    mandate = ground(by, Permission.CHANGE)
    require(by, Permission.CHANGE, line)
    with transaction.atomic():
        kept = AwardLine.objects.select_for_update(of=("self",)).select_related("project").get(pk=line.pk)
        errors, used = _reasons(reasons), kept.held + kept.drawn
        if not used <= amount < kept.amount:
            told = _("Choose less than %(now)s, and at least %(used)s: that much is used or set aside.")
            figures = {
                "now": human(kept.resource, kept.amount, spoken()),
                "used": human(kept.resource, used, spoken()),
            }
            errors.append(FieldError("amount", told % figures, "used ≤ amount < granted"))
        if errors:
            raise Invalid(errors)
        change = AwardChange(
            line=kept, kind=AwardChange.Kind.LESS, before=str(kept.amount), after=str(amount),
            reasons=reasons.strip(), mandate=mandate,
        )  # fmt: skip
        data = {"amount": amount - kept.amount}
        kept.amount = amount
        enter(kept, "award:reduce", by=by, permission=Permission.CHANGE, data=data, fields=["amount"])
        return enter(change, "award:change", by=by, permission=Permission.CHANGE, data={"line": line.pk})


def close(project: Project, *, by: Actor) -> Project:
    """Close a project: it starts nothing any more, here or on a cluster. What it has stays until its retention ends.

    Raises `NotPossibleNow` while something is set aside for its jobs.
    """
    if project.state == "closed":
        return project
    if by.may(Permission.MANAGE, project) and project.lines.filter(held__gt=0).exists():
        raise NotPossibleNow(
            _("Some time of this project is set aside for work that has not ended."),
            rule="project:nothing held",
            next_step=_("Stop its jobs, or wait until they end."),
        )
    return fire(project, "close", by=by)


def _require_open(project: Project) -> None:
    if project.state == "closed":
        raise NotPossibleNow(_("This project is closed."), rule="project:open")


def _reasons(text: str) -> list[FieldError]:
    if not text.strip():
        return [FieldError("reasons", _("Say why: who is concerned can read it."), "required")]
    if len(text) > LONG:
        return [FieldError("reasons", _("Use at most %s characters.") % LONG, "length")]
    return []
