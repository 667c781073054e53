"""`aifactory keys`: the SSH keys with which you get into the cluster."""

from pathlib import Path

import typer

from aifactory.cli.output import AsJson, show
from aifactory.cli.remote import Remote

app = typer.Typer(help="Your SSH keys: with them you get into the cluster.", no_args_is_help=True)
COLUMNS = ("id", "label", "kind", "fingerprint", "created_at")


@app.command("list")
def list_(as_json: bool = AsJson) -> None:
    """List your keys."""
    show({"items": Remote().get("/ssh-keys")}, as_json=as_json, columns=COLUMNS)


@app.command()
def add(
    file: Path = typer.Argument(
        help="The public half, a file that ends in .pub", exists=True, dir_okay=False
    ),
    label: str = typer.Option("", help="A name for it, e.g. the computer that has the private half"),
    as_json: bool = AsJson,
) -> None:
    """Add a public key. It opens the cluster while you work on a project whose award runs."""
    body = {"key": file.read_text(encoding="utf-8", errors="replace"), "label": label}
    show(Remote().post("/ssh-keys", body), as_json=as_json)


@app.command()
def remove(key: str, as_json: bool = AsJson) -> None:
    """Remove a key; whoever has its other half gets in no more."""
    show(Remote().post(f"/ssh-keys/{key}/remove"), as_json=as_json)
