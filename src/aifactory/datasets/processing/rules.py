"""Who sees and who writes what is said of the personal data in a dataset."""

from aifactory.datasets.models import Dataset
from aifactory.datasets.permissions import Permission
from aifactory.datasets.processing.models import PersonalData
from aifactory.people.models import Role, User
from aifactory.people.rules import Viewer, can_view, grant, visibility, visible


def _of_the_holder(user: User, thing: Dataset | PersonalData) -> bool:
    dataset = thing if isinstance(thing, Dataset) else thing.dataset
    return dataset.holder_id in user.organisation_ids


def _seen(viewer: Viewer, kept: PersonalData) -> bool:
    return can_view(viewer, kept.dataset)


visibility(
    PersonalData,
    visible_to=lambda viewer: PersonalData.objects.filter(dataset__in=visible(Dataset, viewer)),
    can_view=_seen,
)
grant(Permission.PROCESSING, roles={Role.STEWARD}, when=_of_the_holder)
grant(Permission.PROCESSING, roles={Role.OFFICE})
