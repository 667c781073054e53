"""The life of a technical check: asked, given, and given again after a question."""

from django.utils.translation import gettext_lazy as _

from aifactory.access.permissions import Permission
from aifactory.kit.lifecycle import Lifecycle, Transition

TECHNICAL = Lifecycle(
    name="technical_check",
    initial="asked",
    states={"asked": _("Asked"), "given": _("Given")},
    transitions=(
        Transition("give", ("asked", "given"), "given", Permission.CHECK_TECHNICAL, "technical:give"),
        Transition("ask_again", ("given",), "asked", Permission.ASK_TECHNICAL, "technical:ask_again"),
    ),
)
