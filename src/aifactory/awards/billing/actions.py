"""Selling award lines, and billing what was drawn from them: invoices, payments, credit notes."""

from collections.abc import Collection
from dataclasses import replace
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from aifactory.audit.actions import NotPossibleNow, enter, fire
from aifactory.awards.actions import grant_line, open_project
from aifactory.awards.billing import queries, writing
from aifactory.awards.billing.checks import problems
from aifactory.awards.billing.document import Document
from aifactory.awards.billing.models import Customer, Invoice, InvoicedHold, NumberSeries, PaidLine
from aifactory.awards.billing.permissions import Permission
from aifactory.awards.billing.prices import in_force
from aifactory.awards.billing.vat import prefix
from aifactory.awards.models import AwardLine, Project
from aifactory.kit import clock
from aifactory.kit.errors import FieldError, Invalid, Refused
from aifactory.people.mandates.queries import ground
from aifactory.people.models import Mandate, Organisation, User
from aifactory.people.terms import standing
from aifactory.ports.identity import Actor

FACTS = ("vat_number", "street", "postcode", "city", "endpoint_scheme", "endpoint", "buyer_reference")
NEEDED = ("street", "postcode", "city", "endpoint_scheme", "endpoint", "buyer_reference")


class NothingToBill(Refused):
    """Nothing was used that is not billed already."""


class InvoiceIsWrong(Refused):
    """The invoice would break a rule of the standard, so it is not sent."""


class IsGranted(Refused):
    """What was granted is not sold afterwards."""


def register_customer(organisation: Organisation, *, by: Actor, **facts: str) -> Customer:
    """Note what invoices to an organisation must say; a second time corrects it. Raises `Invalid`."""
    given = {name: facts.get(name, "").strip() for name in FACTS}
    _check_customer(organisation, given)
    known = Customer.objects.filter(organisation=organisation).first()
    customer = known or Customer(organisation=organisation)
    for name, value in given.items():
        setattr(customer, name, value)
    if known:
        return enter(customer, "customer:edit", by=by, permission=Permission.CUSTOMER, fields=list(FACTS))
    return enter(customer, "customer:register", by=by, permission=Permission.CUSTOMER)


def _check_customer(organisation: Organisation, given: dict[str, str]) -> None:
    errors = [FieldError(name, _("An invoice needs this."), "required") for name in NEEDED if not given[name]]
    start = prefix(organisation.country)
    if given["vat_number"] and not given["vat_number"].startswith(start):
        errors.append(
            FieldError(
                "vat_number", _("The VAT number begins with %(start)s.") % {"start": start}, "BR-CO-09"
            )
        )
    if errors:
        raise Invalid(errors)


def sell(
    customer: Customer,
    project: Project,
    *,
    by: User,
    resource: str,
    amount: int,
    starts_at: datetime,
    ends_at: datetime,
) -> PaidLine:
    """Open a paid award line: at most `amount` base units, billed as drawn under today's price list.

    Raises `NoMandate`, `Invalid`, `IsGranted`, `TermsNotAccepted`, `IsSuspended`, `NoPriceList`.
    """
    mandate = ground(by, Permission.ISSUE)
    prices = in_force(clock.now())
    _check_sale(
        customer,
        project,
        sold=prices.prices,
        resource=resource,
        amount=amount,
        period=(starts_at, ends_at),
    )
    standing.require(project.organisation, things=[project.thing])
    with transaction.atomic():
        known = AwardLine.objects.filter(project=project, resource=resource, starts_at=starts_at).first()
        if known:
            raise IsGranted(
                _("There is a line of this resource from that moment already."),
                next_step=_("Choose another moment to begin."),
            )
        line = grant_line(
            project, by=by, resource=resource, amount=amount, starts_at=starts_at, ends_at=ends_at
        )
        paid = PaidLine(
            line=line, customer=customer, prices=prices.name, prices_digest=prices.digest, mandate=mandate
        )
        return enter(paid, "award:sell", by=by, permission=Permission.ISSUE, data={"line": line.pk})


def _check_sale(
    customer: Customer,
    project: Project,
    *,
    sold: Collection[str],
    resource: str,
    amount: int,
    period: tuple[datetime, datetime],
) -> None:
    errors = []
    if resource not in sold:
        errors.append(FieldError("resource", _("This has no price."), "price list"))
    if amount <= 0:
        errors.append(FieldError("amount", _("Give an amount above zero."), "amount > 0"))
    if period[1] <= period[0]:
        errors.append(FieldError("ends_at", _("The end comes after the beginning."), "end > start"))
    if project.organisation_id != customer.organisation_id:
        errors.append(FieldError("project", _("This is a project of another organisation."), "own project"))
    if errors:
        raise Invalid(errors)


def open_paid_project(
    customer: Customer, *, by: User, title: str, leader: User, ends_at: datetime
) -> Project:
    """Open a project that pays for what it uses. Raises `NoMandate`, `Invalid`."""
    ground(by, Permission.ISSUE)
    errors = []
    if not title.strip():
        errors.append(FieldError("title", _("Give the project a title."), "required"))
    if customer.organisation_id not in leader.organisation_ids:
        errors.append(FieldError("leader", _("This person does not belong to the organisation."), "member"))
    if errors:
        raise Invalid(errors)
    return open_project(
        by=by,
        title=title.strip(),
        organisation=customer.organisation,
        leader=leader,
        application="",
        purpose="",
        ends_at=ends_at,
    )


