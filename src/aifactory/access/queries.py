"""Reads of access that pages, API and CLI share, in one list: each noun keeps its own."""

from aifactory.access.applications.queries import (
    Turn,
    applications,
    office_work,
    own_applications,
    tasks,
    turn,
    way,
)
from aifactory.access.calls.queries import calls, opens_later, takes_applications
from aifactory.access.decisions.queries import decision, may_decide, ready_to_decide
from aifactory.access.review.queries import lacking, lacks_reviewers, own_reviews

__all__ = [
    "Turn",
    "applications",
    "calls",
    "decision",
    "lacking",
    "lacks_reviewers",
    "may_decide",
    "office_work",
    "opens_later",
    "own_applications",
    "own_reviews",
    "ready_to_decide",
    "takes_applications",
    "tasks",
    "turn",
    "way",
]
