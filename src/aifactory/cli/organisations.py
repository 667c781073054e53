"""`aifactory organisations`."""

import typer

from aifactory.cli.output import AsJson, show
from aifactory.cli.remote import Remote

app = typer.Typer(help="Organisations you belong to.", no_args_is_help=True)


@app.command("list")
def list_(as_json: bool = AsJson, after: str = "") -> None:
    """List the organisations you may see."""
    show(
        Remote().get("/organisations", after=after),
        as_json=as_json,
        columns=("id", "name", "country", "kind"),
    )


@app.command()
def register(
    name: str,
    country: str = typer.Option(..., help="Two letters, e.g. NL"),
    kind: str = typer.Option("company", help="company, research, hospital, public or other"),
    staff: int | None = typer.Option(None, help="Number of staff"),
    turnover_eur: int | None = typer.Option(None, help="Yearly turnover in euro"),
    as_json: bool = AsJson,
) -> None:
    """Register your organisation; you become its representative."""
    facts = {"name": name, "country": country, "kind": kind, "staff": staff, "turnover_eur": turnover_eur}
    show(Remote().post("/organisations", facts), as_json=as_json)
