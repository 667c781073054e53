"""The life of a version of a mode that the office writes."""

from django.utils.translation import gettext_lazy as _

from aifactory.access.permissions import Permission
from aifactory.kit.lifecycle import Lifecycle, Transition

MODE_VERSION = Lifecycle(
    name="mode version",
    initial="draft",
    states={"draft": _("Being written"), "adopted": _("Adopted"), "dropped": _("Dropped")},
    transitions=(
        Transition("adopt", ("draft",), "adopted", Permission.ADOPT_MODE, "mode:adopt"),
        Transition("drop", ("draft",), "dropped", Permission.WRITE_MODE, "mode:drop"),
    ),
)
