"""The life of a supervision: asked, then confirmed or declined; asked again after a change."""

from django.utils.translation import gettext_lazy as _

from aifactory.access.permissions import Permission
from aifactory.kit.lifecycle import Lifecycle, Transition

SUPERVISION = Lifecycle(
    name="supervision",
    initial="asked",
    states={
        "asked": _("Asked"),
        "confirmed": _("Confirmed"),
        "declined": _("Declined"),
        "replaced": _("Somebody else was asked"),
    },
    transitions=(
        Transition("confirm", ("asked",), "confirmed", Permission.SUPERVISE, "supervision:confirm"),
        Transition("decline", ("asked",), "declined", Permission.SUPERVISE, "supervision:decline"),
        Transition(
            "ask_again",
            ("confirmed", "declined"),
            "asked",
            Permission.ASK_SUPERVISOR,
            "supervision:ask_again",
        ),
        Transition(
            "replace",
            ("asked", "confirmed", "declined"),
            "replaced",
            Permission.ASK_SUPERVISOR,
            "supervision:replace",
        ),
    ),
)
