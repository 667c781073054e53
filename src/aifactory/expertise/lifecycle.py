"""The life of a case."""

from django.utils.translation import gettext_lazy as _

from aifactory.expertise.permissions import Permission
from aifactory.kit.lifecycle import Lifecycle, Transition

CASE = Lifecycle(
    name="case",
    initial="asked",
    states={"asked": _("Asked"), "open": _("Open"), "closed": _("Closed")},
    transitions=(
        Transition("take", ("asked",), "open", Permission.WORK, "case:take"),
        Transition("hand_over", ("open",), "open", Permission.WORK, "case:hand_over"),
        Transition("close", ("asked", "open"), "closed", Permission.WORK, "case:close"),
        Transition("reopen", ("closed",), "open", Permission.WORK, "case:reopen"),
    ),
)
