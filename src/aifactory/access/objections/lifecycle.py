"""The life of an objection."""

from django.utils.translation import gettext_lazy as _

from aifactory.access.objections import guards
from aifactory.access.permissions import Permission
from aifactory.kit.lifecycle import Lifecycle, Transition

HANDLE, OBJECT = Permission.HANDLE_OBJECTION, Permission.OBJECT
IN_HAND = ("in_hand",)

OBJECTION = Lifecycle(
    name="objection",
    initial="filed",
    states={
        "filed": _("Filed"),
        "repairing": _("Grounds are awaited"),
        "in_hand": _("Being handled"),
        "decided": _("Decided"),
        "withdrawn": _("Withdrawn"),
    },
    transitions=(
        Transition("ask_grounds", ("filed", "in_hand"), "repairing", HANDLE, "objection:ask_grounds"),
        Transition("give_grounds", ("repairing",), "filed", OBJECT, "objection:give_grounds"),
        Transition("take", ("filed", "repairing"), "in_hand", HANDLE, "objection:take", guards.can_be_taken),
        Transition("hand_over", IN_HAND, "in_hand", HANDLE, "objection:hand_over", guards.has_distance),
        Transition("plan_hearing", IN_HAND, "in_hand", HANDLE, "objection:plan_hearing", guards.has_distance),
        Transition("hear", IN_HAND, "in_hand", HANDLE, "objection:hear", guards.has_distance),
        Transition("do_not_hear", IN_HAND, "in_hand", HANDLE, "objection:do_not_hear", guards.has_distance),
        Transition("extend", IN_HAND, "in_hand", HANDLE, "objection:extend", guards.has_distance),
        Transition(
            "rule", IN_HAND, "decided", Permission.RULE_OBJECTION, "objection:rule", guards.has_distance
        ),
        Transition("withdraw", ("filed", "repairing", "in_hand"), "withdrawn", OBJECT, "objection:withdraw"),
    ),
)
OPEN = ("filed", "repairing", "in_hand")
