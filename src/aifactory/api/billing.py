"""Routes of paid use: prices, customers, sales and invoices."""

from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import Field, Query, Router, Schema, Status
from pydantic import AwareDatetime

from aifactory.api.authentication import caller
from aifactory.api.paging import Paging, page
from aifactory.awards.billing import actions, queries, ubl, writing
from aifactory.awards.billing.models import Customer, Invoice
from aifactory.awards.billing.prices import in_force
from aifactory.awards.models import Project
from aifactory.kit import clock
from aifactory.people.models import Organisation
from aifactory.people.queries import person_of
from aifactory.people.rules import find, visible

router = Router(tags=["billing"])


class Price(Schema):
    """The price of one unit, without VAT."""

    resource: str
    unit: str
    price: str


class Prices(Schema):
    """The price list in force."""

    name: str
    digest: str
    valid_from: str
    currency: str
    vat_percent: str
    payment_days: int
    seller: str
    prices: list[Price]


class CustomerFacts(Schema):
    """What invoices to an organisation say."""

    vat_number: str = Field("", max_length=20)
    street: str = Field(max_length=120)
    postcode: str = Field(max_length=20)
    city: str = Field(max_length=80)
    endpoint_scheme: str = Field("EM", max_length=4)
    endpoint: str = Field(max_length=120)
    buyer_reference: str = Field(max_length=80)


class NewCustomer(CustomerFacts):
    """The same with the organisation's id."""

    organisation: str


class CustomerShown(NewCustomer):
    """A customer."""

    id: str
    name: str


class CustomerPage(Schema):
    """A page of customers."""

    items: list[CustomerShown]
    next: str | None


class NewProject(Schema):
    """A project that pays for what it uses; `leader` is an e-mail address."""

    title: str = Field(max_length=200)
    leader: str = Field(max_length=254)
    ends_at: AwareDatetime


class ProjectOpened(Schema):
    """The id of the project."""

    id: str
    title: str


class Sale(Schema):
    """At most so many base units of a resource, in seconds (bytes for storage)."""

    project: str
    resource: str = Field(max_length=10)
    amount: int = Field(gt=0, le=10**15)
    starts_at: AwareDatetime
    ends_at: AwareDatetime


class Sold(Schema):
    """A paid award line."""

    id: str
    line: str
    prices: str
    prices_digest: str


class Unbilled(Schema):
    """Used and not billed; money in whole cents, without VAT."""

    line: str
    project: str
    resource: str
    used: str
    net_cents: int


class UnbilledLines(Schema):
    """What the next invoice would hold."""

    items: list[Unbilled]


class Until(Schema):
    """The last day to bill; it has ended."""

    until: date


class InvoiceFacts(Schema):
    """An invoice or credit note; money in whole cents."""

    id: str
    number: str
    kind: str
    customer: str
    period: list[str]
    issued_on: str
    due_on: str
    currency: str
    net_cents: int
    vat_cents: int
    gross_cents: int
    state: str
    paid_on: str | None
    credits: str | None


class InvoicePage(Schema):
    """A page of invoices."""

    items: list[InvoiceFacts]
    next: str | None


class InvoiceWhole(InvoiceFacts):
    """The same with all that stands on it."""

    content: dict[str, Any]


class Payment(Schema):
    """The day on which the money came."""

    paid_on: date


class TakingBack(Schema):
    """Why an invoice is taken back, and whether what stood on it is billed again."""

    reasons: str = Field(max_length=2000)
    bill_again: bool = False


@router.get("/prices", response=Prices, auth=None)
def prices(request: HttpRequest) -> dict[str, Any]:  # noqa: ARG001 - ninja hands it over
    """Show the price list in force: for those who are not granted free access."""
    return queries.price_facts(in_force(clock.now()))


@router.get("/customers", response=CustomerPage)
def customers(request: HttpRequest, paging: Query[Paging]) -> dict[str, Any]:
    """List the customers you may see, newest first."""
    rows = visible(Customer, caller(request)).select_related("organisation")
    return page(rows, paging, queries.customer_facts)


