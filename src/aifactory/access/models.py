"""The records of the room, in one list: each noun keeps its own."""

from aifactory.access.applications.models import Application, Attachment
from aifactory.access.calls.models import Call
from aifactory.access.conflicts.models import ConflictDeclaration
from aifactory.access.decisions.models import Decision
from aifactory.access.review.models import Review
from aifactory.access.screening.models import Eligibility

__all__ = [
    "Application",
    "Attachment",
    "Call",
    "ConflictDeclaration",
    "Decision",
    "Eligibility",
    "Review",
]
