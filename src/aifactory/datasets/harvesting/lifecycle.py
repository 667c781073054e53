"""The life of a source of other people's datasets, as a table."""

from django.utils.translation import gettext_lazy as _

from aifactory.datasets.permissions import Permission
from aifactory.kit.lifecycle import Lifecycle, Transition

SOURCE = Lifecycle(
    name="catalogue source",
    initial="open",
    states={"open": _("Being read"), "paused": _("Paused")},
    transitions=(
        Transition("pause", ("open",), "paused", Permission.HARVEST, "source:pause"),
        Transition("resume", ("paused",), "open", Permission.HARVEST, "source:resume"),
    ),
)
