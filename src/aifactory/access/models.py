"""The records of the room, in one list: each noun keeps its own."""

from aifactory.access.applications.models import Application, Attachment
from aifactory.access.calls.models import Call
from aifactory.access.conflicts.models import Collaborator, Conflict
from aifactory.access.decisions.models import Decision
from aifactory.access.lanes.models import OutOfTurn
from aifactory.access.modes.models import ModeVersion
from aifactory.access.review.models import Remark, Review, ReviewDraft, Revision
from aifactory.access.screening.models import Eligibility

__all__ = [
    "Application",
    "Attachment",
    "Call",
    "Collaborator",
    "Conflict",
    "Decision",
    "Eligibility",
    "ModeVersion",
    "OutOfTurn",
    "Remark",
    "Review",
    "ReviewDraft",
    "Revision",
]
