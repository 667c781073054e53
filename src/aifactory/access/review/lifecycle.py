"""The life of a review."""

from django.utils.translation import gettext_lazy as _

from aifactory.access.permissions import Permission
from aifactory.kit.lifecycle import Lifecycle, Transition

REVIEW = Lifecycle(
    name="review",
    initial="assigned",
    states={
        "assigned": _("Asked"),
        "declined": _("Declined"),
        "submitted": _("Given"),
        "set_aside": _("Set aside"),
    },
    transitions=(
        Transition("submit", ("assigned",), "submitted", Permission.REVIEW, "review:submit"),
        Transition("revise", ("submitted",), "submitted", Permission.REVIEW, "review:revise"),
        Transition("decline", ("assigned",), "declined", Permission.REVIEW, "review:decline"),
        Transition(
            "set_aside", ("assigned", "submitted"), "set_aside", Permission.SET_ASIDE, "review:set_aside"
        ),
        Transition("take_back", ("assigned",), "set_aside", Permission.SET_ASIDE, "review:take_back"),
    ),
)


#: states in which a review counts for its application
ACTIVE_REVIEWS = ("assigned", "submitted")