@router.post("/customers", response={201: CustomerShown})
def register_customer(request: HttpRequest, body: NewCustomer) -> Status[dict[str, Any]]:
    """Note what invoices to an organisation must say; a second time corrects it."""
    user = caller(request)
    organisation = find(Organisation, body.organisation, user)
    made = actions.register_customer(organisation, by=user, **body.dict(exclude={"organisation"}))
    return Status(201, queries.customer_facts(made))


@router.post("/customers/{customer_id}/projects", response={201: ProjectOpened})
def open_project(request: HttpRequest, customer_id: str, body: NewProject) -> Status[Project]:
    """Open a project that pays for what it uses."""
    user = caller(request)
    customer, leader = find(Customer, customer_id, user), person_of(body.leader)
    facts = body.dict(exclude={"leader"})
    return Status(201, actions.open_paid_project(customer, by=user, leader=leader, **facts))


@router.post("/customers/{customer_id}/sales", response={201: Sold})
def sell(request: HttpRequest, customer_id: str, body: Sale) -> Status[dict[str, Any]]:
    """Open a paid award line under today's price list. Needs the mandate for it."""
    user = caller(request)
    project = find(Project, body.project, user)
    facts = body.dict(exclude={"project"})
    paid = actions.sell(find(Customer, customer_id, user), project, by=user, **facts)
    sold = {"id": paid.pk, "line": paid.line_id, "prices": paid.prices, "prices_digest": paid.prices_digest}
    return Status(201, sold)


@router.get("/customers/{customer_id}/unbilled", response=UnbilledLines)
def unbilled(request: HttpRequest, customer_id: str, until: date | None = None) -> dict[str, Any]:
    """Show what an invoice up to a day (today where left out) would hold."""
    customer = find(Customer, customer_id, caller(request))
    today = queries.today()
    return {"items": queries.preview(customer, min(until or today, today))}


@router.post("/customers/{customer_id}/invoices", response={201: InvoiceFacts})
def issue(request: HttpRequest, customer_id: str, body: Until) -> Status[dict[str, Any]]:
    """Bill everything that was used up to a day and stands on no invoice. Needs the mandate for it."""
    user = caller(request)
    made = actions.issue(find(Customer, customer_id, user), until=body.until, by=user)
    return Status(201, queries.invoice_facts(made))


@router.get("/invoices", response=InvoicePage)
def invoices(request: HttpRequest, paging: Query[Paging]) -> dict[str, Any]:
    """List the invoices and credit notes you may see, newest first."""
    return page(queries.invoices(caller(request)), paging, queries.invoice_facts)


@router.get("/invoices/{invoice_id}", response=InvoiceWhole)
def invoice(request: HttpRequest, invoice_id: str) -> dict[str, Any]:
    """Show one invoice with all that stands on it."""
    found = find(Invoice, invoice_id, caller(request))
    return queries.invoice_facts(found) | {"content": found.content}


@router.get("/invoices/{invoice_id}/ubl")
def as_ubl(request: HttpRequest, invoice_id: str) -> HttpResponse:
    """Return one invoice as UBL 2.1 (EN 16931, Peppol BIS Billing 3.0)."""
    found = find(Invoice, invoice_id, caller(request))
    return HttpResponse(ubl.write(writing.again(found.content)), content_type="application/xml")


@router.post("/invoices/{invoice_id}/payment", response=InvoiceFacts)
def record_payment(request: HttpRequest, invoice_id: str, body: Payment) -> dict[str, Any]:
    """Note that an invoice was paid."""
    user = caller(request)
    found = find(Invoice, invoice_id, user)
    return queries.invoice_facts(actions.record_payment(found, by=user, paid_on=body.paid_on))


@router.post("/invoices/{invoice_id}/credit", response={201: InvoiceFacts})
def credit(request: HttpRequest, invoice_id: str, body: TakingBack) -> Status[dict[str, Any]]:
    """Take an invoice back whole, with a credit note. Needs the mandate for it."""
    user = caller(request)
    note = actions.credit(find(Invoice, invoice_id, user), by=user, **body.dict())
    return Status(201, queries.invoice_facts(note))
