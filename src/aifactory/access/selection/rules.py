"""Who sees a selection and its lines, and who proposes, confirms and publishes."""

from django.db.models import Q, QuerySet

from aifactory.access.applications.models import Application
from aifactory.access.calls.models import Call
from aifactory.access.conflicts.rules import (
    OVERSEERS,
    hidden_applications,
    keep_back_with_application,
    seen_by_judges,
)
from aifactory.access.permissions import Permission
from aifactory.access.selection.models import Budget, Selection, SelectionLine
from aifactory.people.models import Role, User
from aifactory.people.rules import Viewer, grant, visibility

PUBLISHED = Q(state="published")


def sees_whole(viewer: User, call: Call) -> bool:
    """Say whether nothing in the call is kept from an overseer, so that totals and ranks give nothing away."""
    if not viewer.has_role(*OVERSEERS):
        return False
    own = Application.objects.filter(call=call, organisation__in=viewer.organisation_ids).exclude(
        state="draft"
    )
    return not own.exists() and not hidden_applications(viewer).filter(call=call).exists()


def selections_visible_to(viewer: Viewer) -> QuerySet[Selection]:
    """Everybody sees what is published, overseers all; inputs and totals ask `sees_whole` besides."""
    if viewer is not None and viewer.has_role(*OVERSEERS):
        return Selection.objects.all()
    return Selection.objects.filter(PUBLISHED)


def can_view_selection(viewer: Viewer, selection: Selection) -> bool:
    """Same rule as `selections_visible_to`, for one selection."""
    return selection.state == "published" or (viewer is not None and viewer.has_role(*OVERSEERS))


visibility(Selection, visible_to=selections_visible_to, can_view=can_view_selection)
visibility(Budget, visible_to=lambda _viewer: Budget.objects.all(), can_view=lambda _viewer, _budget: True)
seen_by_judges(
    SelectionLine, "application", also=lambda _viewer: Q(pk__in=[]), also_one=lambda _viewer, _line: False
)
keep_back_with_application(SelectionLine)

grant(Permission.STATE_BUDGET, roles={Role.OFFICE})
grant(Permission.PROPOSE, roles={Role.OFFICE, Role.PANEL})
grant(Permission.PUBLISH, roles={Role.OFFICE})
