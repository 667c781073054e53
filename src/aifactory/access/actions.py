"""The verbs of access, and the only writers of its records."""

from aifactory.access.applications.actions import save, start, submit, withdraw
from aifactory.access.applications.attachments import attach, remove
from aifactory.access.calls.actions import close_call, finish_call, open_call, prepare_call
from aifactory.access.conflicts.actions import handle, name_collaborator, remove_collaborator
from aifactory.access.decisions.actions import decide
from aifactory.access.review.actions import (
    assign_reviewers,
    decline_review,
    revise_review,
    save_draft,
    state_free,
    submit_review,
    take_back,
)
from aifactory.access.review.discussion import remark
from aifactory.access.screening.actions import (
    ask_technical,
    give_technical,
    judge_call,
    judge_eligibility,
    weigh_law,
)
from aifactory.access.supervision.actions import ask_supervisor, confirm_supervision, decline_supervision

__all__ = [
    "ask_supervisor",
    "ask_technical",
    "assign_reviewers",
    "attach",
    "close_call",
    "confirm_supervision",
    "decide",
    "decline_review",
    "decline_supervision",
    "finish_call",
    "give_technical",
    "handle",
    "judge_call",
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
    "take_back",
    "weigh_law",
    "withdraw",
]
