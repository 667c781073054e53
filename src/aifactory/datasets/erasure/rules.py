"""Who sees erasures and their duties, who asks for one, and who answers.

Staff and the holder's people see an erasure with all its duties; who else has some of the data sees it with their
own duties alone.
"""

from django.db.models import Q, QuerySet

from aifactory.datasets.erasure.models import Erasure, ErasureDuty
from aifactory.datasets.models import Dataset
from aifactory.datasets.permissions import Permission
from aifactory.datasets.rules import STAFF
from aifactory.people.actors import SystemActor
from aifactory.people.models import Role, User
from aifactory.people.rules import Viewer, grant, visibility

#: Opens what the end of retention asks, adds duties for what came since, and closes what is answered.
FOLLOWER = SystemActor("eraser", frozenset({Permission.ERASE, Permission.FOLLOW}))


def erasures_visible_to(viewer: Viewer) -> QuerySet[Erasure]:
    """Staff all; others those on their own data, and those in which they have a duty."""
    if viewer is None:
        return Erasure.objects.none()
    if viewer.has_role(*STAFF):
        return Erasure.objects.all()
    owing = ErasureDuty.objects.filter(organisation__in=viewer.organisation_ids).values("erasure")
    return Erasure.objects.filter(Q(dataset__holder__in=viewer.organisation_ids) | Q(pk__in=owing))


def can_view_erasure(viewer: Viewer, erasure: Erasure) -> bool:
    """Same rule as `erasures_visible_to`, for one."""
    return viewer is not None and (
        viewer.has_role(*STAFF)
        or erasure.dataset.holder_id in viewer.organisation_ids
        or erasure.duties.filter(organisation__in=viewer.organisation_ids).exists()
    )


def duties_visible_to(viewer: Viewer) -> QuerySet[ErasureDuty]:
    """Staff and the holder's people all of an erasure; others their own."""
    if viewer is None:
        return ErasureDuty.objects.none()
    if viewer.has_role(*STAFF):
        return ErasureDuty.objects.all()
    mine = viewer.organisation_ids
    return ErasureDuty.objects.filter(Q(erasure__dataset__holder__in=mine) | Q(organisation__in=mine))


def can_view_duty(viewer: Viewer, duty: ErasureDuty) -> bool:
    """Same rule as `duties_visible_to`, for one."""
    return viewer is not None and (
        viewer.has_role(*STAFF)
        or bool({duty.organisation_id, duty.erasure.dataset.holder_id} & viewer.organisation_ids)
    )


def _holds(user: User, dataset: Dataset | Erasure) -> bool:
    held = dataset.dataset if isinstance(dataset, Erasure) else dataset
    return held.holder_id in user.organisation_ids


def _owes(user: User, duty: ErasureDuty) -> bool:
    """A version is the steward's to erase; copies and models those of anybody whose organisation has them."""
    steward = duty.kind != ErasureDuty.Kind.VERSION or user.has_role(Role.STEWARD)
    return steward and duty.organisation_id in user.organisation_ids


visibility(Erasure, visible_to=erasures_visible_to, can_view=can_view_erasure)
visibility(ErasureDuty, visible_to=duties_visible_to, can_view=can_view_duty)
grant(Permission.ERASE, roles={Role.STEWARD}, when=_holds)
grant(Permission.ERASE, roles={Role.OFFICE})
grant(Permission.ANSWER, roles=None, when=_owes)
grant(Permission.ANSWER, roles={Role.OFFICE})
