"""The life of a selection, and of each of its lines: proposed by the rule, decided by people, published at once.

A line that is decided is held until its selection is published; its application tells what was announced.
"""

from django.utils.translation import gettext_lazy as _

from aifactory.access.permissions import Permission
from aifactory.kit.lifecycle import Lifecycle, Transition

SELECTION = Lifecycle(
    name="selection",
    initial="proposed",
    states={
        "proposed": _("Proposed by the rule"),
        "confirmed": _("Confirmed, not yet published"),
        "published": _("Published"),
        "set_aside": _("Set aside"),
    },
    transitions=(
        Transition("confirm", ("proposed",), "confirmed", Permission.DECIDE, "selection:confirm"),
        Transition("publish", ("confirmed",), "published", Permission.PUBLISH, "selection:publish"),
        Transition(
            "set_aside", ("proposed", "confirmed"), "set_aside", Permission.PROPOSE, "selection:set_aside"
        ),
    ),
)

LINE = Lifecycle(
    name="selection_line",
    initial="open",
    states={"open": _("Waits for a person"), "held": _("Decided")},
    transitions=(
        Transition("hold", ("open",), "held", Permission.DECIDE, "selection_line:hold"),
        Transition("reopen", ("held",), "open", Permission.DECIDE, "selection_line:reopen"),
    ),
)

#: a call has at most one selection that is in one of these
LIVE = ("proposed", "confirmed", "published")
