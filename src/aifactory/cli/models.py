"""`aifactory models`."""

import json
from pathlib import Path

import typer

from aifactory.cli.output import AsJson, show
from aifactory.cli.remote import Remote

app = typer.Typer(help="Trained models, their cards and where they come from.", no_args_is_help=True)
FACTS = ("id", "name", "number", "organisation", "project", "state", "digest", "created_at")


@app.command("list")
def list_(project: str = "", after: str = "", as_json: bool = AsJson) -> None:
    """List the models you may see; released ones are for everyone."""
    found = Remote().get("/models", project=project, after=after)
    show(found, as_json=as_json, columns=("id", "name", "number", "organisation", "state"))


@app.command("show")
def show_(model: str, as_json: bool = AsJson) -> None:
    """Show one model version; `--json` has the whole card."""
    show(Remote().get(f"/models/{model}"), as_json=as_json, columns=(*FACTS, "intended_use", "files"))


@app.command()
def register(
    attempt: str,
    name: str = typer.Option(..., help="Name of the model; a known name makes a new version."),
    use: str = typer.Option(..., help="What it is for, and what it is not for."),
    as_json: bool = AsJson,
) -> None:
    """Register what a finished attempt made. It is not public until you release it."""
    made = Remote().post("/models", {"attempt": attempt, "name": name, "intended_use": use})
    show(made, as_json=as_json, columns=FACTS)


@app.command()
def release(model: str, as_json: bool = AsJson) -> None:
    """Make a model version public; says what is missing where the gate holds it."""
    show(Remote().post(f"/models/{model}/release"), as_json=as_json)


@app.command()
def withdraw(model: str, as_json: bool = AsJson) -> None:
    """Take a model version back."""
    show(Remote().post(f"/models/{model}/withdraw"), as_json=as_json)


@app.command()
def provenance(model: str, to: Path = typer.Option(None, help="File to write; else it is printed.")) -> None:
    """Get the signed statement of where a model comes from (DSSE envelope)."""
    envelope = Remote().get(f"/models/{model}")["provenance"]
    if to:
        to.write_text(envelope)
    typer.echo(str(to) if to else json.dumps(json.loads(envelope), indent=2))
