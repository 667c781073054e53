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


@app.command()
def lane(call: str, as_json: bool = AsJson) -> None:
    """List the places of a first-in-first-out call in order, without names, each with its leaf in the log."""
    found = Remote().get(f"/calls/{call}/lane")
    show(
        {"items": found},
        as_json=as_json,
        columns=("number", "submitted_at", "standing", "leaf", "log_position"),
    )


@app.command()
def place(call: str, number: int, as_json: bool = AsJson) -> None:
    """Show one place of a lane, with the proof that its submission is in the log."""
    show(Remote().get(f"/calls/{call}/lane/{number}"), as_json=as_json)


@app.command()
def times(as_json: bool = AsJson) -> None:
    """Show how many working days decisions took, by mode."""
    columns = ("mode", "count", "median", "p90", "in_time", "share_in_time")
    show({"items": Remote().get("/decision-times")}, as_json=as_json, columns=columns)


@app.command()
def late(as_json: bool = AsJson) -> None:
    """List the applications that should have been decided by now."""
    columns = ("id", "reference", "due_at", "working_days", "whose", "what")
    show({"items": Remote().get("/late-applications")}, as_json=as_json, columns=columns)
