"""The life of a case."""

from aifactory.expertise.permissions import Permission
from aifactory.kit.lifecycle import Lifecycle, Transition

CASE = Lifecycle(
    name="case",
    initial="asked",
    states={"asked": "Asked", "open": "Open", "closed": "Closed"},
    transitions=(
        Transition("take", ("asked",), "open", Permission.WORK, "case:take"),
        Transition("hand_over", ("open",), "open", Permission.WORK, "case:hand_over"),
        Transition("close", ("asked", "open"), "closed", Permission.WORK, "case:close"),
        Transition("reopen", ("closed",), "open", Permission.WORK, "case:reopen"),
    ),
)
