"""De minimis aid: what counts for an organisation, what is left, and declaring what was granted elsewhere."""

from decimal import Decimal
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

from aifactory.awards.state_aid import actions, ledger, queries
from aifactory.awards.state_aid.models import AidEntry
from aifactory.awards.state_aid.permissions import Permission
from aifactory.kit.errors import Refused
from aifactory.people.models import Organisation
from aifactory.people.rules import find
from aifactory.web.forms import take_errors
from aifactory.web.visitor import person


class AidForm(forms.Form):
    """Aid granted elsewhere."""

    granted_on = forms.DateField(
        label=gettext_lazy("Granted on"), widget=forms.DateInput(attrs={"type": "date"})
    )
    euros = forms.DecimalField(
        label=gettext_lazy("Worth in euro (gross grant equivalent)"),
        min_value=Decimal("0.01"),
        max_digits=12,
        decimal_places=2,
    )
    authority = forms.CharField(label=gettext_lazy("Who granted it"), max_length=200)
    measure = forms.CharField(label=gettext_lazy("What for"), max_length=200, required=False)
    member_state = forms.CharField(
        label=gettext_lazy("Member state"), max_length=2, initial=queries.MEMBER_STATE
    )
    register_reference = forms.CharField(
        label=gettext_lazy("Reference in the central register"),
        max_length=100,
        required=False,
    )

    def __init__(self, data: Any = None, *, registers: bool = False) -> None:
        super().__init__(data)
        if not registers:
            del self.fields["register_reference"]


class ReferenceForm(forms.Form):
    """Where an entry stands in the central register."""

    reference = forms.CharField(label=gettext_lazy("Reference in the central register"), max_length=100)


@login_required
def aid(request: HttpRequest, organisation_id: str) -> HttpResponse:
    """What counts, what is left, and declaring more."""
    found = find(Organisation, organisation_id, request.user)
    registers = person(request).may(Permission.KEEP, AidEntry(organisation=found))
    form = AidForm(request.POST or None, registers=registers)
    if request.method == "POST" and form.is_valid():
        facts = dict(form.cleaned_data)
        try:
            actions.declare_aid(found, cents=int(facts.pop("euros") * 100), by=person(request), **facts)
        except Refused as refusal:
            take_errors(form, refusal)
        else:
            messages.success(request, _("The aid is written down."))
            return redirect("aid", found.pk)
    standing = queries.standing(found)
    context = {
        "organisation": found,
        "standing": standing,
        "ceiling": ledger.CEILING // 100,
        "rows": [_row(entry, request) for entry in standing.entries],
        "other": [e for e in queries.entries(found) if e.member_state != queries.MEMBER_STATE],
        "form": form,
        "may_declare": person(request).may(Permission.DECLARE, AidEntry(organisation=found)),
    }
    return render(request, "awards/aid.html", context)


def _row(entry: AidEntry, request: HttpRequest) -> dict[str, Any]:
    return {
        "entry": entry,
        "leaves_on": ledger.leaves_on(entry.granted_on),
        "may_keep": person(request).may(Permission.KEEP, entry),
    }


@login_required
def register_aid(request: HttpRequest, aid_id: str) -> HttpResponse:
    """Keep the reference of an entry in the central register, or let it count no more."""
    found = find(AidEntry, aid_id, request.user, related="organisation")
    form = ReferenceForm(request.POST or None, initial={"reference": found.register_reference})
    if request.method == "POST" and form.is_valid():
        try:
            actions.register_aid(found, form.cleaned_data["reference"], by=person(request))
        except Refused as refusal:
            take_errors(form, refusal)
        else:
            messages.success(request, _("The reference is kept."))
            return redirect("aid", found.organisation_id)
    return render(request, "awards/aid_entry.html", {"entry": found, "form": form})


@login_required
@require_POST
def annul_aid(request: HttpRequest, aid_id: str) -> HttpResponse:
    """Let an entry count no more."""
    found = find(AidEntry, aid_id, request.user)
    actions.annul_aid(found, by=person(request))
    messages.success(request, _("This aid counts no more."))
    return redirect("aid", found.organisation_id)


urlpatterns = [
    path("organisations/<organisation_id>/aid/", aid, name="aid"),
    path("aid/<aid_id>/", register_aid, name="register_aid"),
    path("aid/<aid_id>/annul/", annul_aid, name="annul_aid"),
]
