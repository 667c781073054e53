"""Reads of paid use that pages, API and commands share."""

from datetime import date, datetime, timedelta
from typing import Any

from django.db import models
from django.db.models import Max, Min, Sum
from django.utils import timezone

from aifactory.audit.record import plain
from aifactory.awards.billing import writing
from aifactory.awards.billing.document import Company
from aifactory.awards.billing.models import Customer, Invoice
from aifactory.awards.billing.prices import PriceList, known
from aifactory.awards.models import Hold
from aifactory.kit import clock
from aifactory.kit.units import UNITS, Resource, human
from aifactory.people.rules import visible


def today() -> date:
    """Return the day in the factory's time zone."""
    return clock.now().astimezone(timezone.get_default_timezone()).date()


def end_of(day: date) -> datetime:
    """Return the first moment after a day, in the factory's time zone."""
    after = day + timedelta(days=1)
    return datetime(after.year, after.month, after.day, tzinfo=timezone.get_default_timezone())


def unbilled(customer: Customer, until: date) -> "models.QuerySet[Hold]":
    """Return the settled holds of a customer's paid lines up to the end of a day that stand on no invoice."""
    return Hold.objects.filter(
        line__paid__customer=customer,
        state=Hold.State.SETTLED,
        settled_at__lt=end_of(until),
        drawn__gt=0,
        invoiced=None,
    )


def uses(holds: "models.QuerySet[Hold]") -> list[writing.Use]:
    """Return what these holds used, one sum for each paid line."""
    rows = (
        holds.values("line_id", "line__project__title", "line__resource", "line__paid__prices")
        .annotate(amount=Sum("drawn"))
        .order_by("line_id")
    )
    return [
        writing.Use(
            row["line_id"],
            row["line__project__title"],
            Resource(row["line__resource"]),
            row["amount"],
            known()[row["line__paid__prices"]],
        )
        for row in rows
    ]


def preview(customer: Customer, until: date) -> list[dict[str, Any]]:
    """Return what an invoice up to a day would hold: use and net amount (whole cents) of each line."""
    return [
        {
            "line": use.line,
            "project": use.project,
            "resource": use.resource.value,
            "used": human(use.resource, use.amount),
            "net_cents": use.prices.cost(use.resource, use.amount),
        }
        for use in uses(unbilled(customer, until))
    ]


def period(customer: Customer, holds: "models.QuerySet[Hold]", until: date) -> tuple[date, date]:
    """Return from which day an invoice up to `until` runs: the day after the last one, or the first use."""
    last = customer.invoices.filter(kind="380").aggregate(last=Max("period_end"))["last"]
    first = holds.aggregate(first=Min("settled_at"))["first"]
    used = first.astimezone(timezone.get_default_timezone()).date() if first else until
    after = last + timedelta(days=1) if last else used
    return min(after, used, until), until


def buyer(customer: Customer) -> Company:
    """Return a customer as an invoice names it."""
    organisation = customer.organisation
    return Company(
        name=organisation.name,
        country=organisation.country,
        street=customer.street,
        postcode=customer.postcode,
        city=customer.city,
        vat_number=customer.vat_number,
        registration_number=organisation.registration_number,
        endpoint_scheme=customer.endpoint_scheme,
        endpoint=customer.endpoint,
    )


def invoices(viewer: Any) -> "models.QuerySet[Invoice]":
    """Return the invoices that the viewer sees, with their customer."""
    return visible(Invoice, viewer).select_related("customer__organisation").defer("content")


def overdue() -> "models.QuerySet[Invoice]":
    """Return the invoices whose day of payment is past, the oldest first."""
    rows = Invoice.objects.filter(kind="380", state="issued", due_on__lt=today())
    return rows.select_related("customer__organisation").defer("content").order_by("due_on", "pk")


def price_facts(prices: PriceList) -> dict[str, Any]:
    """Return a price list as the API shows it; prices in the currency per unit, without VAT."""
    return {
        "name": prices.name,
        "digest": prices.digest,
        "valid_from": prices.valid_from.isoformat(),
        "currency": prices.currency,
        "vat_percent": f"{prices.vat_percent:f}",
        "payment_days": prices.payment_days,
        "seller": prices.seller.name,
        "prices": [
            {"resource": resource.value, "unit": UNITS[resource][0], "price": f"{price:f}"}
            for resource, price in prices.prices.items()
        ],
    }


def customer_facts(customer: Customer) -> dict[str, Any]:
    """Return a customer as the API shows it."""
    return {
        "id": customer.pk,
        "organisation": customer.organisation_id,
        "name": customer.organisation.name,
        **{
            name: getattr(customer, name)
            for name in (
                "vat_number", "street", "postcode", "city", "endpoint_scheme", "endpoint", "buyer_reference"
            )
        },
    }  # fmt: skip


def invoice_facts(invoice: Invoice) -> dict[str, Any]:
    """Return an invoice as a list shows it; money in whole cents."""
    return {
        "id": invoice.pk,
        "number": invoice.number,
        "kind": "invoice" if invoice.kind == Invoice.Kind.INVOICE else "credit_note",
        "customer": invoice.customer.organisation.name,
        "period": [invoice.period_start.isoformat(), invoice.period_end.isoformat()],
        "issued_on": invoice.issued_on.isoformat(),
        "due_on": invoice.due_on.isoformat(),
        "currency": invoice.currency,
        "net_cents": invoice.net_cents,
        "vat_cents": invoice.vat_cents,
        "gross_cents": invoice.gross_cents,
        "state": invoice.state,
        "paid_on": plain(invoice.paid_on),
        "credits": invoice.credits_id,
    }
