"""The life of a reserve."""

from django.utils.translation import gettext_lazy as _

from aifactory.awards.permissions import Permission
from aifactory.kit.lifecycle import Lifecycle, Transition

RESERVE = Lifecycle(
    name="reserve",
    initial="kept",
    states={"kept": _("Kept back"), "released": _("Released"), "used": _("Used")},
    transitions=(
        Transition("release", ("kept",), "released", Permission.RESERVE, "reserve:release"),
        Transition("use", ("kept",), "used", Permission.RESERVE, "reserve:use"),
    ),
)
