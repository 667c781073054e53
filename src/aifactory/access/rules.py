"""Who may do what in access, and who sees what: each noun states its own."""

from aifactory.access.applications import rules as _applications
from aifactory.access.calls import rules as _calls
from aifactory.access.conflicts import changes as _changes
from aifactory.access.conflicts import rules as _conflicts
from aifactory.access.decisions import rules as _decisions
from aifactory.access.lanes import rules as _lanes
from aifactory.access.matching import rules as _matching
from aifactory.access.modes import rules as _modes
from aifactory.access.modes.queries import all_modes
from aifactory.access.objections import rules as _objections
from aifactory.access.review import rules as _review
from aifactory.access.screening import rules as _screening
from aifactory.access.selection import rules as _selection
from aifactory.access.supervision import rules as _supervision
from aifactory.people.mandates.duties import split_by

__all__ = [
    "_applications",
    "_calls",
    "_changes",
    "_conflicts",
    "_decisions",
    "_lanes",
    "_matching",
    "_modes",
    "_objections",
    "_review",
    "_screening",
    "_selection",
    "_supervision",
]

# Each mode has an accountable person of its own.
split_by("mode", lambda: {mode.id: mode.title for mode in all_modes()})
