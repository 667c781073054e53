"""`aifactory mandates`."""

from typing import Any

import typer

from aifactory.cli.output import AsJson, show
from aifactory.cli.remote import Remote

app = typer.Typer(help="Who answers for what.", no_args_is_help=True)


@app.command("list")
def list_(as_json: bool = AsJson) -> None:
    """Show every duty with who is accountable, responsible, consulted and informed."""
    found = Remote().get("/duties")
    if not as_json:
        found = {"items": [_in_words(row) for row in found["items"]]}
    show(
        found,
        as_json=as_json,
        columns=("subject", "scope", "accountable", "responsible", "consulted", "informed"),
    )


def _in_words(row: dict[str, Any]) -> dict[str, str]:
    parts = {
        name: ", ".join(one["function"] for one in row[name])
        for name in ("responsible", "consulted", "informed")
    }
    accountable = ", ".join(m["title"] for m in row["accountable"]) or "nobody"
    return {"subject": row["subject"], "scope": row["scope"], "accountable": accountable, **parts}


@app.command()
def alarms(as_json: bool = AsJson) -> None:
    """List duties with nobody, or more than one person, accountable: now or within 30 days."""
    show(Remote().get("/duties/alarms"), as_json=as_json, columns=("kind", "subject", "scope", "at"))


@app.command()
def give(
    subject: str = typer.Argument(..., help="The duty, e.g. security:guard"),
    person: str = typer.Argument(..., help="E-mail address"),
    title: str = typer.Option(..., help="The function, as the public reads it."),
    scope: str = typer.Option("", help="One mode, e.g. regional; empty for all."),
    start: str = typer.Option(
        None, "--from", help="Moment with its zone, e.g. 2027-03-01T09:00:00Z; empty: now."
    ),
    until: str = typer.Option(None, help="Moment with its zone."),
    gpu_hours: int = typer.Option(None, help="Ceiling."),
    basis: str = typer.Option("", help="The document that gives the mandate."),
    as_json: bool = AsJson,
) -> None:
    """Make a person accountable for a duty."""
    body = {
        "subject": subject,
        "person": person,
        "title": title,
        "scope": scope,
        "valid_from": start,
        "valid_until": until,
        "ceiling_gpu_seconds": None if gpu_hours is None else gpu_hours * 3600,
        "basis": basis,
    }
    show(Remote().post("/mandates", body), as_json=as_json)


@app.command("hand-over")
def hand_over(
    mandate: str,
    person: str = typer.Argument(..., help="E-mail address of the new person"),
    at: str = typer.Option(None, help="Moment with its zone; empty: now."),
    title: str = typer.Option("", help="The function; empty: the same."),
    as_json: bool = AsJson,
) -> None:
    """End one person's mandate and begin another's at the same instant."""
    body = {"person": person, "at": at, "title": title}
    show(Remote().post(f"/mandates/{mandate}/hand-over", body), as_json=as_json)


@app.command()
def end(
    mandate: str,
    at: str = typer.Option(None, help="Moment with its zone; empty: now."),
    as_json: bool = AsJson,
) -> None:
    """End a mandate without a successor."""
    show(Remote().post(f"/mandates/{mandate}/end", {"at": at}), as_json=as_json)


@app.command()
def involve(
    subject: str,
    part: str = typer.Option(..., help="responsible, consulted or informed"),
    function: str = typer.Option(..., help="The function, as the public reads it."),
    scope: str = typer.Option("", help="One mode; empty for all."),
    person: str = typer.Option("", help="E-mail address, if it is one person."),
    as_json: bool = AsJson,
) -> None:
    """Name a function that has a part in a duty."""
    body = {"subject": subject, "scope": scope, "part": part, "function": function, "person": person}
    show(Remote().post("/involvements", body), as_json=as_json)
