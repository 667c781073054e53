"""`aifactory reviews`: state conflicts, read, score, discuss."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from aifactory.cli.applications import json_object
from aifactory.cli.output import AsJson, show
from aifactory.cli.remote import Remote

app = typer.Typer(help="Reviews, and conflicts of interest.", no_args_is_help=True)
COLUMNS = ("id", "application", "state", "stated_at", "due_at")
CONFLICT = ("id", "application", "person", "kind", "state", "measure")


@app.command("list")
def list_(after: str = "", as_json: bool = AsJson) -> None:
    """List the reviews you may see."""
    show(Remote().get("/reviews", after=after), as_json=as_json, columns=COLUMNS)


@app.command("show")
def show_(review: str, as_json: bool = AsJson) -> None:
    """Show what you were asked to review: all of it once you stated to have no conflict."""
    show(Remote().get(f"/reviews/{review}"), as_json=as_json)


@app.command()
def state(review: str, as_json: bool = AsJson) -> None:
    """State that you have no conflict with the application."""
    show(Remote().post(f"/reviews/{review}/statement"), as_json=as_json, columns=COLUMNS)


@app.command()
def draft(review: str, file: Path, as_json: bool = AsJson) -> None:
    """Keep a draft: a JSON file with `scores` and `reasons` by criterion, complete or not."""
    show(Remote().put(f"/reviews/{review}/draft", json_object(file)), as_json=as_json)


@app.command()
def give(review: str, file: Path, as_json: bool = AsJson) -> None:
    """Give a review: a JSON file with `scores` and `reasons` by criterion."""
    show(Remote().post(f"/reviews/{review}/submit", json_object(file)), as_json=as_json, columns=COLUMNS)


@app.command()
def revise(
    review: str,
    file: Path,
    because: Annotated[str, typer.Option(help="What in the discussion changed your mind")],
    as_json: bool = AsJson,
) -> None:
    """Change your review after the discussion, once."""
    body = {**json_object(file), "because": because}
    show(Remote().post(f"/reviews/{review}/revise", body), as_json=as_json, columns=COLUMNS)


@app.command()
def decline(
    review: str,
    reason: str,
    conflict: bool = typer.Option(False, help="I stand too close to it"),
    as_json: bool = AsJson,
) -> None:
    """Give a review back."""
    body = {"reason": reason, "conflict": conflict}
    show(Remote().post(f"/reviews/{review}/decline", body), as_json=as_json, columns=COLUMNS)


@app.command("take-back")
def take_back(review: str, reason: str, as_json: bool = AsJson) -> None:
    """Take a review back that is not given, so that somebody else can be asked (office)."""
    body = {"reason": reason}
    show(Remote().post(f"/reviews/{review}/take-back", body), as_json=as_json, columns=COLUMNS)


@app.command()
def discussion(application: str, as_json: bool = AsJson) -> None:
    """Show all reviews of an application, how far they lie apart, and what was said."""
    show(Remote().get(f"/applications/{application}/discussion"), as_json=as_json)


@app.command()
def say(
    application: str,
    text: str,
    note: bool = typer.Option(False, help="What the panel concludes"),
    as_json: bool = AsJson,
) -> None:
    """Say something about an application."""
    show(Remote().post(f"/applications/{application}/remarks", {"text": text, "note": note}), as_json=as_json)


@app.command()
def conflicts(state: str = "", after: str = "", as_json: bool = AsJson) -> None:
    """List the conflicts of interest that you may know of; `--state found` waits for the office."""
    show(Remote().get("/conflicts", after=after, state=state), as_json=as_json, columns=CONFLICT)


@app.command()
def handle(
    conflict: str,
    step: Annotated[str, typer.Argument(help="recuse, manage, disclose or lift")],
    measure: str,
    as_json: bool = AsJson,
) -> None:
    """Decide what follows from a conflict, with the measure or the reason in words (office)."""
    body = {"measure": measure}
    show(Remote().post(f"/conflicts/{conflict}/{step}", body), as_json=as_json, columns=CONFLICT)


@app.command()
def collaborators(after: str = "", as_json: bool = AsJson) -> None:
    """List with whom you published, as you named them."""
    show(Remote().get("/collaborators", after=after), as_json=as_json, columns=("id", "name", "last_on"))


@app.command()
def collaborator(
    name: str,
    last_on: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="Day of the last work together")],
    as_json: bool = AsJson,
) -> None:
    """Name somebody with whom you published; the search for conflicts reads it."""
    body = {"name": name, "last_on": last_on.date().isoformat()}
    show(Remote().post("/collaborators", body), as_json=as_json)
