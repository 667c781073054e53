"""The records of the room, in one list: each noun keeps its own."""

from aifactory.access.applications.models import Application, Attachment
from aifactory.access.calls.models import Call
from aifactory.access.conflicts.models import Collaborator, Conflict
from aifactory.access.decisions.models import Decision
from aifactory.access.lanes.models import OutOfTurn
from aifactory.access.matching.models import Bid, Commitment, Expectation, Matching, ReviewerProfile
from aifactory.access.modes.models import ModeVersion
from aifactory.access.objections.models import Objection
from aifactory.access.review.models import Remark, Review, ReviewDraft, Revision
from aifactory.access.screening.models import Eligibility, LawGate, TechnicalCheck
from aifactory.access.selection.models import Budget, Selection, SelectionLine
from aifactory.access.supervision.models import Supervision

__all__ = [
    "Application",
    "Attachment",
    "Bid",
    "Budget",
    "Call",
    "Collaborator",
    "Commitment",
    "Conflict",
    "Decision",
    "Eligibility",
    "Expectation",
    "LawGate",
    "Matching",
    "ModeVersion",
    "Objection",
    "OutOfTurn",
    "Remark",
    "Review",
    "ReviewDraft",
    "ReviewerProfile",
    "Revision",
    "Selection",
    "SelectionLine",
    "Supervision",
    "TechnicalCheck",
]
