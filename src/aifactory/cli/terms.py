"""`aifactory terms`."""

import hashlib
from pathlib import Path

import typer

from aifactory.cli.output import AsJson, show
from aifactory.cli.remote import Remote

app = typer.Typer(help="Terms of use, and suspensions.", no_args_is_help=True)


@app.command("list")
def list_(as_json: bool = AsJson) -> None:
    """Show the texts in force."""
    show(Remote().get("/terms"), as_json=as_json, columns=("id", "version", "title", "valid_from"))


@app.command()
def standing(organisation: str, as_json: bool = AsJson) -> None:
    """Show what an organisation accepted and what is still due."""
    show(Remote().get(f"/organisations/{organisation}/terms"), as_json=as_json)


@app.command()
def accept(
    organisation: str,
    text: str = typer.Argument(..., help="The id of the text, e.g. civil-use"),
    digest: str = typer.Option("", help="The digest of the text that you read."),
    paper: Path = typer.Option(None, help="The signed document, for the office: its digest is recorded."),
    as_json: bool = AsJson,
) -> None:
    """Accept a text for an organisation that you may sign for."""
    body = {"text": text, "digest": digest, "paper_digest": digest_of(paper) if paper else ""}
    show(Remote().post(f"/organisations/{organisation}/terms", body), as_json=as_json)


@app.command()
def suspensions(as_json: bool = AsJson, after: str = "") -> None:
    """List the suspensions that you may see."""
    show(
        Remote().get("/suspensions", after=after),
        as_json=as_json,
        columns=("id", "subject", "ground", "state", "since"),
    )


@app.command()
def suspend(
    subject: str = typer.Argument(..., help="people.user:…, people.organisation:… or awards.project:…"),
    ground: str = typer.Option(
        ..., help="terms, declaration, sanctions, security, payment, report or request"
    ),
    reasons: str = typer.Option(..., help="Those concerned read this."),
    as_json: bool = AsJson,
) -> None:
    """Let somebody start nothing new. Needs the mandate for it."""
    body = {"subject": subject, "ground": ground, "reasons": reasons}
    show(Remote().post("/suspensions", body), as_json=as_json)


@app.command()
def lift(suspension: str, reasons: str = typer.Option(...), as_json: bool = AsJson) -> None:
    """Lift a suspension, with reasons."""
    show(Remote().post(f"/suspensions/{suspension}/lift", {"reasons": reasons}), as_json=as_json)


def digest_of(file: Path) -> str:
    """Return the digest of a document, which itself stays here."""
    with file.open("rb") as content:
        return f"sha256:{hashlib.file_digest(content, 'sha256').hexdigest()}"
