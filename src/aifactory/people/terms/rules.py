"""Who accepts terms for whom, who suspends, and who sees it."""

from django.db import models

from aifactory.people.models import Role, User
from aifactory.people.queries import mandate_for
from aifactory.people.rules import STAFF, Viewer, grant, visibility
from aifactory.people.terms.models import Acceptance, Suspension
from aifactory.people.terms.permissions import Permission

OVERSEERS = (*STAFF, Role.OPERATOR)


def represents(user: User, organisation_id: str) -> bool:
    """Say whether the person may sign for the organisation today."""
    return user.memberships.filter(organisation=organisation_id, until=None, representative=True).exists()


def acceptances_visible_to(viewer: Viewer) -> models.QuerySet[Acceptance]:
    """Staff see all, members those of their organisations."""
    if viewer is not None and viewer.has_role(*STAFF):
        return Acceptance.objects.all()
    return Acceptance.objects.filter(organisation__in=viewer.organisation_ids if viewer else ())


def can_view_acceptance(viewer: Viewer, acceptance: Acceptance) -> bool:
    """Same rule, for one."""
    return viewer is not None and (
        viewer.has_role(*STAFF) or acceptance.organisation_id in viewer.organisation_ids
    )


def suspensions_visible_to(viewer: Viewer) -> models.QuerySet[Suspension]:
    """Overseers see all suspensions, others those of themselves, their organisations and their projects."""
    if viewer is None:
        return Suspension.objects.none()
    if viewer.has_role(*OVERSEERS):
        return Suspension.objects.all()
    return Suspension.objects.filter(subject__in=_own(viewer))


def can_view_suspension(viewer: Viewer, suspension: Suspension) -> bool:
    """Same rule, for one."""
    return viewer is not None and (viewer.has_role(*OVERSEERS) or suspension.subject in _own(viewer))


def _own(viewer: User) -> list[str]:
    organisations = [f"people.organisation:{pk}" for pk in viewer.organisation_ids]
    projects = viewer.project_memberships.filter(until=None).values_list("project_id", flat=True)
    return [viewer.thing, *organisations, *(f"awards.project:{pk}" for pk in projects)]


def _mandated(user: User, _thing: object) -> bool:
    return mandate_for(user, Permission.SUSPEND, scope="") is not None


visibility(Acceptance, visible_to=acceptances_visible_to, can_view=can_view_acceptance)
visibility(Suspension, visible_to=suspensions_visible_to, can_view=can_view_suspension)

grant(
    Permission.ACCEPT,
    roles=None,
    when=lambda user, acceptance: represents(user, acceptance.organisation_id),
)
grant(Permission.RECORD, roles={Role.OFFICE})
grant(Permission.SUSPEND, roles=(*OVERSEERS, Role.PANEL), when=_mandated)
grant(
    Permission.LIFT,
    roles=(*OVERSEERS, Role.PANEL),
    when=lambda user, suspension: _mandated(user, suspension) and suspension.subject not in _own(user),
)
