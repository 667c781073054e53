"""Writing down what the law asks of the personal data in a dataset."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from aifactory.audit.actions import enter
from aifactory.datasets.permissions import Permission
from aifactory.datasets.processing.models import PersonalData
from aifactory.datasets.processing.queries import of, today
from aifactory.datasets.processing.said import NAMES, Said, missing, take_over, write
from aifactory.kit.errors import Invalid, Refused
from aifactory.ports.identity import Actor

if TYPE_CHECKING:
    from aifactory.datasets.models import Dataset


class NotAboutPeople(Refused):
    """The dataset is said to hold no personal data."""


def state(dataset: "Dataset", *, by: Actor, said: Mapping[str, Any]) -> PersonalData:
    """Write down whose, on which ground and until when; what is left out is emptied.

    A published entry stays complete. Raises `Invalid`, `NotAllowed`, `NotAboutPeople`.
    """
    if not dataset.contains_personal_data:
        raise NotAboutPeople(
            _("This dataset is said to hold no personal data."),
            field="contains_personal_data",
            next_step=_("Say first that it is about people."),
        )
    told = write(said)
    if dataset.state == "published" and (found := missing(told, today())):
        raise Invalid(found)
    return _keep(dataset, told, by=by)


def state_as_told(dataset: "Dataset", told: object, *, by: Actor) -> PersonalData:
    """Write down what another factory told of its data, as far as it is in our words. Raises `NotAllowed`."""
    return _keep(dataset, take_over(told), by=by)


def _keep(dataset: "Dataset", told: Said, *, by: Actor) -> PersonalData:
    kept = of(dataset) or PersonalData(dataset=dataset)
    for name, value in told.document().items():
        setattr(kept, name, value)
    kept.keep_until = told.keep_until
    fields = None if kept._state.adding else list(NAMES)  # noqa: SLF001 - Django's own name
    return enter(kept, "personal_data:state", by=by, permission=Permission.PROCESSING, fields=fields)
