"""The life of a reclaim, and of a wish for more from the pool."""

from django.utils.translation import gettext_lazy as _

from aifactory.awards.pace.permissions import Permission
from aifactory.kit.lifecycle import Lifecycle, Transition

RECLAIM = Lifecycle(
    name="reclaim",
    initial="proposed",
    states={"proposed": _("Proposed"), "confirmed": _("Taken back"), "dropped": _("Dropped")},
    transitions=(
        Transition("confirm", ("proposed",), "confirmed", Permission.RECLAIM, "reclaim:confirm"),
        Transition("drop", ("proposed",), "dropped", Permission.RECLAIM, "reclaim:drop"),
    ),
)

POOL_WISH = Lifecycle(
    name="pool_wish",
    initial="asked",
    states={
        "asked": _("Asked"),
        "granted": _("Granted"),
        "refused": _("Refused"),
        "withdrawn": _("Withdrawn"),
    },
    transitions=(
        Transition("grant", ("asked",), "granted", Permission.RECLAIM, "pool:grant"),
        Transition("refuse", ("asked",), "refused", Permission.RECLAIM, "pool:refuse"),
        Transition("withdraw", ("asked",), "withdrawn", Permission.ASK, "pool:withdraw"),
    ),
)
