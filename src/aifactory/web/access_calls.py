"""Calls: what one can apply for, under which rules, until when."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from aifactory.access import actions, queries
from aifactory.access.models import Call
from aifactory.access.modes.queries import mode_named
from aifactory.access.permissions import Permission
from aifactory.access.selection.queries import list_is_published
from aifactory.kit.bilingual import Text
from aifactory.kit.errors import NotAllowed, Refused
from aifactory.people.language import spoken
from aifactory.people.models import User
from aifactory.people.rules import find
from aifactory.web.access_forms import CallForm
from aifactory.web.forms import take_errors
from aifactory.web.paging import page
from aifactory.web.visitor import person


def calls(request: HttpRequest) -> HttpResponse:
    """Every call, newest first; open to everybody."""
    rows, following = page(request, queries.calls(request.user))
    shown = [(call, call.title.of(spoken()), *_standing(call)) for call in rows]
    return render(
        request, "access/calls.html", {"rows": shown, "next": following, "may_open": _may_open(request)}
    )


def call(request: HttpRequest, call_id: str) -> HttpResponse:
    """One call: for whom, how much, which rules, how it is scored, and by when one hears."""
    found = find(Call, call_id, request.user)
    label, colour = _standing(found)
    context = {
        "call": found,
        "mode": found.mode,
        "title": found.title.of(spoken()),
        "label": label,
        "colour": colour,
        "takes": queries.takes_applications(found),
        "may_open": _may_open(request),
        "list_published": found.mode.selection is not None and list_is_published(found),
    }
    return render(request, "access/call.html", context)


@login_required
def new_call(request: HttpRequest) -> HttpResponse:
    """Prepare a call from a mode."""
    if not _may_open(request):
        raise NotAllowed(_("The office prepares calls."), rule=Permission.OPEN_CALL)
    form = CallForm(spoken(), request.POST or None)
    if request.method == "POST" and form.is_valid():
        facts = form.cleaned_data
        try:
            made = actions.prepare_call(
                mode=mode_named(facts["mode"]),
                title=Text(en=facts["title_en"], nl=facts["title_nl"]),
                opens_at=facts["opens_at"],
                cut_off_at=facts["cut_off_at"],
                by=person(request),
            )
        except Refused as refusal:
            take_errors(form, refusal)
        else:
            return redirect("call", made.pk)
    return render(request, "access/new_call.html", {"form": form})


@login_required
@require_POST
def move_call(request: HttpRequest, call_id: str, step: str) -> HttpResponse:
    """Open, close or finish a call."""
    verbs: dict[str, Any] = {
        "open": actions.open_call,
        "close": actions.close_call,
        "finish": actions.finish_call,
    }
    found = find(Call, call_id, request.user)
    verbs[step](found, by=person(request))
    messages.success(request, _("This call is now: %(state)s.") % {"state": found.get_state_display()})
    return redirect("call", found.pk)


def _may_open(request: HttpRequest) -> bool:
    return isinstance(request.user, User) and request.user.may(Permission.OPEN_CALL)


def _standing(found: Call) -> tuple[str, str]:
    """Return where the call stands for somebody who wants to apply, as a word and its colour."""
    if queries.takes_applications(found):
        return _("Open"), "ok"
    if found.state == "open":
        return (_("Opens later"), "info") if queries.opens_later(found) else (_("Closed"), "neutral")
    words = {"draft": _("Being prepared"), "closed": _("Closed"), "decided": _("Decided")}
    return words[found.state], "neutral"


urlpatterns = [
    path("calls/", calls, name="calls"),
    path("calls/new/", new_call, name="new_call"),
    path("calls/<call_id>/", call, name="call"),
    *(
        path(f"calls/<call_id>/{step}/", move_call, {"step": step}, name=f"{step}_call")
        for step in ("open", "close", "finish")
    ),
]
