"""The life of an application."""

from django.utils.translation import gettext_lazy as _

from aifactory.access.permissions import Permission
from aifactory.kit.lifecycle import Lifecycle, Transition

APPLICATION = Lifecycle(
    name="application",
    initial="draft",
    states={
        "draft": _("Being written"),
        "submitted": _("Submitted"),
        "eligible": _("Eligible"),
        "ineligible": _("Not eligible"),
        "in_review": _("In review"),
        "reviewed": _("Reviewed"),
        "awarded": _("Awarded"),
        "rejected": _("Not awarded"),
        "withdrawn": _("Withdrawn"),
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
        Transition(
            "reopen_review", ("reviewed",), "in_review", Permission.SET_ASIDE, "application:reopen_review"
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
            "grant_on_objection",
            ("rejected",),
            "awarded",
            Permission.RULE_OBJECTION,
            "application:grant_on_objection",
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
