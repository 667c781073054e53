"""The size of my organisation: accounts, owners and holdings; and the colleagues who work with me here."""

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

from aifactory.kit.bilingual import Text
from aifactory.kit.errors import Refused
from aifactory.people import actions as people
from aifactory.people.enterprises import actions, queries
from aifactory.people.enterprises.models import KINDS, Enterprise, Shareholding
from aifactory.people.enterprises.permissions import Permission
from aifactory.people.enterprises.size import Size
from aifactory.people.enterprises.words import SIZES
from aifactory.people.language import spoken
from aifactory.people.models import Organisation
from aifactory.people.rules import find
from aifactory.web.forms import take_errors
from aifactory.web.visitor import person

PUBLIC_SIZE = Text(en="public body or research organisation", nl="overheid of kennisinstelling")


class EnterpriseForm(forms.Form):
    """Who is tied to us."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=200)
    kind = forms.ChoiceField(label=gettext_lazy("What it is"), choices=KINDS)
    country = forms.CharField(
        label=gettext_lazy("Country"),
        max_length=2,
        required=False,
        help_text=gettext_lazy("Two letters, e.g. NL"),
    )
    registration_number = forms.CharField(
        label=gettext_lazy("Registration number"), max_length=40, required=False
    )


class AccountsForm(forms.Form):
    """The accounts of one year of one enterprise."""

    enterprise = forms.ModelChoiceField(
        Enterprise.objects.none(), label=gettext_lazy("Enterprise"), empty_label=None
    )
    year = forms.IntegerField(label=gettext_lazy("Year"), min_value=1990)
    staff = forms.DecimalField(
        label=gettext_lazy("Staff in annual work units"),
        min_value=Decimal(0),
        max_digits=11,
        decimal_places=2,
        help_text=gettext_lazy("Two people who work half of the week are one unit."),
    )
    turnover_eur = forms.IntegerField(label=gettext_lazy("Yearly turnover in euro"), min_value=0)
    balance_eur = forms.IntegerField(label=gettext_lazy("Balance sheet total in euro"), min_value=0)
    consolidated = forms.BooleanField(
        label=gettext_lazy("These are consolidated accounts: they hold the figures of all that it controls"),
        required=False,
    )
    estimate = forms.BooleanField(
        label=gettext_lazy("An honest estimate: the first year is not closed yet"), required=False
    )
    reference = forms.CharField(
        label=gettext_lazy("Reference, where you read them in a public register"),
        max_length=200,
        required=False,
    )

    def __init__(self, organisation: Organisation, data: Any = None, *, registers: bool = False) -> None:
        super().__init__(data)
        if not registers:
            del self.fields["reference"]
        known = queries.enterprises(organisation).exclude(kind="person")
        self.fields["enterprise"].queryset = known  # type: ignore[attr-defined]

    def facts(self) -> dict[str, Any]:
        """Return what the action takes: staff in hundredths, the source by whether a register is named."""
        facts = dict(self.cleaned_data)
        source = "registered" if facts.get("reference") else "declared"
        return facts | {"staff_hundredths": int(facts.pop("staff") * 100), "source": source}


class HoldingForm(forms.Form):
    """What one holds in another."""

    owner = forms.ModelChoiceField(
        Enterprise.objects.none(), label=gettext_lazy("Who holds the share"), empty_label=None
    )
    held = forms.ModelChoiceField(
        Enterprise.objects.none(), label=gettext_lazy("In which enterprise"), empty_label=None
    )
    capital = forms.DecimalField(
        label=gettext_lazy("Percent of the capital"),
        min_value=0,
        max_value=100,
        max_digits=5,
        decimal_places=2,
    )
    votes = forms.DecimalField(
        label=gettext_lazy("Percent of the votes"),
        min_value=0,
        max_value=100,
        max_digits=5,
        decimal_places=2,
        required=False,
        help_text=gettext_lazy("Leave this empty where it is the same as the capital."),
    )
    control = forms.BooleanField(
        label=gettext_lazy("Appoints most of the board, or controls by contract or agreement"), required=False
    )
    same_market = forms.BooleanField(
        label=gettext_lazy("For a person: these enterprises work in the same or in neighbouring markets"),
        required=False,
    )

    def __init__(self, organisation: Organisation, data: Any = None) -> None:
        super().__init__(data)
        known = queries.enterprises(organisation)
        self.fields["owner"].queryset = known  # type: ignore[attr-defined]
        self.fields["held"].queryset = known.exclude(kind="person")  # type: ignore[attr-defined]

    def facts(self) -> dict[str, Any]:
        """Return what the action takes: shares in hundredths of a percent."""
        facts = dict(self.cleaned_data)
        votes = facts.pop("votes")
        facts |= {
            "capital": int(facts["capital"] * 100),
            "votes": None if votes is None else int(votes * 100),
        }
        return facts


class ColleagueForm(forms.Form):
    """Somebody who has an account."""

    email = forms.EmailField(label=gettext_lazy("E-mail address of your colleague"))
    student = forms.BooleanField(
        label=gettext_lazy("Is a student: applies with a supervisor"), required=False
    )
    representative = forms.BooleanField(label=gettext_lazy("May sign for the organisation"), required=False)


def _find(request: HttpRequest, organisation_id: str) -> Organisation:
    return find(Organisation, organisation_id, request.user)


@login_required
def size(request: HttpRequest, organisation_id: str) -> HttpResponse:
    """The size class, the reasons for it, and what was declared; each form is a POST of its own."""
    found = _find(request, organisation_id)
    may = person(request).may(Permission.DECLARE, found)
    declared = queries.declaration(found)
    context = {
        "organisation": found,
        "declared": declared,
        "may_declare": may,
        **size_shown(found),
        "forms": _forms(request, found) if may and declared.own else {},
    }
    if may and request.method == "POST" and _done(request, found, context["forms"]):
        return redirect("organisation_size", found.pk)
    return render(request, "people/size.html", context)


def _forms(request: HttpRequest, found: Organisation) -> dict[str, forms.Form]:
    sent = request.POST.get("form") if request.method == "POST" else None

    def data(name: str) -> Any:
        return request.POST if sent == name else None

    return {
        "accounts": AccountsForm(
            found, data("accounts"), registers=person(request).may(Permission.REGISTER, found)
        ),
        "enterprise": EnterpriseForm(data("enterprise")),
        "holding": HoldingForm(found, data("holding")),
    }


def _done(request: HttpRequest, found: Organisation, shown: dict[str, Any]) -> bool:
    """Carry out the form that was sent. Says whether it went well; the form shows what did not."""
    name = request.POST.get("form", "")
    if name == "begin":
        actions.own_enterprise(found, by=person(request))
        return True
    form = shown.get(name)
    if form is None or not form.is_valid():
        return False
    by = person(request)
    try:
        if name == "enterprise":
            actions.name_enterprise(found, by=by, **form.cleaned_data)
        elif name == "accounts":
            facts = form.facts()
            actions.state_accounts(facts.pop("enterprise"), by=by, **facts)
        else:
            facts = form.facts()
            actions.state_holding(facts.pop("owner"), facts.pop("held"), by=by, **facts)
    except Refused as refusal:
        take_errors(form, refusal)
        return False
    messages.success(request, _("Saved. The size class below takes it into account."))
    return True


def size_shown(organisation: Organisation) -> dict[str, Any]:
    """Return the class in words, its reasons and its years, in the reader's language."""
    if organisation.kind not in queries.ENTERPRISES:
        return {"size": PUBLIC_SIZE.of(spoken()), "reasons": [], "years": []}
    facts, language = queries.size_facts(organisation), "nl" if spoken().startswith("nl") else "en"
    size_class = facts["size"]
    years = [
        year
        | {"size": SIZES[Size(year["size"])].of(language)}
        | {"added": [one | {"why": one["why"][language]} for one in year["added"]]}
        for year in facts["size_years"]
    ]
    return {
        "size": SIZES[Size(size_class)].of(language) if size_class else None,
        "reasons": [reason[language] for reason in facts["size_reasons"]],
        "years": years,
    }


@login_required
@require_POST
def end_holding(request: HttpRequest, holding_id: str) -> HttpResponse:
    """Say that a holding ended."""
    found = find(Shareholding, holding_id, request.user, related="held")
    actions.end_holding(found, by=person(request))
    messages.success(request, _("The holding counts no more."))
    return redirect("organisation_size", found.held.organisation_id)


@login_required
def add_colleague(request: HttpRequest, organisation_id: str) -> HttpResponse:
    """Add a colleague who has an account."""
    found = _find(request, organisation_id)
    form = ColleagueForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            people.add_colleague(found, by=person(request), **form.cleaned_data)
        except Refused as refusal:
            take_errors(form, refusal)
        else:
            messages.success(request, _("Your colleague belongs to the organisation now."))
            return redirect("organisation", found.pk)
    return render(request, "people/add_colleague.html", {"organisation": found, "form": form})


urlpatterns = [
    path("organisations/<organisation_id>/size/", size, name="organisation_size"),
    path("organisations/<organisation_id>/colleagues/", add_colleague, name="add_colleague"),
    path("holdings/<holding_id>/end/", end_holding, name="end_holding"),
]
