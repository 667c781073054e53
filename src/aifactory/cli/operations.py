"""`aifactory operations`."""

import typer

from aifactory.cli.output import AsJson, show
from aifactory.cli.remote import Remote

app = typer.Typer(help="How the clusters do: for those who run them.", no_args_is_help=True)


@app.command("show")
def show_(as_json: bool = AsJson) -> None:
    """Show alarms, clusters, what waits to be done and what failed."""
    found = Remote().get("/operations")
    if as_json:
        show(found, as_json=True)
        return
    for alarm in found["alarms"]:
        typer.echo(f"{alarm['level']}: {alarm['cluster']}: {alarm['sentence']['en']}")
    columns = (
        "cluster",
        "engine_version",
        "heard_seconds_ago",
        "answers",
        "lag_seconds",
        "difference_gpu_seconds",
    )
    show({"items": found["clusters"]}, as_json=False, columns=columns, title="Clusters")
    show(
        {"items": found["queue"]},
        as_json=False,
        columns=("engine", "verb", "waiting", "oldest"),
        title="To be done",
    )
    failed = ("id", "cluster", "verb", "subject", "times", "next_at", "error")
    show({"items": found["failed"]}, as_json=False, columns=failed, title="Failed")


@app.command()
def verbs(after: str = "", as_json: bool = AsJson) -> None:
    """List what the agent could not do, newest first, cured ones too."""
    columns = ("id", "cluster", "verb", "subject", "times", "state", "error")
    show(Remote().get("/operations/verbs", after=after), as_json=as_json, columns=columns)


@app.command()
def replay(verb: str, as_json: bool = AsJson) -> None:
    """Have the agent try again in its next turn. Asking twice is asking once."""
    show(Remote().post(f"/operations/verbs/{verb}/replay"), as_json=as_json)


@app.command()
def drift(after: str = "", as_json: bool = AsJson) -> None:
    """List what was changed on clusters past the portal, newest first."""
    columns = ("at", "cluster", "account", "sentence", "mended")
    show(Remote().get("/operations/drift", after=after), as_json=as_json, columns=columns)
