"""`aifactory calls`."""

import typer

from aifactory.cli.output import AsJson, show
from aifactory.cli.remote import Remote

app = typer.Typer(help="Calls that one can apply to.", no_args_is_help=True)


@app.command("list")
def list_(after: str = "", as_json: bool = AsJson) -> None:
    """List the calls."""
    found = Remote().get("/calls", after=after)
    show(found, as_json=as_json, columns=("id", "title", "mode", "state", "opens_at", "cut_off_at"))


@app.command("show")
def show_(call: str, as_json: bool = AsJson) -> None:
    """Show one call with its mode."""
    show(Remote().get(f"/calls/{call}"), as_json=as_json)


@app.command()
def prepare(
    mode: str,
    *,
    title_en: str = typer.Option(..., help="Title in English"),
    title_nl: str = typer.Option(..., help="Title in Dutch"),
    opens_at: str = typer.Option(..., help="Moment with time zone, e.g. 2027-02-01T09:00+01:00"),
    cut_off_at: str = typer.Option("", help="The last second, with time zone"),
    as_json: bool = AsJson,
) -> None:
    """Prepare a call under a mode, such as regional-v1."""
    body = {"mode": mode, "title": {"en": title_en, "nl": title_nl}}
    moments = {"opens_at": opens_at, "cut_off_at": cut_off_at or None}
    show(Remote().post("/calls", body | moments), as_json=as_json)


@app.command("open")
def open_(call: str, as_json: bool = AsJson) -> None:
    """Make a call public."""
    show(Remote().post(f"/calls/{call}/open"), as_json=as_json)


@app.command()
def close(call: str, as_json: bool = AsJson) -> None:
    """Take no more applications, for good."""
    show(Remote().post(f"/calls/{call}/close"), as_json=as_json)


@app.command()
def finish(call: str, as_json: bool = AsJson) -> None:
    """Say that everything in the call is decided."""
    show(Remote().post(f"/calls/{call}/finish"), as_json=as_json)
