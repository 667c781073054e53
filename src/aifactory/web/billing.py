"""Paid use: the prices, customers, what is sold to them, and invoices."""

from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from aifactory.awards.billing import actions, queries, ubl, writing
from aifactory.awards.billing.document import cents
from aifactory.awards.billing.models import Customer, Invoice, PaidLine
from aifactory.awards.billing.permissions import Permission
from aifactory.awards.billing.prices import in_force
from aifactory.awards.models import RESOURCES, Project
from aifactory.kit import clock
from aifactory.kit.units import base
from aifactory.people.models import Organisation, User
from aifactory.people.queries import person_of
from aifactory.people.rules import find, require, visible
from aifactory.web.forms import DateTime, Day, carried_out
from aifactory.web.paging import page
from aifactory.web.visitor import person


class CustomerForm(forms.ModelForm):  # type: ignore[type-arg]  # not subscriptable at run time
    """What invoices to an organisation must say."""

    organisation = forms.ModelChoiceField(Organisation.objects.none(), label=gettext_lazy("Organisation"))

    class Meta:
        model = Customer
        fields = ("organisation", *actions.FACTS)

    def validate_unique(self) -> None:
        """Let a second time correct the first: the action knows."""


class ProjectForm(forms.Form):
    """A project that pays for what it uses."""

    title = forms.CharField(label=gettext_lazy("Title of the project"), max_length=200)
    leader = forms.EmailField(label=gettext_lazy("E-mail address of its leader"), max_length=254)
    ends_at = DateTime(label=gettext_lazy("Until"))


class SaleForm(forms.Form):
    """How much of what, for which project."""

    project = forms.ChoiceField(label=gettext_lazy("Project"))
    resource = forms.ChoiceField(label=gettext_lazy("Resource"), choices=RESOURCES)
    amount = forms.DecimalField(
        label=gettext_lazy("At most"),
        min_value=0,
        max_digits=12,
        decimal_places=2,
        help_text=gettext_lazy("In hours; storage in GB. Only what is used is billed."),
    )
    starts_at = DateTime(label=gettext_lazy("From"))
    ends_at = DateTime(label=gettext_lazy("Until"))


class IssueForm(forms.Form):
    """Up to which day to bill."""

    until = Day(
        label=gettext_lazy("Bill up to and including"), help_text=gettext_lazy("A day that has ended.")
    )


class PayForm(forms.Form):
    """When the money came."""

    paid_on = Day(label=gettext_lazy("Paid on"))


class CreditForm(forms.Form):
    """Why an invoice is taken back."""

    reasons = forms.CharField(label=gettext_lazy("Reasons"), widget=forms.Textarea, max_length=2000)
    bill_again = forms.BooleanField(
        label=gettext_lazy("Bill what stood on it again, with the next invoice"), required=False
    )


def prices(request: HttpRequest) -> HttpResponse:
    """What time costs those who are not granted it. Public."""
    context = {"list": queries.price_facts(in_force(clock.now())), "names": dict(RESOURCES)}
    return render(request, "billing/prices.html", context)


@login_required
def invoices(request: HttpRequest) -> HttpResponse:
    """The invoices this person may see, newest first."""
    found, following = page(request, queries.invoices(request.user))
    context = {"invoices": [(i, cents(i.gross_cents)) for i in found], "next": following}
    return render(request, "billing/invoices.html", context)


@login_required
def invoice(request: HttpRequest, invoice_id: str) -> HttpResponse:
    """One invoice as it was sent; the office notes its payment or takes it back."""
    found = find(Invoice, invoice_id, request.user, related="customer__organisation")
    user = person(request)
    sent = request.POST if request.method == "POST" else None
    paying = sent is not None and "pay" in sent
    pay, credit = PayForm(sent if paying else None), CreditForm(None if paying else sent)

    def act() -> Invoice:
        if paying:
            return actions.record_payment(found, by=user, **pay.cleaned_data)
        return actions.credit(found, by=user, **credit.cleaned_data)

    if sent is not None and (made := carried_out(pay if paying else credit, act)):
        messages.success(request, _("The payment is noted.") if paying else _("This credit note was made."))
        return redirect("invoice", made.pk)
    context = {
        "invoice": found,
        "document": writing.again(found.content),
        "pay": pay if found.state == "issued" and user.may(Permission.SETTLE, found) else None,
        "credit": credit if _may_credit(found, user) else None,
        "credited_by": Invoice.objects.filter(credits=found).first(),
        "late": found.state == "issued" and found.due_on < queries.today(),
    }
    return render(request, "billing/invoice.html", context)


