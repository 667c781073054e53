"""The life of a file that is sent in parts, as a table."""

from django.utils.translation import gettext_lazy as _

from aifactory.datasets.permissions import Permission
from aifactory.kit.lifecycle import Lifecycle, Transition

SENT = Lifecycle(
    name="file in parts",
    initial="open",
    states={
        "open": _("Being sent"),
        "checking": _("Sent, being checked"),
        "kept": _("Taken in"),
        "refused": _("Not taken in"),
        "abandoned": _("Given up"),
    },
    transitions=(
        Transition("finish", ("open",), "checking", Permission.MANAGE, "intake:finish"),
        Transition("keep", ("checking",), "kept", Permission.MANAGE, "intake:keep"),
        Transition("refuse", ("checking",), "refused", Permission.MANAGE, "intake:refuse"),
        Transition("abandon", ("open",), "abandoned", Permission.MANAGE, "intake:abandon"),
    ),
)

#: States in which a file may still come of it.
UNDERWAY = ("open", "checking")
