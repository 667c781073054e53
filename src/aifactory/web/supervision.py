"""Supervising students: naming a supervisor, and answering when one is asked."""

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from aifactory.access import actions
from aifactory.access.applications.earlier import reuse
from aifactory.access.models import Application, Supervision
from aifactory.access.permissions import Permission
from aifactory.access.supervision.queries import stands, supervision, to_supervise
from aifactory.kit.errors import Refused
from aifactory.people.language import spoken
from aifactory.people.rules import find
from aifactory.web.access_forms import steps_shown
from aifactory.web.forms import take_errors
from aifactory.web.visitor import person

COLOURS = {"asked": "warning", "confirmed": "ok", "declined": "error"}


class SupervisorForm(forms.Form):
    """Who supervises."""

    email = forms.EmailField(
        label=gettext_lazy("E-mail address of your supervisor"),
        help_text=gettext_lazy("A member of staff of your organisation, with an account here."),
    )


class ReasonForm(forms.Form):
    """Why not."""

    reason = forms.CharField(
        label=gettext_lazy("Why you do not supervise this"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


@login_required
def supervisor(request: HttpRequest, application_id: str) -> HttpResponse:
    """Name the supervisor of a student's application."""
    found = find(Application, application_id, request.user, related="call")
    form = SupervisorForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            actions.ask_supervisor(found, form.cleaned_data["email"], by=person(request))
        except Refused as refusal:
            take_errors(form, refusal)
        else:
            messages.success(request, _("Your supervisor is asked to confirm the application."))
            return redirect("application_supervisor", found.pk)
    held = supervision(found)
    context = {
        "application": found,
        "form": form,
        "supervision": held,
        "stands": stands(held, found),
        "colour": COLOURS.get(held.state if held else "", "neutral"),
    }
    return render(request, "access/supervisor.html", context)


@login_required
def supervisions(request: HttpRequest) -> HttpResponse:
    """The applications that I was asked to supervise."""
    rows = [(one, COLOURS.get(one.state, "neutral")) for one in to_supervise(person(request))[:100]]
    return render(request, "access/supervisions.html", {"rows": rows})


@login_required
def supervise(request: HttpRequest, supervision_id: str) -> HttpResponse:
    """Read what the student wrote; confirm it, or say no with a reason."""
    found = find(Supervision, supervision_id, request.user, related="application__call")
    form = ReasonForm(request.POST if "decline" in request.POST else None)
    if request.method == "POST" and "confirm" in request.POST:
        actions.confirm_supervision(found, by=person(request))
        messages.success(request, _("You are accountable for this work now."))
        return redirect("supervisions")
    if request.method == "POST" and form.is_valid():
        actions.decline_supervision(found, reason=form.cleaned_data["reason"], by=person(request))
        messages.success(request, _("The student reads your reason."))
        return redirect("supervisions")
    application = found.application
    context = {
        "supervision": found,
        "application": application,
        "steps": steps_shown(application.call, application, spoken()),
        "form": form,
        "may": found.state == "asked" and person(request).may(Permission.SUPERVISE, found),
    }
    return render(request, "access/supervise.html", context)


@login_required
@require_POST
def fill_in(request: HttpRequest, application_id: str) -> HttpResponse:
    """Take over what the profile and earlier applications answer, where nothing is written yet."""
    found = find(Application, application_id, request.user)
    filled = reuse(found, by=person(request))
    messages.success(
        request, _("%(count)s answers were filled in. Read them before you submit.") % {"count": len(filled)}
    )
    return redirect("application", found.pk)


urlpatterns = [
    path("applications/<application_id>/supervisor/", supervisor, name="application_supervisor"),
    path("applications/<application_id>/fill-in/", fill_in, name="application_fill_in"),
    path("supervisions/", supervisions, name="supervisions"),
    path("supervisions/<supervision_id>/", supervise, name="supervise"),
]
