"""`aifactory catalogues`: other catalogues, read into ours."""

from enum import StrEnum
from typing import Annotated

import typer

from aifactory.cli.output import AsJson, show
from aifactory.cli.remote import Remote

app = typer.Typer(help="Other catalogues: read their datasets into ours.", no_args_is_help=True)
COLUMNS = ("id", "name", "kind", "state", "found", "shown", "read_at", "asked_at")


class Kind(StrEnum):
    """How a catalogue speaks."""

    DCAT = "dcat"
    CKAN = "ckan"


@app.command("list")
def list_(after: str = "", as_json: bool = AsJson) -> None:
    """List the catalogues that the factory reads."""
    show(Remote().get("/sources", after=after), as_json=as_json, columns=COLUMNS)


@app.command()
def add(
    name: str, address: str, kind: Annotated[Kind, typer.Option()] = Kind.DCAT, as_json: bool = AsJson
) -> None:
    """Steward: add a catalogue."""
    body = {"name": name, "address": address, "kind": kind.value}
    show(Remote().post("/sources", body), as_json=as_json, columns=COLUMNS)


@app.command()
def harvest(source: str, as_json: bool = AsJson) -> None:
    """Steward: have a catalogue read; the factory does it next."""
    show(Remote().post(f"/sources/{source}/harvest"), as_json=as_json, columns=COLUMNS)


@app.command()
def harvests(source: str, after: str = "", as_json: bool = AsJson) -> None:
    """Steward: how a catalogue was read, newest first."""
    columns = ("at", "seen", "added", "changed", "same", "gone", "faulty", "problem")
    show(Remote().get(f"/sources/{source}/harvests", after=after), as_json=as_json, columns=columns)


@app.command()
def errors(source: str, after: str = "", as_json: bool = AsJson) -> None:
    """Steward: what is wrong with the descriptions of a catalogue, record by record."""
    found = Remote().get(f"/sources/{source}/errors", after=after)
    if not as_json:
        for item in found["items"]:
            item["errors"] = "\n".join(f"{error['clause']}: {error['en']}" for error in item["errors"])
    show(found, as_json=as_json, columns=("id", "identifier", "errors"))


@app.command()
def pause(source: str, as_json: bool = AsJson) -> None:
    """Steward: read it no more, and show nothing of it."""
    show(Remote().post(f"/sources/{source}/pause"), as_json=as_json, columns=COLUMNS)


@app.command()
def resume(source: str, as_json: bool = AsJson) -> None:
    """Steward: read it again."""
    show(Remote().post(f"/sources/{source}/resume"), as_json=as_json, columns=COLUMNS)
