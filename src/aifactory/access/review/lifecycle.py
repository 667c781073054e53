"""The life of a review."""

from django.utils.translation import gettext_lazy as _

from aifactory.access.permissions import Permission
from aifactory.kit.lifecycle import Lifecycle, Transition

REVIEW = Lifecycle(
    name="review",
    initial="assigned",
    states={"assigned": _("Asked"), "declined": _("Declined"), "submitted": _("Given")},
    transitions=(
        Transition("submit", ("assigned",), "submitted", Permission.REVIEW, "review:submit"),
        Transition("decline", ("assigned",), "declined", Permission.REVIEW, "review:decline"),
    ),
)


#: states in which a review counts for its application
ACTIVE_REVIEWS = ("assigned", "submitted")
