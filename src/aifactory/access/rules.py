"""Who may do what in access, and who sees what: each noun states its own."""

from aifactory.access.applications import rules as _applications
from aifactory.access.calls import rules as _calls
from aifactory.access.decisions import rules as _decisions
from aifactory.access.review import rules as _review
from aifactory.access.screening import rules as _screening

__all__ = ["_applications", "_calls", "_decisions", "_review", "_screening"]