def _may_credit(found: Invoice, user: User) -> bool:
    return found.kind == "380" and found.state != "credited" and user.may(Permission.ISSUE, found)


@login_required
def invoice_ubl(request: HttpRequest, invoice_id: str) -> HttpResponse:
    """One invoice as a file that accounting software reads."""
    found = find(Invoice, invoice_id, request.user)
    answer = HttpResponse(ubl.write(writing.again(found.content)), content_type="application/xml")
    answer["Content-Disposition"] = f'attachment; filename="{found.number}.xml"'
    return answer


@login_required
def customers(request: HttpRequest) -> HttpResponse:
    """Who pays for use, as far as this person may know."""
    found, following = page(request, visible(Customer, request.user).select_related("organisation"))
    context = {
        "customers": found,
        "next": following,
        "manages": person(request).may(Permission.CUSTOMER),
    }
    return render(request, "billing/customers.html", context)


@login_required
def new_customer(request: HttpRequest) -> HttpResponse:
    """Note what invoices to an organisation must say, or correct it."""
    require(person(request), Permission.CUSTOMER)
    asked = request.GET.get("organisation", "")
    known = visible(Customer, request.user).filter(organisation=asked if asked.isprintable() else "").first()
    form = CustomerForm(request.POST if request.method == "POST" else None, instance=known)
    choice: Any = form.fields["organisation"]
    choice.queryset = visible(Organisation, request.user).order_by("name")

    def act() -> Customer:
        facts = dict(form.cleaned_data)
        return actions.register_customer(facts.pop("organisation"), by=person(request), **facts)

    if request.method == "POST" and (made := carried_out(form, act)):
        messages.success(request, _("It is on record."))
        return redirect("customer", made.pk)
    return render(request, "billing/new_customer.html", {"form": form})


@login_required
def customer(request: HttpRequest, customer_id: str) -> HttpResponse:
    """One customer: what was sold, what is used and not billed, and the invoices."""
    found = find(Customer, customer_id, request.user, related="organisation")
    user = person(request)
    sent = request.POST if request.method == "POST" else None
    name = next((n for n in ("project", "sell", "issue") if sent is not None and f"{n}_now" in sent), "")
    shown: dict[str, forms.Form] = {
        "project": ProjectForm(sent if name == "project" else None),
        "sell": SaleForm(sent if name == "sell" else None),
        "issue": IssueForm(
            sent if name == "issue" else None, initial={"until": queries.today() - timedelta(days=1)}
        ),
    }
    projects = Project.objects.filter(organisation=found.organisation_id).order_by("-pk")[:100]
    choice: Any = shown["sell"].fields["project"]
    choice.choices = [(p.pk, p.title) for p in projects]
    if name and (made := carried_out(shown[name], lambda: _deal(found, user, name, shown[name]))):
        messages.success(request, _("It is on record."))
        return redirect("invoice", made.pk) if name == "issue" else redirect("customer", found.pk)
    unbilled = queries.preview(found, queries.today())
    context = {
        "customer": found,
        "lines": PaidLine.objects.filter(customer=found).select_related("line__project").order_by("-pk")[:50],
        "unbilled": [(one, cents(one["net_cents"])) for one in unbilled],
        "invoices": [(i, cents(i.gross_cents)) for i in found.invoices.defer("content").order_by("-pk")[:12]],
        "names": dict(RESOURCES),
        "manages": user.may(Permission.CUSTOMER),
        "sells": user.may(Permission.ISSUE, found),
        **{f"{key}_form": form for key, form in shown.items()},
    }
    return render(request, "billing/customer.html", context)


def _deal(found: Customer, user: User, name: str, form: forms.Form) -> Any:
    facts = dict(form.cleaned_data)
    if name == "issue":
        return actions.issue(found, until=facts["until"], by=user)
    if name == "project":
        leader = person_of(facts.pop("leader"))
        return actions.open_paid_project(found, by=user, leader=leader, **facts)
    project = find(Project, facts.pop("project"), user)
    facts["amount"] = base(facts["resource"], facts["amount"])
    return actions.sell(found, project, by=user, **facts)


urlpatterns = [
    path("prices/", prices, name="prices"),
    path("invoices/", invoices, name="invoices"),
    path("invoices/<invoice_id>/", invoice, name="invoice"),
    path("invoices/<invoice_id>/ubl.xml", invoice_ubl, name="invoice_ubl"),
    path("customers/", customers, name="customers"),
    path("customers/new/", new_customer, name="new_customer"),
    path("customers/<customer_id>/", customer, name="customer"),
]
