"""Who knows of a key, and who may destroy it: the holder's steward, or the office under a mandate for just that."""

from django.db.models import QuerySet

from aifactory.datasets.models import Dataset
from aifactory.datasets.permissions import Permission
from aifactory.datasets.rules import STAFF
from aifactory.datasets.vault.models import DataKey
from aifactory.people.models import Role, User
from aifactory.people.queries import mandate_for
from aifactory.people.rules import Viewer, grant, visibility


def keys_visible_to(viewer: Viewer) -> QuerySet[DataKey]:
    """The holder's people, and staff."""
    if viewer is None:
        return DataKey.objects.none()
    if viewer.has_role(*STAFF):
        return DataKey.objects.all()
    return DataKey.objects.filter(dataset__holder__in=viewer.organisation_ids)


def can_view_key(viewer: Viewer, key: DataKey) -> bool:
    """Same rule as `keys_visible_to`, for one."""
    return viewer is not None and (
        viewer.has_role(*STAFF) or key.dataset.holder_id in viewer.organisation_ids
    )


def _holds(user: User, thing: DataKey | Dataset) -> bool:
    dataset = thing if isinstance(thing, Dataset) else thing.dataset
    return dataset.holder_id in user.organisation_ids


visibility(DataKey, visible_to=keys_visible_to, can_view=can_view_key)
grant(Permission.DESTROY_KEY, roles={Role.STEWARD}, when=_holds)
grant(
    Permission.DESTROY_KEY,
    roles={Role.OFFICE},
    when=lambda user, _thing: mandate_for(user, Permission.DESTROY_KEY, scope="") is not None,
)
