"""The consortium: who carries the factory, under which agreements, and what each promised and brought."""

import hashlib
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from aifactory.people.models import Organisation, User
from aifactory.people.partners import actions, queries
from aifactory.people.partners.models import Contribution, Partner, PartnerAgreement, Party
from aifactory.people.partners.permissions import Permission
from aifactory.people.partners.rules import sees_details
from aifactory.people.rules import find, require, visible
from aifactory.web.forms import Day, carried_out
from aifactory.web.visitor import person


class AdmitForm(forms.Form):
    """Which organisation joins, as what."""

    organisation = forms.ModelChoiceField(Organisation.objects.none(), label=gettext_lazy("Organisation"))
    function = forms.CharField(label=gettext_lazy("Function in the consortium"), max_length=120)
    since = Day(label=gettext_lazy("Since"))


class AgreementForm(forms.Form):
    """What was agreed, by whom."""

    title = forms.CharField(label=gettext_lazy("Title"), max_length=200)
    kind = forms.ChoiceField(label=gettext_lazy("Kind of agreement"), choices=PartnerAgreement.Kind.choices)
    document = forms.FileField(
        label=gettext_lazy("The document"),
        help_text=gettext_lazy("Only its checksum is kept; the document stays with you."),
    )
    starts_on = Day(label=gettext_lazy("From"))
    ends_on = Day(label=gettext_lazy("Until and including"), required=False)
    terms = forms.CharField(
        label=gettext_lazy("What was agreed, in short (public)"),
        widget=forms.Textarea,
        max_length=4000,
        required=False,
    )
    partners = forms.ModelMultipleChoiceField(
        Partner.objects.none(), label=gettext_lazy("Parties"), widget=forms.CheckboxSelectMultiple
    )

    def facts(self) -> dict[str, Any]:
        """Return what was filled in, with the digest instead of the document."""
        found = dict(self.cleaned_data)
        document = found.pop("document")
        hashed = hashlib.sha256()
        for chunk in document.chunks():
            hashed.update(chunk)
        return found | {
            "document_digest": f"sha256:{hashed.hexdigest()}",
            "partners": list(found["partners"]),
        }


class SignForm(forms.Form):
    """Who signed for a party, and when."""

    signed_on = Day(label=gettext_lazy("Signed on"))
    signatory = forms.CharField(label=gettext_lazy("Who signed"), max_length=120)


class PromiseForm(forms.Form):
    """What a partner will bring."""

    kind = forms.ChoiceField(label=gettext_lazy("Kind of contribution"), choices=Contribution.Kind.choices)
    amount = forms.DecimalField(
        label=gettext_lazy("How much"),
        max_digits=15,
        decimal_places=2,
        help_text=gettext_lazy("Money in euro, staff in hours, data in datasets, housing in kW."),
    )
    description = forms.CharField(label=gettext_lazy("What it is (public)"), max_length=200)
    due_on = Day(label=gettext_lazy("Due on"), required=False)


class DeliverForm(forms.Form):
    """What came of a promise."""

    contribution = forms.ChoiceField(label=gettext_lazy("Of which contribution"))
    amount = forms.DecimalField(label=gettext_lazy("How much"), max_digits=15, decimal_places=2)
    delivered_on = Day(label=gettext_lazy("Delivered on"))
    evidence = forms.CharField(label=gettext_lazy("What shows it"), max_length=200)


class LeaveForm(forms.Form):
    """The last day of a partner."""

    until = Day(label=gettext_lazy("Last day in the consortium"))


def consortium(request: HttpRequest) -> HttpResponse:
    """The public summary."""
    context = {
        "partners": queries.partners(),
        "agreements": [queries.agreement_facts(a, details=False) for a in queries.agreements()],
        "totals": queries.totals(),
        "kinds": dict(Contribution.Kind.choices),
        "units": _units(),
        "manages": _manages(request),
    }
    return render(request, "partners/consortium.html", context)


