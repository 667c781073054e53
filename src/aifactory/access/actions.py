"""The verbs of access, and the only writers of its records."""

from aifactory.access.applications.actions import save, start, submit, withdraw
from aifactory.access.applications.attachments import attach, remove
from aifactory.access.calls.actions import close_call, finish_call, open_call, prepare_call
from aifactory.access.decisions.actions import decide
from aifactory.access.review.actions import assign_reviewers, decline_review, submit_review
from aifactory.access.screening.actions import judge_eligibility

__all__ = [
    "assign_reviewers",
    "attach",
    "close_call",
    "decide",
    "decline_review",
    "finish_call",
    "judge_eligibility",
    "open_call",
    "prepare_call",
    "remove",
    "save",
    "start",
    "submit",
    "submit_review",
    "withdraw",
]
