"""Paid use: who buys, what is sold, and the invoices that follow."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from aifactory.audit.record import Record
from aifactory.awards.billing.lifecycle import INVOICE


class Customer(Record):
    """An organisation that pays for what it uses, with what an invoice to it must say."""

    PREFIX = "cus"

    organisation = models.OneToOneField("people.Organisation", models.PROTECT, related_name="customer")
    vat_number = models.CharField(_("VAT number"), max_length=20, blank=True)
    street = models.CharField(_("street and number"), max_length=120)
    postcode = models.CharField(_("postcode"), max_length=20)
    city = models.CharField(_("city"), max_length=80)
    endpoint_scheme = models.CharField(
        _("kind of electronic address"),
        max_length=4,
        default="EM",
        help_text=_("EM: e-mail; 0106: KvK number"),
    )
    endpoint = models.CharField(_("electronic address for invoices"), max_length=120)
    buyer_reference = models.CharField(
        _("your reference"), max_length=80, help_text=_("Stands on every invoice, e.g. an order number")
    )

    def __str__(self) -> str:
        return str(self.organisation)


class PaidLine(Record):
    """An award line that is sold instead of granted, under one version of the price list."""

    PREFIX = "pdl"
    PUBLIC_FIELDS = frozenset({"id", "created_at", "line_id", "prices", "prices_digest"})

    line = models.OneToOneField("awards.AwardLine", models.PROTECT, related_name="paid")
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="lines")
    prices = models.CharField(max_length=60)
    prices_digest = models.CharField(max_length=71)
    mandate = models.ForeignKey("people.Mandate", models.PROTECT, related_name="sales")


class Invoice(Record):
    """An invoice, or the credit note that takes one back; `content` is all that stands on it."""

    class Kind(models.TextChoices):
        INVOICE = "380", _("Invoice")
        CREDIT_NOTE = "381", _("Credit note")

    PREFIX = "ivc"
    LIFECYCLE = INVOICE
    PUBLIC_FIELDS = frozenset({"id", "created_at", "number", "kind", "currency", "net_cents", "state"})

    number = models.CharField(max_length=20, unique=True)
    year = models.PositiveSmallIntegerField()
    ordinal = models.PositiveIntegerField()
    kind = models.CharField(max_length=3, choices=Kind.choices, default=Kind.INVOICE)
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="invoices")
    period_start = models.DateField()
    period_end = models.DateField(help_text=_("The last day"))
    issued_on = models.DateField()
    due_on = models.DateField()
    currency = models.CharField(max_length=3)
    net_cents = models.BigIntegerField()
    vat_cents = models.BigIntegerField()
    gross_cents = models.BigIntegerField()
    content = models.JSONField()
    mandate = models.ForeignKey("people.Mandate", models.PROTECT, related_name="invoices")
    credits = models.OneToOneField("self", models.PROTECT, null=True, related_name="credited_by")
    reasons = models.TextField(blank=True, help_text=_("Why an invoice was taken back"))
    paid_on = models.DateField(null=True)
    state = models.CharField(max_length=10, default=INVOICE.initial, choices=list(INVOICE.states.items()))

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["year", "ordinal"], name="one_number_once"),
            models.CheckConstraint(
                condition=Q(gross_cents=models.F("net_cents") + models.F("vat_cents")),
                name="gross_is_net_and_vat",
            ),
            models.CheckConstraint(
                condition=Q(kind="380", credits=None) | Q(kind="381", credits__isnull=False),
                name="credit_notes_credit_something",
            ),
        ]

    def __str__(self) -> str:
        return self.number


class InvoicedHold(models.Model):
    """A settled hold stands on one invoice: nothing is billed twice."""

    hold = models.OneToOneField("awards.Hold", models.PROTECT, primary_key=True, related_name="invoiced")
    invoice = models.ForeignKey(Invoice, models.PROTECT, related_name="holds")

    def __str__(self) -> str:
        return f"{self.hold_id} on {self.invoice_id}"


class NumberSeries(models.Model):
    """The last number given in a year; given in the same transaction as the invoice, so no number is missing."""

    year = models.PositiveSmallIntegerField(primary_key=True)
    last = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.year}-{self.last:06d}"
