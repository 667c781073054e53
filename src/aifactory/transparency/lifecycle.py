"""The life of a final report."""

from django.utils.translation import gettext_lazy as _

from aifactory.kit.lifecycle import Lifecycle, Transition
from aifactory.transparency.permissions import Permission

REPORT = Lifecycle(
    name="report",
    initial="draft",
    states={"draft": _("Draft"), "submitted": _("Submitted"), "accepted": _("Accepted")},
    transitions=(
        Transition("submit", ("draft",), "submitted", Permission.REPORT, "report:submit"),
        Transition("send_back", ("submitted",), "draft", Permission.ACCEPT, "report:send_back"),
        Transition("accept", ("submitted",), "accepted", Permission.ACCEPT, "report:accept"),
    ),
)
