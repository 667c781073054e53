"""The page of who may use the data of an agreement: ask for more people, answer, take one off the list."""

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from aifactory.datasets.models import Agreement
from aifactory.datasets.named_persons import actions, queries
from aifactory.datasets.named_persons.models import PersonsChange
from aifactory.datasets.permissions import Permission
from aifactory.kit.errors import FieldError, Invalid
from aifactory.people.models import User
from aifactory.people.queries import person_of
from aifactory.people.rules import find
from aifactory.web.forms import carried_out
from aifactory.web.visitor import person


class PersonsForm(forms.Form):
    """Who joins, and why."""

    persons = forms.CharField(
        label=gettext_lazy("Who will work with the data as well?"),
        widget=forms.Textarea,
        max_length=5_000,
        help_text=gettext_lazy("E-mail addresses, one on each line. They must work on the project."),
    )
    explanation = forms.CharField(
        label=gettext_lazy("Why do they need it?"),
        widget=forms.Textarea,
        max_length=500,
        help_text=gettext_lazy("The holder reads this."),
    )


@login_required
def persons(request: HttpRequest, agreement_id: str) -> HttpResponse:
    """Who may use the data now, what waits for an answer, and how the list changed."""
    agreement, user = find(Agreement, agreement_id, request.user), person(request)
    form = PersonsForm(request.POST or None)
    if request.method == "POST":
        made = carried_out(form, lambda: _ask(agreement, form, user))
        if made:
            told = _("They may use the data from now on.")
            asked = _("Now it is the holder's turn. You hear what they decide.")
            messages.success(request, asked if made.state == "asked" else told)
            return redirect("agreement_persons", agreement.pk)
    changes = list(queries.changes(agreement))
    names = queries.named_in(agreement, changes)
    for change in changes:
        change.names = ", ".join(sorted(names[pk] for pk in change.persons))  # type: ignore[attr-defined]
    context = {
        "agreement": agreement,
        "dataset": agreement.offer.dataset,
        "named": [{"id": pk, "name": names[pk]} for pk in sorted(agreement.named, key=lambda pk: names[pk])],
        "changes": changes,
        "waiting": next((change for change in changes if change.state == "asked"), None),
        "form": form,
        "may": {p.name: user.may(p, agreement) for p in Permission if p.value.startswith("persons:")},
    }
    return render(request, "datasets/named_persons.html", context)


def _ask(agreement: Agreement, form: forms.Form, user: User) -> PersonsChange:
    given: dict[str, Any] = form.cleaned_data
    chosen = [person_of(email) for email in given["persons"].split()]
    return actions.ask_to_add(agreement, chosen, by=user, explanation=given["explanation"])


@login_required
@require_POST
def remove(request: HttpRequest, agreement_id: str) -> HttpResponse:
    """Take a person off the list."""
    agreement, user = find(Agreement, agreement_id, request.user), person(request)
    chosen = User.objects.filter(pk=request.POST.get("person", ""), pk__in=agreement.named).first()
    if chosen is None:
        raise Invalid([FieldError("person", _("Choose one of the list."), "named person")])
    actions.remove(agreement, chosen, by=user, reason=request.POST.get("reason", ""))
    messages.success(request, _("%(name)s may not use the data any more.") % {"name": chosen.name})
    return redirect("agreement_persons", agreement.pk)


@login_required
@require_POST
def decide(request: HttpRequest, change_id: str) -> HttpResponse:
    """Accept or refuse what was asked, or take it back."""
    change, user = find(PersonsChange, change_id, request.user), person(request)
    done = actions.decide(
        change, request.POST.get("step", ""), by=user, reason=request.POST.get("reason", "")
    )
    messages.success(request, _("Your decision is kept: %(state)s.") % {"state": done.get_state_display()})
    return redirect("agreement_persons", done.agreement_id)


urlpatterns = [
    path("agreements/<agreement_id>/persons/", persons, name="agreement_persons"),
    path("agreements/<agreement_id>/persons/remove/", remove, name="remove_person"),
    path("persons-changes/<change_id>/", decide, name="decide_persons"),
]
