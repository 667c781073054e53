"""The life of an assessment: answered by those whose work it is, confirmed by the factory, asked again."""

from django.utils.translation import gettext_lazy as _

from aifactory.assurance.permissions import Permission
from aifactory.kit.lifecycle import Lifecycle, Transition

ASSESSMENT = Lifecycle(
    name="assessment",
    initial="draft",
    states={
        "draft": _("Being answered"),
        "answered": _("Answered"),
        "confirmed": _("Confirmed"),
        "stopped": _("Stopped"),
    },
    transitions=(
        Transition("save", ("draft", "answered"), "draft", Permission.ANSWER, "assessment:save"),
        Transition("complete", ("draft", "answered"), "answered", Permission.ANSWER, "assessment:complete"),
        Transition("confirm", ("answered",), "confirmed", Permission.CONFIRM, "assessment:confirm"),
        Transition("stop", ("answered",), "stopped", Permission.CONFIRM, "assessment:stop"),
        Transition(
            "ask_again",
            ("answered", "confirmed", "stopped"),
            "draft",
            Permission.ASK_AGAIN,
            "assessment:ask_again",
        ),
    ),
)
