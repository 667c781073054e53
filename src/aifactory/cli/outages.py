"""`aifactory outages`."""

import typer

from aifactory.cli.output import AsJson, show
from aifactory.cli.remote import Remote

app = typer.Typer(help="Outages, and the time that awards get back for them.", no_args_is_help=True)
COLUMNS = ("id", "what", "planned", "starts_at", "ends_at", "state", "extended")
GIVEN = ("allocation", "project", "lost_seconds", "given_seconds", "runs_until")
Moment = "Moment with time zone, e.g. 2027-01-31T18:00+01:00"


@app.command("list")
def list_(after: str = "", as_json: bool = AsJson) -> None:
    """List outages, announced and past, newest first."""
    show(Remote().get("/outages", after=after), as_json=as_json, columns=COLUMNS)


@app.command("show")
def show_(outage: str, as_json: bool = AsJson) -> None:
    """Show one outage, and how much longer your awards run for it."""
    found = Remote().get(f"/outages/{outage}")
    if as_json:
        show(found, as_json=True)
        return
    given = found.pop("extensions")
    show(found, as_json=False)
    show({"items": given}, as_json=False, columns=GIVEN)


@app.command()
def record(
    what: str = typer.Argument(help="What happened, in a sentence for everybody"),
    start: str = typer.Option(..., "--from", help=Moment),
    until: str = typer.Option("", help=f"{Moment}; left out while nobody knows"),
    planned: bool = typer.Option(False, help="It was announced beforehand"),
    partition: str = typer.Option("", help="One partition; left out: the whole cluster"),
    resource: list[str] = typer.Option([], help="gpu or core; left out: both"),
    as_json: bool = AsJson,
) -> None:
    """Record an outage, before or after it happens (operators and the office)."""
    body = {
        "what": what,
        "planned": planned,
        "starts_at": start,
        "ends_at": until or None,
        "partition": partition,
    }
    body |= {"resources": resource} if resource else {}
    show(Remote().post("/outages", body), as_json=as_json)


@app.command()
def end(
    outage: str, at: str = typer.Option("", help=f"{Moment}; left out: now"), as_json: bool = AsJson
) -> None:
    """Say when an outage ended; awards get their time back by themselves."""
    show(Remote().post(f"/outages/{outage}/end", {"ends_at": at or None}), as_json=as_json)


@app.command()
def annul(outage: str, as_json: bool = AsJson) -> None:
    """Take back an outage that did not happen, before it is settled."""
    show(Remote().post(f"/outages/{outage}/annul"), as_json=as_json)
