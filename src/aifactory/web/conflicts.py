"""Conflicts of interest: what was found and declared, what follows, and the names that I give for the search."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from aifactory.access import actions
from aifactory.access.conflicts.detection import REASONS, Kind
from aifactory.access.conflicts.models import Collaborator, Conflict
from aifactory.access.conflicts.queries import findings
from aifactory.access.conflicts.rules import require_overseer
from aifactory.access.permissions import Permission
from aifactory.kit.errors import Refused
from aifactory.people.language import spoken
from aifactory.people.rules import find, visible
from aifactory.web.access_forms import CollaboratorForm, HandleForm
from aifactory.web.forms import take_errors
from aifactory.web.paging import page
from aifactory.web.visitor import person

COLOURS = {
    "found": "warning",
    "recused": "error",
    "managed": "info",
    "disclosed": "info",
    "lifted": "neutral",
}


@login_required
def conflicts(request: HttpRequest) -> HttpResponse:
    """What waits for the office first; then every conflict on record, newest first."""
    require_overseer(person(request))
    rows, following = page(request, findings(request.user))
    waiting = list(findings(request.user).filter(state="found").order_by("pk")[:50])
    context = {
        "waiting": [_line(row) for row in waiting],
        "rows": [_line(row) for row in rows],
        "next": following,
    }
    return render(request, "access/conflicts.html", context)


def _line(conflict: Conflict) -> dict[str, object]:
    return {
        "conflict": conflict,
        "why": REASONS[Kind(conflict.kind)].of(spoken()),
        "label": conflict.get_state_display(),
        "colour": COLOURS[conflict.state],
    }


@login_required
def conflict(request: HttpRequest, conflict_id: str) -> HttpResponse:
    """One conflict with its evidence, and the decision what follows from it."""
    found = find(Conflict, conflict_id, request.user, related="application__organisation")
    form = HandleForm(found, request.POST or None)
    if request.method == "POST" and form.is_valid():
        facts = form.cleaned_data
        try:
            actions.handle(found, facts["step"], measure=facts["measure"], by=person(request))
        except Refused as refusal:
            take_errors(form, refusal)
        else:
            messages.success(request, _("It is on record what follows."))
            return redirect("conflicts")
    may_handle = person(request).may(Permission.HANDLE_CONFLICT, found)
    context = _line(found) | {"form": form if may_handle else None}
    return render(request, "access/conflict.html", context)


@login_required
def ties(request: HttpRequest) -> HttpResponse:
    """With whom I published, so that the search for conflicts finds it before I am asked."""
    form = CollaboratorForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            actions.name_collaborator(**form.cleaned_data, by=person(request))
        except Refused as refusal:
            take_errors(form, refusal)
        else:
            return redirect("ties")
    rows = visible(Collaborator, request.user).filter(removed_at=None).order_by("-last_on", "name")
    return render(request, "access/ties.html", {"rows": list(rows[:500]), "form": form})


@login_required
@require_POST
def remove_tie(request: HttpRequest, collaborator_id: str) -> HttpResponse:
    """Take a name off my list."""
    actions.remove_collaborator(find(Collaborator, collaborator_id, request.user), by=person(request))
    return redirect("ties")


urlpatterns = [
    path("conflicts/", conflicts, name="conflicts"),
    path("conflicts/<conflict_id>/", conflict, name="conflict"),
    path("reviews/ties/", ties, name="ties"),
    path("reviews/ties/<collaborator_id>/remove/", remove_tie, name="remove_tie"),
]
