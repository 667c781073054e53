"""`aifactory aid`: the ledger of de minimis aid."""

from datetime import datetime

import typer

from aifactory.cli.output import AsJson, show
from aifactory.cli.remote import Remote

app = typer.Typer(help="De minimis aid: what was granted, and what still fits.", no_args_is_help=True)
COLUMNS = ("id", "organisation", "granted_on", "counts_until", "euros", "authority", "source", "state")


@app.command("show")
def show_(
    organisation: str,
    euros: float = typer.Option(0, help="An amount to fit in"),
    on: datetime | None = typer.Option(None, formats=["%Y-%m-%d"], help="The day to look at; today"),
    as_json: bool = AsJson,
) -> None:
    """Show what counts for an organisation and its linked enterprises, what is left, and when an amount fits."""
    day = on.date().isoformat() if on else None
    found = Remote().get(f"/organisations/{organisation}/aid", euros=euros, on=day)
    if as_json:
        show(found, as_json=True)
        return
    show({"items": found["entries"]}, as_json=False, columns=COLUMNS)
    typer.echo(f"On {found['on']}: EUR {found['used_euros']:,.2f} used, EUR {found['left_euros']:,.2f} left.")
    if euros:
        typer.echo(f"EUR {euros:,.2f} fits from {found['fits_from'] or 'no day at all'}.")


@app.command()
def declare(
    organisation: str,
    euros: float,
    authority: str = typer.Option(..., help="Who granted it"),
    on: datetime = typer.Option(..., formats=["%Y-%m-%d"], help="The day on which it was granted"),
    measure: str = typer.Option("", help="What for"),
    as_json: bool = AsJson,
) -> None:
    """Declare aid that the organisation got elsewhere, in euros of gross grant equivalent."""
    body = {"euros": euros, "authority": authority, "granted_on": on.date().isoformat(), "measure": measure}
    show(Remote().post(f"/organisations/{organisation}/aid", body), as_json=as_json)


@app.command()
def register(entry: str, reference: str, as_json: bool = AsJson) -> None:
    """Keep the reference of an entry in the central register (office)."""
    show(Remote().post(f"/aid/{entry}/register", {"reference": reference}), as_json=as_json)


@app.command()
def annul(entry: str, as_json: bool = AsJson) -> None:
    """Let an entry count no more (office)."""
    show(Remote().post(f"/aid/{entry}/annul"), as_json=as_json)
