"""Reads of changes of awards that all faces share."""

from typing import Any

from aifactory.audit.record import plain
from aifactory.awards.changes.models import AwardChange
from aifactory.kit.units import UNITS, Resource, shown


def facts(change: AwardChange) -> dict[str, Any]:
    """Return a change as the API shows it: moments, or amounts in the unit of the award."""
    resource = Resource(change.line.resource)
    less = change.kind == AwardChange.Kind.LESS
    sides = {side: getattr(change, side) for side in ("before", "after")}
    told = {side: float(shown(resource, int(value))) for side, value in sides.items()} if less else sides
    return {
        "id": change.pk, "line": change.line_id, "kind": change.kind, **told,
        "unit": UNITS[resource][0] if less else "", "reasons": change.reasons,
        "decided_by": change.mandate.holder_title, "at": plain(change.created_at),
    }  # fmt: skip
