"""Opening projects, granting lines, and the three moves of a budget: reserve, draw, release.

Each budget move is idempotent by its key, and race-free: the counters move in one conditional UPDATE that the
database checks again with a constraint.
"""

from collections.abc import Mapping
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils.translation import gettext as _

from aifactory.audit.actions import enter
from aifactory.awards.models import AwardLine, Hold, Project, ProjectMember
from aifactory.awards.permissions import Permission
from aifactory.kit import clock
from aifactory.kit.errors import NotAllowed, Refused
from aifactory.kit.units import human
from aifactory.people.language import spoken
from aifactory.people.models import Organisation, User
from aifactory.ports.identity import Actor


class BudgetExceeded(Refused):
    """More was asked than is left of the award."""


class AwardExpired(Refused):
    """The award has not begun or has ended."""


class LeaderStays(Refused):
    """A project always has its leader in it."""


def open_project(
    *,
    by: Actor,
    title: str,
    organisation: Organisation,
    leader: User,
    application: str,
    purpose: str,
    ends_at: datetime,
) -> Project:
    """Open the project of a granted application; the leader is its first member. Once per application."""
    known = Project.objects.filter(application=application).first() if application else None
    if known:
        return known
    with transaction.atomic():
        project = enter(
            Project(
                title=title,
                organisation=organisation,
                leader=leader,
                application=application,
                purpose=purpose,
                ends_at=ends_at,
            ),
            "project:open",
            by=by,
            permission=Permission.OPEN,
        )
        enter(ProjectMember(project=project, user=leader), "project:add_member", by=by)
    return project


def add_member(project: Project, user: User, *, by: Actor) -> ProjectMember:
    """Let a person work on the project; once is enough."""
    known = project.members.filter(user=user, until=None).first()
    return known or enter(
        ProjectMember(project=project, user=user), "project:add_member", by=by, permission=Permission.MANAGE
    )


def remove_member(member: ProjectMember, *, by: Actor) -> ProjectMember:
    """Let a person work on the project no more; the record stays. Raises `LeaderStays`."""
    member = ProjectMember.objects.select_related("project").get(pk=member.pk)
    if not by.may(Permission.MANAGE, member):
        raise NotAllowed(
            _("You may not do this."), rule=Permission.MANAGE, next_step=_("Ask the leader of the project.")
        )
    if member.until:
        return member
    if member.user_id == member.project.leader_id:
        raise LeaderStays(
            _("Who leads the project stays in it."),
            next_step=_("Ask the factory office to change the leader first."),
        )
    member.until = clock.now()
    return enter(member, "project:remove_member", by=by, permission=Permission.MANAGE, fields=["until"])


def grant_line(
    project: Project, *, by: Actor, resource: str, amount: int, starts_at: datetime, ends_at: datetime
) -> AwardLine:
    """Award `amount` base units of a resource; the same line twice is the same line."""
    (line,) = grant_lines(project, {resource: amount}, by=by, starts_at=starts_at, ends_at=ends_at)
    return line


def grant_lines(
    project: Project, amounts: Mapping[str, int], *, by: Actor, starts_at: datetime, ends_at: datetime
) -> list[AwardLine]:
    """Award amounts (resource → base units) for the same time; a line that is there already stays as it is."""
    known = {line.resource: line for line in project.lines.filter(resource__in=amounts, starts_at=starts_at)}
    return [
        known.get(resource)
        or enter(
            AwardLine(
                project=project, resource=resource, amount=amount, starts_at=starts_at, ends_at=ends_at
            ),
            "award:grant",
            by=by,
            permission=Permission.GRANT,
            data={"resource": resource, "amount": amount},
            keep=("project",),
        )
        for resource, amount in amounts.items()
    ]


def extend_line(line: AwardLine, ends_at: datetime, *, by: Actor) -> AwardLine:
    """Let an award run longer, and its project with it; never shorter. The amount stays.

    The budget's counters are not touched, so jobs may be booked on it meanwhile.
    """
    with transaction.atomic():
        line = AwardLine.objects.select_for_update().select_related("project").get(pk=line.pk)
        if ends_at <= line.ends_at:
            return line
        data = {"from": clock.stamp(line.ends_at), "to": clock.stamp(ends_at)}
        line.ends_at = ends_at
        enter(line, "award:extend", by=by, permission=Permission.EXTEND, data=data, fields=["ends_at"])
        project = line.project
        if project.ends_at < ends_at:
            project.ends_at = ends_at
            enter(project, "project:extend", by=by, permission=Permission.EXTEND, fields=["ends_at"])
    return line


def reserve(line: AwardLine, amount: int, *, key: str, by: Actor) -> Hold:
    """Set `amount` aside under `key`. The same key again returns the same hold.

    Raises `AwardExpired` outside the line's period, `BudgetExceeded` when too little is left.
    """
    if amount < 0:
        raise ValueError("An amount to reserve is never negative.")
    moment = clock.now()
    with transaction.atomic():
        if known := Hold.objects.filter(key=key).first():
            return known
        if not line.starts_at <= moment < line.ends_at:
            raise AwardExpired(
                _("This award runs from %(start)s to %(end)s (UTC).")
                % {"start": f"{line.starts_at:%Y-%m-%d %H:%M}", "end": f"{line.ends_at:%Y-%m-%d %H:%M}"},
                rule="award:period",
                next_step=_("Ask the factory office to extend it, or apply again."),
            )
        rows = AwardLine.objects.filter(pk=line.pk, amount__gte=F("held") + F("drawn") + amount)
        if not rows.update(held=F("held") + amount):
            line.refresh_from_db()
            raise BudgetExceeded(
                _("This needs %(asked)s, and %(left)s is left of the award.")
                % {
                    "asked": human(line.resource, amount, spoken()),
                    "left": human(line.resource, line.left, spoken()),
                },
                rule="award:amount",
                next_step=_(
                    "Ask for a shorter time or fewer resources, or ask the factory office for an extension."
                ),
            )
        hold = Hold(line=line, key=key, amount=amount)
        try:
            return enter(
                hold,
                "award:reserve",
                by=by,
                permission=Permission.SPEND,
                data={"amount": amount, "line": line.pk},
            )
        except IntegrityError:
            raise _RacedOnKey from None


class _RacedOnKey(Refused):
    """Two callers reserved the same key at the same moment."""

    def __init__(self) -> None:
        super().__init__("The same reservation is being made right now.", next_step="Try again in a moment.")


def draw(key: str, amount: int, *, by: Actor) -> Hold:
    """Bill `amount` of a hold and give back the rest; a settled hold stays as it is.

    Never more than was set aside: a job can't outlive its limit. The excess a meter reports is cut off here
    and told in the event, so that it shows up in reconciliation instead of in somebody's budget.
    """
    with transaction.atomic():
        hold = Hold.objects.select_for_update().select_related("line").get(key=key)
        if hold.state == Hold.State.SETTLED:
            return hold
        billed = min(max(amount, 0), hold.amount)
        AwardLine.objects.filter(pk=hold.line_id).update(
            held=F("held") - hold.amount, drawn=F("drawn") + billed
        )
        hold.drawn, hold.state, hold.settled_at = billed, Hold.State.SETTLED, clock.now()
        data = {"amount": billed, "line": hold.line_id} | (
            {"cut_off": amount - billed} if amount > billed else {}
        )
        return enter(
            hold,
            "award:draw",
            by=by,
            permission=Permission.SPEND,
            data=data,
            fields=["drawn", "state", "settled_at"],
        )


def release(key: str, *, by: Actor) -> Hold:
    """Give a hold back whole; a settled hold stays as it is."""
    return draw(key, 0, by=by)
