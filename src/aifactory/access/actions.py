"""The verbs of access, and the only writers of its records."""

from aifactory.access.applications.actions import save, start, submit, withdraw
from aifactory.access.applications.attachments import attach, remove
from aifactory.access.calls.actions import close_call, finish_call, open_call, prepare_call
from aifactory.access.decisions.actions import decide
from aifactory.access.conflicts.actions import handle, name_collaborator, remove_collaborator
from aifactory.access.review.actions import (
    assign_reviewers,
    decline_review,
    revise_review,
    save_draft,
    state_free,
    submit_review,
)
from aifactory.access.review.discussion import remark
from aifactory.access.screening.actions import judge_eligibility

__all__ = [
    "assign_reviewers",
    "attach",
    "close_call",
    "decide",
    "decline_review",
    "finish_call",
    "handle",
    "judge_eligibility",
    "name_collaborator",
    "open_call",
    "prepare_call",
    "remark",
    "remove",
    "remove_collaborator",
    "revise_review",
    "save",
    "save_draft",
    "start",
    "state_free",
    "submit",
    "submit_review",
    "withdraw",
]
