"""The life of a call."""

from django.utils.translation import gettext_lazy as _

from aifactory.access.permissions import Permission
from aifactory.kit.lifecycle import Lifecycle, Transition

CALL = Lifecycle(
    name="call",
    initial="draft",
    states={"draft": _("Being prepared"), "open": _("Open"), "closed": _("Closed"), "decided": _("Decided")},
    transitions=(
        Transition("open", ("draft",), "open", Permission.OPEN_CALL, "call:open"),
        Transition("close", ("open",), "closed", Permission.CLOSE_CALL, "call:close"),
        Transition("finish", ("closed",), "decided", Permission.CLOSE_CALL, "call:finish"),
    ),
)
