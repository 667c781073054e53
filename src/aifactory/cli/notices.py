"""`aifactory notices`."""

from pathlib import Path

import typer

from aifactory.cli.output import AsJson, show
from aifactory.cli.remote import Remote

app = typer.Typer(help="What you were told, and what is due from you.", no_args_is_help=True)


@app.command("list")
def list_(after: str = "", as_json: bool = AsJson) -> None:
    """List what you were told, newest first."""
    found = Remote().get("/notices", after=after)
    show(found, as_json=as_json, columns=("id", "text", "subject", "link", "created_at"))


@app.command()
def read() -> None:
    """Mark everything as read."""
    Remote().post("/notices/read")


@app.command()
def settings(
    rhythm: str = typer.Option("", help="at_once, daily or weekly."),
    hour: int = typer.Option(-1, help="Of a summary, 0-23 of the factory's day."),
    weekday: int = typer.Option(-1, help="Of a weekly summary, 0 is Monday."),
    quiet: str = typer.Option("-", help="Topics that are not mailed, with commas; empty for none."),
    language: str = typer.Option("", help="en or nl."),
    as_json: bool = AsJson,
) -> None:
    """Show how you want to hear, or change what you name."""
    remote = Remote()
    found = remote.get("/notices/settings")
    wishes = {name: found[name] for name in ("language", "rhythm", "hour", "weekday", "quiet")}
    named: dict[str, object] = {
        "rhythm": rhythm or None,
        "hour": hour if hour >= 0 else None,
        "weekday": weekday if weekday >= 0 else None,
        "quiet": [topic for topic in quiet.split(",") if topic] if quiet != "-" else None,
        "language": language or None,
    }
    changed = {name: value for name, value in named.items() if value is not None}
    show(remote.put("/notices/settings", wishes | changed) if changed else found, as_json=as_json)


@app.command()
def deadlines(as_json: bool = AsJson) -> None:
    """List what is due from you, soonest first."""
    found = Remote().get("/deadlines")
    rows = found["items"] if as_json else [row | {"when": row["at"] or row["day"]} for row in found["items"]]
    show({"items": rows}, as_json=as_json, columns=("when", "text", "subject", "link"))


@app.command()
def calendar(to: Path = typer.Argument(Path("deadlines.ics"), help="The file to write.")) -> None:
    """Write your deadlines to a file for your calendar."""
    typer.echo(Remote().download("/deadlines.ics", to))


@app.command()
def feed(as_json: bool = AsJson) -> None:
    """Make a secret address at which your calendar reads your deadlines; an earlier one ends."""
    show(Remote().post("/deadlines/feed"), as_json=as_json)
