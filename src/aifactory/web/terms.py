"""The terms of use, accepting them for an organisation, and suspensions."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from aifactory.people.language import spoken
from aifactory.people.mandates.queries import ground
from aifactory.people.models import Organisation, User
from aifactory.people.queries import person_of
from aifactory.people.rules import find
from aifactory.people.terms import actions, queries
from aifactory.people.terms.models import Suspension
from aifactory.people.terms.permissions import Permission
from aifactory.people.terms.standing import still_due
from aifactory.web.forms import carried_out
from aifactory.web.paging import page
from aifactory.web.visitor import person

KINDS = [
    ("people.user", gettext_lazy("A person")),
    ("people.organisation", gettext_lazy("An organisation")),
    ("awards.project", gettext_lazy("A project")),
]


class SuspendForm(forms.Form):
    """Who, on which ground, and why."""

    kind = forms.ChoiceField(label=gettext_lazy("What is suspended?"), choices=KINDS)
    who = forms.CharField(
        label=gettext_lazy("Which one?"),
        max_length=254,
        help_text=gettext_lazy("The e-mail address of a person; the id of an organisation or project."),
    )
    ground = forms.ChoiceField(label=gettext_lazy("Ground"), choices=Suspension.Ground.choices)
    reasons = forms.CharField(
        label=gettext_lazy("Reasons"),
        widget=forms.Textarea,
        max_length=4000,
        help_text=gettext_lazy("Those concerned read this. The public does not."),
    )

    def subject(self) -> str:
        """Return kind and id. Raises `Invalid` for an address that nobody has."""
        kind, who = self.cleaned_data["kind"], self.cleaned_data["who"].strip()
        return f"{kind}:{person_of(who).pk if '@' in who else who}"


class LiftForm(forms.Form):
    """Why it is lifted."""

    reasons = forms.CharField(label=gettext_lazy("Reasons"), widget=forms.Textarea, max_length=4000)


def terms(request: HttpRequest) -> HttpResponse:
    """Every text in force, and for who may sign: what their organisations still have to accept."""
    language = spoken()
    mine = queries.represented_by(request.user) if isinstance(request.user, User) else []
    due = {organisation: {one.text.id: one for one in still_due(organisation)} for organisation in mine}
    context = {
        "texts": [
            queries.text_facts(text, language)
            | {"owed": [(o, owed[text.id]) for o, owed in due.items() if text.id in owed]}
            for text in queries.in_force()
        ],
        "mine": mine,
        "counts": queries.counts(),
    }
    return render(request, "terms/terms.html", context)


@login_required
@require_POST
def accept_terms(request: HttpRequest, text_id: str) -> HttpResponse:
    """Accept one text for one organisation."""
    organisation = find(Organisation, request.POST.get("organisation", ""), request.user)
    actions.accept(organisation, text_id, by=person(request), digest=request.POST.get("digest", ""))
    messages.success(request, _("Accepted for %(organisation)s.") % {"organisation": organisation.name})
    return redirect("terms")


@login_required
def suspensions(request: HttpRequest) -> HttpResponse:
    """The suspensions that this person may know of."""
    found, following = page(request, queries.suspensions(request.user))
    context = {
        "suspensions": found,
        "names": queries.subject_names(found),
        "next": following,
        "may_suspend": person(request).may(Permission.SUSPEND, Suspension()),
    }
    return render(request, "terms/suspensions.html", context)


@login_required
def suspend(request: HttpRequest) -> HttpResponse:
    """Suspend a person, an organisation or a project."""
    ground(person(request), Permission.SUSPEND)
    first = dict(zip(("kind", "who"), request.GET.get("subject", "").split(":", 1), strict=False))
    form = SuspendForm(request.POST if request.method == "POST" else None, initial=first)

    def act() -> Suspension:
        facts = form.cleaned_data
        return actions.suspend(
            form.subject(), by=person(request), ground=facts["ground"], reasons=facts["reasons"]
        )

    if request.method == "POST" and (made := carried_out(form, act)):
        messages.success(request, _("Suspended. Those concerned are told."))
        return redirect("suspension", made.pk)
    return render(request, "terms/suspend.html", {"form": form})


@login_required
def suspension(request: HttpRequest, suspension_id: str) -> HttpResponse:
    """One suspension: its ground, reasons and effect; who holds the mandate lifts it here."""
    found = find(Suspension, suspension_id, request.user, related="mandate")
    user = person(request)
    form = LiftForm(request.POST if request.method == "POST" else None)

    def act() -> Suspension:
        return actions.lift(found, by=user, reasons=form.cleaned_data["reasons"])

    if request.method == "POST" and carried_out(form, act):
        messages.success(request, _("The suspension is lifted."))
        return redirect("suspension", found.pk)
    context: dict[str, Any] = {
        "suspension": found,
        "name": queries.subject_names([found]).get(found.subject, found.subject),
        "form": form,
        "office_mail": settings.OFFICE_MAIL,
        "may_lift": found.state == "in_force" and user.may(Permission.LIFT, found),
    }
    return render(request, "terms/suspension.html", context)


urlpatterns = [
    path("terms/", terms, name="terms"),
    path("terms/<text_id>/accept/", accept_terms, name="accept_terms"),
    path("suspensions/", suspensions, name="suspensions"),
    path("suspensions/new/", suspend, name="suspend"),
    path("suspensions/<suspension_id>/", suspension, name="suspension"),
]
