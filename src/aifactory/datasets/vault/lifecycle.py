"""The life of a data key, as a table."""

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from aifactory.datasets.permissions import Permission
from aifactory.kit.errors import Refused
from aifactory.kit.lifecycle import Lifecycle, Transition
from aifactory.ports.identity import Actor

if TYPE_CHECKING:
    from aifactory.datasets.vault.models import DataKey


class DataIsStillShared(Refused):
    """The dataset is in the catalogue, so that people count on it."""


def nobody_counts_on_it(key: "DataKey", _by: Actor) -> None:
    """Raise `DataIsStillShared`."""
    if key.dataset.state == "published":
        raise DataIsStillShared(
            _("This dataset is in the catalogue, and its agreements may be in force."),
            rule="dataset:destroy_key",
            next_step=_("Withdraw the dataset first: then all its agreements end, and jobs on it stop."),
        )


DATA_KEY = Lifecycle(
    name="data key",
    initial="held",
    states={"held": gettext_lazy("Held"), "destroyed": gettext_lazy("Destroyed")},
    transitions=(
        Transition(
            "destroy",
            ("held",),
            "destroyed",
            Permission.DESTROY_KEY,
            "dataset:destroy_key",
            nobody_counts_on_it,
        ),
    ),
)
