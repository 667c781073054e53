"""The lives of a call, an application and a review."""

from aifactory.access.permissions import Permission
from aifactory.kit.lifecycle import Lifecycle, Transition

CALL = Lifecycle(
    name="call",
    initial="draft",
    states={"draft": "Being prepared", "open": "Open", "closed": "Closed", "decided": "Decided"},
    transitions=(
        Transition("open", ("draft",), "open", Permission.OPEN_CALL, "call:open"),
        Transition("close", ("open",), "closed", Permission.CLOSE_CALL, "call:close"),
        Transition("finish", ("closed",), "decided", Permission.CLOSE_CALL, "call:finish"),
    ),
)

APPLICATION = Lifecycle(
    name="application",
    initial="draft",
    states={
        "draft": "Being written",
        "submitted": "Submitted",
        "eligible": "Eligible",
        "ineligible": "Not eligible",
        "in_review": "In review",
        "reviewed": "Reviewed",
        "awarded": "Awarded",
        "rejected": "Not awarded",
        "withdrawn": "Withdrawn",
    },
    transitions=(
        Transition("submit", ("draft",), "submitted", Permission.SUBMIT, "application:submit"),
        Transition(
            "find_eligible", ("submitted",), "eligible", Permission.JUDGE, "application:find_eligible"
        ),
        Transition(
            "find_ineligible", ("submitted",), "ineligible", Permission.JUDGE, "application:find_ineligible"
        ),
        Transition("start_review", ("eligible",), "in_review", Permission.ASSIGN, "application:start_review"),
        Transition(
            "finish_review", ("in_review",), "reviewed", Permission.REVIEW, "application:finish_review"
        ),
        Transition("award", ("eligible", "reviewed"), "awarded", Permission.DECIDE, "application:award"),
        Transition(
            "reject",
            ("eligible", "ineligible", "reviewed"),
            "rejected",
            Permission.DECIDE,
            "application:reject",
        ),
        Transition(
            "withdraw",
            ("draft", "submitted", "eligible", "ineligible", "in_review", "reviewed"),
            "withdrawn",
            Permission.WITHDRAW,
            "application:withdraw",
        ),
    ),
)

#: states in which an application is before the factory, and counts for conflicts in its call
BEFORE_THE_FACTORY = ("submitted", "eligible", "ineligible", "in_review", "reviewed")
DECIDED = ("awarded", "rejected")

REVIEW = Lifecycle(
    name="review",
    initial="assigned",
    states={"assigned": "Asked", "declined": "Declined", "submitted": "Given"},
    transitions=(
        Transition("submit", ("assigned",), "submitted", Permission.REVIEW, "review:submit"),
        Transition("decline", ("assigned",), "declined", Permission.REVIEW, "review:decline"),
    ),
)
