"""`aifactory invoices`."""

from pathlib import Path

import typer

from aifactory.cli.output import AsJson, show
from aifactory.cli.remote import Remote
from aifactory.kit.errors import Refused

app = typer.Typer(
    help="Paid use: prices, customers, sales, invoices. `check` works on a file alone.", no_args_is_help=True
)
COLUMNS = ("id", "number", "kind", "customer", "currency", "gross_cents", "state", "due_on")


class InvoiceBreaksRules(Refused):
    """The file breaks a rule of EN 16931, or is no invoice."""


@app.command()
def prices(as_json: bool = AsJson) -> None:
    """Show the price list in force."""
    show(Remote().get("/prices"), as_json=as_json)


@app.command()
def customers(as_json: bool = AsJson, after: str = "") -> None:
    """List the customers that you may see."""
    show(Remote().get("/customers", after=after), as_json=as_json, columns=("id", "name", "buyer_reference"))


@app.command()
def register(
    organisation: str,
    street: str = typer.Option(...),
    postcode: str = typer.Option(...),
    city: str = typer.Option(...),
    endpoint: str = typer.Option(..., help="Electronic address for invoices."),
    reference: str = typer.Option(..., help="Stands on every invoice, e.g. an order number."),
    scheme: str = typer.Option("EM", help="Kind of address: EM for e-mail, 0106 for a KvK number."),
    vat_number: str = typer.Option(""),
    as_json: bool = AsJson,
) -> None:
    """Note what invoices to an organisation must say; a second time corrects it."""
    body = {
        "organisation": organisation,
        "street": street,
        "postcode": postcode,
        "city": city,
        "endpoint": endpoint,
        "endpoint_scheme": scheme,
        "buyer_reference": reference,
        "vat_number": vat_number,
    }
    show(Remote().post("/customers", body), as_json=as_json)


@app.command("open-project")
def open_project(
    customer: str,
    title: str,
    leader: str = typer.Option(..., help="E-mail address"),
    until: str = typer.Option(..., help="Moment with its zone"),
    as_json: bool = AsJson,
) -> None:
    """Open a project that pays for what it uses."""
    body = {"title": title, "leader": leader, "ends_at": until}
    show(Remote().post(f"/customers/{customer}/projects", body), as_json=as_json)


@app.command()
def sell(
    customer: str,
    project: str,
    resource: str = typer.Option(..., help="gpu, core, storage or advice"),
    amount: int = typer.Option(..., help="Seconds; bytes for storage"),
    start: str = typer.Option(..., "--from", help="Moment with its zone"),
    until: str = typer.Option(..., help="Moment with its zone"),
    as_json: bool = AsJson,
) -> None:
    """Open a paid award line under today's price list."""
    body = {
        "project": project,
        "resource": resource,
        "amount": amount,
        "starts_at": start,
        "ends_at": until,
    }
    show(Remote().post(f"/customers/{customer}/sales", body), as_json=as_json)


@app.command()
def unbilled(customer: str, until: str = typer.Option(None, help="Day"), as_json: bool = AsJson) -> None:
    """Show what the next invoice would hold."""
    show(
        Remote().get(f"/customers/{customer}/unbilled", until=until),
        as_json=as_json,
        columns=("project", "resource", "used", "net_cents"),
    )


@app.command()
def issue(
    customer: str, until: str = typer.Option(..., help="Last day to bill"), as_json: bool = AsJson
) -> None:
    """Bill everything that was used up to a day."""
    show(Remote().post(f"/customers/{customer}/invoices", {"until": until}), as_json=as_json)


@app.command("list")
def list_(as_json: bool = AsJson, after: str = "") -> None:
    """List the invoices that you may see."""
    show(Remote().get("/invoices", after=after), as_json=as_json, columns=COLUMNS)


@app.command("show")
def show_(invoice: str, as_json: bool = AsJson) -> None:
    """Show one invoice."""
    found = Remote().get(f"/invoices/{invoice}")
    show(found, as_json=as_json, columns=() if as_json else COLUMNS)


@app.command()
def ubl(invoice: str, to: Path = typer.Argument(..., help="File to write, e.g. invoice.xml")) -> None:
    """Write one invoice as UBL 2.1 (EN 16931)."""
    typer.echo(Remote().download(f"/invoices/{invoice}/ubl", to))


@app.command()
def pay(invoice: str, on: str = typer.Option(..., help="Day"), as_json: bool = AsJson) -> None:
    """Note that an invoice was paid."""
    show(Remote().post(f"/invoices/{invoice}/payment", {"paid_on": on}), as_json=as_json)


@app.command()
def credit(
    invoice: str,
    reasons: str = typer.Option(...),
    again: bool = typer.Option(False, help="Bill what stood on it again."),
    as_json: bool = AsJson,
) -> None:
    """Take an invoice back whole, with a credit note."""
    body = {"reasons": reasons, "bill_again": again}
    show(Remote().post(f"/invoices/{invoice}/credit", body), as_json=as_json)


@app.command()
def check(file: Path, as_json: bool = AsJson) -> None:
    """Check a UBL invoice or credit note against rules of EN 16931. Works on the file alone."""
    from aifactory.awards.billing import checks
    from aifactory.awards.billing.ubl import NotAnInvoice, read

    try:
        document = read(file.read_bytes())
    except (NotAnInvoice, OSError) as error:
        raise InvoiceBreaksRules(str(error)) from error
    found = [{"rule": one.rule, "message": one.message} for one in checks.problems(document)]
    facts = {"number": document.number, "due": f"{document.totals.due:.2f}", "currency": document.currency}
    if as_json:
        show(facts | {"problems": found}, as_json=True)
    elif not found:
        typer.echo(f"{document.number} keeps the rules: {document.currency} {facts['due']} to pay.")
    else:
        show({"items": found}, as_json=False, columns=("rule", "message"))
    if found:
        raise typer.Exit(1)
