"""The verbs of access, and the only writers of its records."""

from aifactory.access.actions.applications import save, start, submit, withdraw
from aifactory.access.actions.attachments import attach, remove
from aifactory.access.actions.calls import close_call, finish_call, open_call, prepare_call
from aifactory.access.actions.decisions import decide
from aifactory.access.actions.reviews import assign_reviewers, decline_review, submit_review
from aifactory.access.actions.screening import judge_eligibility

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
