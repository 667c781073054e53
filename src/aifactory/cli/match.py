"""`aifactory match`: who reviews what. Similarity and secrets are tools on files alone; the rest is remote."""

import csv
import json
import secrets
from enum import StrEnum
from pathlib import Path

import typer

from aifactory.access.matching import seeds
from aifactory.access.matching.files import read_items, read_people
from aifactory.access.matching.similarity import Model, score_rows
from aifactory.cli.output import AsJson, show
from aifactory.cli.remote import Remote

app = typer.Typer(help="Who reviews what: expertise, commitments, the draw.", no_args_is_help=True)


class Wish(StrEnum):
    """What a reviewer says of an application."""

    WANT = "want"
    CAN = "can"
    NO = "no"


@app.command()
def similarity(
    *,
    people: Path = typer.Option(
        ..., help='Lines of {"id", "works": [{"title", "abstract"}]}', exists=True, dir_okay=False
    ),
    items: Path = typer.Option(..., help='Lines of {"id", "title", "abstract"}', exists=True, dir_okay=False),
    out: Path = typer.Option(..., help="The file to write: person,item,score", dir_okay=False),
    model: Model = typer.Option(Model.TFIDF, help="embedding and both need aifactory[embedding]"),
    as_json: bool = AsJson,
) -> None:
    """Score how near each person's works are to each item, from 0 to 1. Works on files alone."""
    who, what = read_people(people), read_items(items)
    rows = score_rows(who, what, model)
    try:
        file = out.open("w", newline="", encoding="utf-8")
    except OSError as error:
        raise typer.BadParameter(f"{out} can't be written: {error.strerror}") from None
    with file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(("person", "item", "score"))
        for person, scores in zip(who, rows, strict=True):
            table.writerows(
                (person.id, item.id, f"{x:.6f}") for item, x in zip(what, scores.tolist(), strict=True)
            )
    facts = {"people": len(who), "items": len(what), "model": model.value, "out": str(out)}
    typer.echo(json.dumps(facts) if as_json else f"{len(who)} people × {len(what)} items: {out}")


@app.command()
def secret(as_json: bool = AsJson) -> None:
    """Make a secret and its commitment, on this machine. Hand in the commitment; show the secret when asked."""
    made = secrets.token_hex(32)
    facts = {"secret": made, "commitment": seeds.commitment(made)}
    typer.echo(
        json.dumps(facts) if as_json else "\n".join(f"{name}: {value}" for name, value in facts.items())
    )


@app.command()
def commit(call: str, commitment: str, as_json: bool = AsJson) -> None:
    """Commit to a secret while the call is open (remote)."""
    show(Remote().post(f"/matching/calls/{call}/commitments", {"commitment": commitment}), as_json=as_json)


@app.command()
def reveal(
    call: str, secret: str = typer.Argument(..., help="The secret itself"), as_json: bool = AsJson
) -> None:
    """Show the secret you committed to, after the call ended (remote)."""
    show(Remote().post(f"/matching/calls/{call}/secrets", {"secret": secret}), as_json=as_json)


@app.command()
def status(call: str, as_json: bool = AsJson) -> None:
    """Show the commitments and the draws of a call (remote)."""
    show(Remote().get(f"/matching/calls/{call}"), as_json=as_json)


@app.command()
def readiness(call: str, as_json: bool = AsJson) -> None:
    """Show what stands between a call and its draw (remote)."""
    show(Remote().get(f"/matching/calls/{call}/readiness"), as_json=as_json)


@app.command()
def draw(
    call: str,
    cap_percent: int = typer.Option(50, help="How sure somebody may be of a file at most"),
    reason: str = typer.Option("", help="Why more than 50 %; needs the mandate"),
    model: Model = typer.Option(Model.TFIDF, help="How texts are compared"),
    as_json: bool = AsJson,
) -> None:
    """Draw reviewers for the applications that lack some, and ask them (remote)."""
    wish = {"cap_percent": cap_percent, "reason": reason, "model": model.value}
    show(Remote().post(f"/matching/calls/{call}/draws", wish), as_json=as_json)


@app.command()
def drawn(draw: str, as_json: bool = AsJson) -> None:
    """Show what a draw expected and gave, application by application (remote)."""
    found = Remote().get(f"/matching/draws/{draw}")
    show(found, as_json=as_json, columns=("application", "expected", "got", "reviewers"))


@app.command()
def replay(draw: str, as_json: bool = AsJson) -> None:
    """Draw again from what was kept and the seed; ends with 1 where something else comes out (remote)."""
    found = Remote().get(f"/matching/draws/{draw}/replay")
    show(found, as_json=as_json)
    if not found["same"]:
        raise typer.Exit(1)


@app.command()
def profile(
    file: Path | None = typer.Argument(None, exists=True, dir_okay=False, help="JSON: works, keywords, …"),
    as_json: bool = AsJson,
) -> None:
    """Show what you said of yourself as a reviewer, or replace it by a file (remote)."""
    remote = Remote()
    if file is None:
        show(remote.get("/matching/profile"), as_json=as_json)
        return
    try:
        facts = json.loads(file.read_text(encoding="utf-8"))
    except ValueError as error:
        raise typer.BadParameter(f"{file} is not JSON: {error}") from None
    show(remote.put("/matching/profile", facts), as_json=as_json)


@app.command()
def bids(call: str, as_json: bool = AsJson) -> None:
    """List the applications you may bid on, with your bids (remote)."""
    found = Remote().get(f"/matching/calls/{call}/bids")
    show(found, as_json=as_json, columns=("application", "title", "bid"))


@app.command()
def bid(call: str, application: str, wish: Wish, as_json: bool = AsJson) -> None:
    """Say that you want to read an application, can read it, or can't judge it (remote)."""
    show(Remote().put(f"/matching/calls/{call}/bids", {"bids": {application: wish.value}}), as_json=as_json)
