"""Pages of lanes and clocks: who comes when, with proof and without names, and how long decisions take."""

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from aifactory.access.calls.clocks import decision_times
from aifactory.access.lanes import actions
from aifactory.access.lanes.queries import ahead_of, lane, place
from aifactory.access.models import Application, Call
from aifactory.access.modes.queries import newest_modes
from aifactory.access.permissions import Permission
from aifactory.kit.errors import NotAllowed, NotFound
from aifactory.people.language import spoken
from aifactory.people.rules import find
from aifactory.transparency import log
from aifactory.web.forms import carried_out
from aifactory.web.visitor import person

MOST = 500


class OutOfTurnForm(forms.Form):
    """Why an application is decided before earlier ones."""

    reason = forms.CharField(
        label=gettext_lazy("Why this one goes first"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=gettext_lazy("This stays on record with your name and mandate."),
    )


def call_lane(request: HttpRequest, call_id: str) -> HttpResponse:
    """The order in which a first-in-first-out call is decided; open to everybody."""
    found = find(Call, call_id, request.user)
    if not found.mode.first_in_first_out:
        raise NotFound(_("This call is not decided in the order of submission."))
    places = lane(found)
    context = {
        "call": found,
        "title": found.title.of(spoken()),
        "places": places[-MOST:],
        "waiting": sum(one.standing == "waiting" for one in places),
    }
    return render(request, "lanes/lane.html", context)


def call_place(request: HttpRequest, call_id: str, number: int) -> HttpResponse:
    """One place, with the proof that its submission stands in the log."""
    found = find(Call, call_id, request.user)
    one = place(found, number)
    event = log.event(one.event)
    context = {
        "call": found,
        "title": found.title.of(spoken()),
        "place": one,
        "proof": event["proof"] if event else None,
    }
    return render(request, "lanes/place.html", context)


def times(request: HttpRequest) -> HttpResponse:
    """How long decisions took, by mode; open to everybody."""
    titles = {mode.id: mode.title.of(spoken()) for mode in newest_modes()}
    rows = [(titles.get(one.mode, one.mode), one) for one in decision_times()]
    return render(request, "lanes/times.html", {"rows": rows})


@login_required
def out_of_turn(request: HttpRequest, application_id: str) -> HttpResponse:
    """Put on record why an application is decided before earlier ones."""
    found, user = find(Application, application_id, request.user), person(request)
    if not user.may(Permission.DECIDE, found):
        raise NotAllowed(_("You may not do this."), rule=Permission.DECIDE)
    form = OutOfTurnForm(request.POST or None)
    if request.method == "POST":
        given = carried_out(
            form, lambda: actions.allow_out_of_turn(found, reason=form.cleaned_data["reason"], by=user)
        )
        if given:
            messages.success(request, _("On record: this application may be decided now."))
            return redirect("office_application", found.pk)
    context: dict[str, Any] = {"application": found, "ahead": ahead_of(found), "form": form}
    return render(request, "lanes/out_of_turn.html", context)


urlpatterns = [
    path("calls/<call_id>/lane/", call_lane, name="call_lane"),
    path("calls/<call_id>/lane/<int:number>/", call_place, name="call_place"),
    path("decision-times/", times, name="decision_times"),
    path("office/applications/<application_id>/out-of-turn/", out_of_turn, name="out_of_turn"),
]