def issue(customer: Customer, *, until: date, by: User) -> Invoice:
    """Bill everything settled up to the end of a past day that stands on no invoice yet.

    Raises `NoMandate`, `Invalid`, `NothingToBill`, `InvoiceIsWrong`.
    """
    mandate = ground(by, Permission.ISSUE)
    if until >= queries.today():
        raise Invalid([FieldError("until", _("Bill up to a day that has ended."), "past day")])
    with transaction.atomic():
        Customer.objects.select_for_update().get(pk=customer.pk)  # one invoice at a time for one customer
        holds = queries.unbilled(customer, until)
        uses = queries.uses(holds)
        if not uses:
            raise NothingToBill(
                _("Nothing was used up to that day that is not billed already."),
                next_step=_("Choose a later day."),
            )
        billed = list(holds.values_list("pk", flat=True))
        issued_on = queries.today()
        due_on = issued_on + timedelta(days=uses[-1].prices.payment_days)
        year, ordinal, number = _next_number(issued_on)
        frame = writing.Frame(
            number=number,
            kind=Invoice.Kind.INVOICE,
            issued_on=issued_on,
            due_on=due_on,
            period=queries.period(customer, holds, until),
            buyer=queries.buyer(customer),
            buyer_reference=customer.buyer_reference,
        )
        invoice = _invoice(writing.compose(frame, uses), customer, mandate, year, ordinal)
        enter(invoice, "invoice:issue", by=by, permission=Permission.ISSUE, data={"number": number})
        InvoicedHold.objects.bulk_create(InvoicedHold(hold_id=pk, invoice=invoice) for pk in billed)
    return invoice


def _next_number(day: date) -> tuple[int, int, str]:
    """Give the next number of the year. In the invoice's own transaction: if that fails, the number comes back."""
    NumberSeries.objects.get_or_create(year=day.year)
    NumberSeries.objects.filter(year=day.year).update(last=F("last") + 1)  # holds the row until the end
    ordinal = NumberSeries.objects.values_list("last", flat=True).get(year=day.year)
    return day.year, ordinal, f"{day.year}-{ordinal:06d}"


def _invoice(document: Document, customer: Customer, mandate: Mandate, year: int, ordinal: int) -> Invoice:
    if broken := problems(document):
        raise InvoiceIsWrong(
            " ".join(problem.message for problem in broken),
            rule=", ".join(problem.rule for problem in broken),
            next_step=_("Correct the customer or the price list. No number was used."),
        )
    totals = document.totals
    return Invoice(
        number=document.number,
        year=year,
        ordinal=ordinal,
        kind=document.kind,
        customer=customer,
        period_start=document.period[0],
        period_end=document.period[1],
        issued_on=document.issued_on,
        due_on=document.due_on or document.issued_on,
        currency=document.currency,
        net_cents=int(totals.without_vat * 100),
        vat_cents=int(totals.vat * 100),
        gross_cents=int(totals.with_vat * 100),
        content=writing.kept(document),
        mandate=mandate,
    )


def record_payment(invoice: Invoice, *, by: Actor, paid_on: date) -> Invoice:
    """Note that an invoice was paid, or a credit note paid out."""
    if paid_on > queries.today():
        raise Invalid([FieldError("paid_on", _("This day is still to come."), "not later than today")])
    return fire(invoice, "pay", by=by, paid_on=paid_on)


def credit(invoice: Invoice, *, by: User, reasons: str, bill_again: bool = False) -> Invoice:
    """Take an invoice back whole with a credit note, with reasons; returns the credit note.

    `bill_again`: what stood on it comes on the next invoice. Raises `NoMandate`, `Invalid`, `NotPossibleNow`.
    """
    mandate = ground(by, Permission.ISSUE)
    if not reasons.strip():
        raise Invalid([FieldError("reasons", _("Say why it is taken back."), "required")])
    if invoice.kind != Invoice.Kind.INVOICE:
        raise NotPossibleNow(
            _("A credit note is not taken back."), next_step=_("Bill again what is to be paid after all.")
        )
    with transaction.atomic():
        fire(invoice, "credit", by=by)
        day = queries.today()
        year, ordinal, number = _next_number(day)
        document = replace(
            writing.again(invoice.content),
            number=number,
            kind=Invoice.Kind.CREDIT_NOTE.value,
            issued_on=day,
            due_on=day + timedelta(days=(invoice.due_on - invoice.issued_on).days),
            preceding=(invoice.number, invoice.issued_on),
            note=reasons.strip(),
        )
        note = _invoice(document, invoice.customer, mandate, year, ordinal)
        note.credits, note.reasons = invoice, reasons.strip()
        data = {"number": number, "credits": invoice.number}
        enter(note, "invoice:issue", by=by, permission=Permission.ISSUE, data=data)
        if bill_again:
            InvoicedHold.objects.filter(invoice=invoice).delete()
    return note