def partner(request: HttpRequest, partner_id: str) -> HttpResponse:
    """One partner: what it promised and brought; the office keeps the books here."""
    found = find(Partner, partner_id, request.user, related="organisation")
    promised = queries.contributions(found)
    sent = request.POST if request.method == "POST" and _manages(request) else None
    name = next((n for n in ("promise", "deliver", "leave") if sent is not None and n in sent), "")
    shown = {
        "promise": PromiseForm(sent if name == "promise" else None),
        "deliver": DeliverForm(sent if name == "deliver" else None),
        "leave": LeaveForm(sent if name == "leave" else None),
    }
    choice: Any = shown["deliver"].fields["contribution"]
    choice.choices = [(c["id"], c["description"]) for c in promised]
    if name and carried_out(shown[name], lambda: _book(request, found, name, shown[name])):
        messages.success(request, _("It is on record."))
        return redirect("partner", found.pk)
    context = {
        "partner": found,
        "contributions": promised,
        "kinds": dict(Contribution.Kind.choices),
        "units": _units(),
        "deliveries": _deliveries(request, found),
        "manages": _manages(request),
        **{f"{key}_form": form for key, form in shown.items()},
    }
    return render(request, "partners/partner.html", context)


def _book(request: HttpRequest, found: Partner, name: str, form: forms.Form) -> object:
    user, facts = person(request), dict(form.cleaned_data)
    if name == "promise":
        return actions.promise(found, by=user, **facts)
    if name == "leave":
        return actions.leave(found, by=user, until=facts["until"])
    contribution = find(Contribution, facts.pop("contribution"), user)
    return actions.deliver(contribution, by=user, **facts)


def _deliveries(request: HttpRequest, found: Partner) -> list[Any]:
    """Return what came, with what shows it: for staff and partners only."""
    if not sees_details(request.user if isinstance(request.user, User) else None):
        return []
    rows = Contribution.objects.filter(partner=found).prefetch_related("deliveries").order_by("pk")
    return [(one, delivery) for one in rows for delivery in one.deliveries.all()]


@login_required
def admit(request: HttpRequest) -> HttpResponse:
    """Take an organisation into the consortium."""
    require(person(request), Permission.MANAGE)
    form = AdmitForm(request.POST if request.method == "POST" else None)
    choice: Any = form.fields["organisation"]
    choice.queryset = visible(Organisation, request.user).filter(partnership=None).order_by("name")

    def act() -> Partner:
        facts = dict(form.cleaned_data)
        return actions.admit(facts.pop("organisation"), by=person(request), **facts)

    if request.method == "POST" and (made := carried_out(form, act)):
        return redirect("partner", made.pk)
    return render(request, "partners/form.html", {"form": form, "title": _("Take in a partner")})


@login_required
def new_partner_agreement(request: HttpRequest) -> HttpResponse:
    """Record an agreement between partners."""
    require(person(request), Permission.MANAGE)
    posted = request.method == "POST"
    form = AgreementForm(request.POST if posted else None, request.FILES if posted else None)
    choice: Any = form.fields["partners"]
    choice.queryset = Partner.objects.select_related("organisation").order_by("pk")
    if posted and (made := carried_out(form, lambda: actions.agree(by=person(request), **form.facts()))):
        return redirect("partner_agreement", made.pk)
    return render(request, "partners/form.html", {"form": form, "title": _("Record an agreement")})


def partner_agreement(request: HttpRequest, partner_agreement_id: str) -> HttpResponse:
    """One agreement: its parties and who has signed."""
    found = find(PartnerAgreement, partner_agreement_id, request.user)
    manages = _manages(request)
    sent = request.POST if request.method == "POST" and manages else None
    form = SignForm(sent)

    def act() -> Party:
        party = find(Party, str(request.POST.get("party", "")), request.user)
        return actions.sign(party, by=person(request), **form.cleaned_data)

    if sent is not None and carried_out(form, act):
        messages.success(request, _("It is on record."))
        return redirect("partner_agreement", found.pk)
    details = sees_details(request.user if isinstance(request.user, User) else None)
    facts = queries.agreement_facts(found, details=details)
    context = {"agreement": facts, "kind": found.get_kind_display(), "form": form, "manages": manages}
    return render(request, "partners/agreement.html", context)


def _units() -> dict[str, str]:
    """Return the units as people read them."""
    return {"EUR": "EUR", "person-hours": _("person-hours"), "datasets": _("datasets"), "kW": "kW"}


def _manages(request: HttpRequest) -> bool:
    return isinstance(request.user, User) and request.user.may(Permission.MANAGE)


urlpatterns = [
    path("consortium/", consortium, name="consortium"),
    path("consortium/partners/new/", admit, name="admit_partner"),
    path("consortium/partners/<partner_id>/", partner, name="partner"),
    path("consortium/agreements/new/", new_partner_agreement, name="new_partner_agreement"),
    path("consortium/agreements/<partner_agreement_id>/", partner_agreement, name="partner_agreement"),
]
