"""Who sees the dataspace's processes, and who may move them.

The office and the auditors see all; a steward the processes about data that the own organisation holds; the
people of a project the ones that it started, and the offers that nobody asked for, which they may take up. The list
of participants is for everyone signed in.
"""

from typing import Any

from django.db.models import Exists, Q, QuerySet

from aifactory.awards.models import ProjectMember
from aifactory.datasets.dataspace.models import Negotiation, Participant, Transfer
from aifactory.datasets.dataspace.permissions import Permission
from aifactory.datasets.models import Dataset
from aifactory.datasets.permissions import Permission as DataPermission
from aifactory.people.actors import SystemActor
from aifactory.people.models import Role, User
from aifactory.people.rules import Viewer, grant, visibility

STAFF = (Role.OFFICE, Role.AUDITOR)
_MOVES = frozenset({Permission.NEGOTIATE, Permission.TRANSFER, Permission.STOP})
_DATA = frozenset(
    {
        DataPermission.MANAGE,
        DataPermission.OFFER,
        DataPermission.REQUEST,
        DataPermission.DECIDE,
        DataPermission.SIGN,
        DataPermission.SUSPEND,
        DataPermission.END,
        DataPermission.PROCESSING,
    }
)
#: Does what follows from messages and from what people decided before: it decides nothing by itself.
DATASPACE = SystemActor("dataspace", _MOVES | _DATA)


def counterparty(participant: Participant) -> SystemActor:
    """Return the other party as the log names it."""
    return SystemActor(participant.pk, _MOVES)


def _held_by(user: User) -> QuerySet[Any, Any]:
    return Dataset.objects.filter(holder__in=user.organisation_ids).values("pk")


def negotiations_visible_to(viewer: Viewer) -> QuerySet[Negotiation]:
    """Staff all; others what is about their organisation's data or their project, or waits for any project."""
    if viewer is None:
        return Negotiation.objects.none()
    if viewer.has_role(*STAFF):
        return Negotiation.objects.all()
    projects = ProjectMember.objects.filter(user=viewer, until=None).values("project")
    return Negotiation.objects.filter(
        Q(role="provider", dataset__in=_held_by(viewer))
        | Q(role="consumer", project__in=projects)
        | (Q(_PROPOSED) & Exists(_runs_a_project(viewer)))
    )


def can_view_negotiation(viewer: Viewer, negotiation: Negotiation) -> bool:
    """Same rule as `negotiations_visible_to`, for one."""
    return viewer is not None and (
        viewer.has_role(*STAFF)
        or _holds(viewer, negotiation)
        or _works_in(viewer, negotiation)
        or may_take_up(viewer, negotiation)
    )


#: Offered by another participant, and taken up by no project yet.
_PROPOSED = Q(role="consumer", project="", state="offered")


def _runs_a_project(user: User) -> QuerySet[ProjectMember]:
    return ProjectMember.objects.filter(user=user, until=None, project__state="active")


def may_take_up(viewer: Viewer, negotiation: Negotiation) -> bool:
    """Say whether this is an offer that nobody asked for, and the viewer works in a project that could take it up."""
    proposed = (negotiation.role, negotiation.project, negotiation.state) == ("consumer", "", "offered")
    return proposed and viewer is not None and _runs_a_project(viewer).exists()


def transfers_visible_to(viewer: Viewer) -> QuerySet[Transfer]:
    """The transfers of the negotiations that one sees; staff also those without one."""
    if viewer is not None and viewer.has_role(*STAFF):
        return Transfer.objects.all()
    return Transfer.objects.filter(negotiation__in=negotiations_visible_to(viewer).values("pk"))


def can_view_transfer(viewer: Viewer, transfer: Transfer) -> bool:
    """Same rule as `transfers_visible_to`, for one."""
    if viewer is not None and viewer.has_role(*STAFF):
        return True
    return transfer.negotiation is not None and can_view_negotiation(viewer, transfer.negotiation)


def _holds(user: User, negotiation: Negotiation) -> bool:
    if negotiation.role != "provider":
        return False
    return Dataset.objects.filter(pk=negotiation.dataset, holder__in=user.organisation_ids).exists()


def _works_in(user: User, negotiation: Negotiation) -> bool:
    if negotiation.role != "consumer":
        return False
    return ProjectMember.objects.filter(user=user, until=None, project=negotiation.project).exists()


def _process(thing: Any) -> Negotiation | None:
    return thing.negotiation if isinstance(thing, Transfer) else thing


def _steward_of(user: User, thing: Any) -> bool:
    negotiation = _process(thing)
    return negotiation is not None and _holds(user, negotiation)


def _asks(user: User, thing: Any) -> bool:
    negotiation = _process(thing)
    return negotiation is not None and _works_in(user, negotiation)


visibility(
    Participant,
    visible_to=lambda viewer: Participant.objects.none() if viewer is None else Participant.objects.all(),
    can_view=lambda viewer, _participant: viewer is not None,
)
visibility(Negotiation, visible_to=negotiations_visible_to, can_view=can_view_negotiation)
visibility(Transfer, visible_to=transfers_visible_to, can_view=can_view_transfer)

grant(Permission.ADMIT, roles={Role.OFFICE})
grant(Permission.STOP, roles={Role.OFFICE})
for _permission in (Permission.NEGOTIATE, Permission.TRANSFER, Permission.STOP):
    grant(_permission, roles={Role.STEWARD}, when=_steward_of)
    grant(_permission, roles=None, when=_asks)
