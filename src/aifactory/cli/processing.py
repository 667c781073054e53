"""`aifactory processing`: the record of who processes personal data, and what must be erased."""

from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from aifactory.cli.applications import json_object
from aifactory.cli.output import AsJson, show
from aifactory.cli.remote import Remote
from aifactory.kit.errors import Refused

app = typer.Typer(help="Personal data: who processes it, and what must be erased.", no_args_is_help=True)
ERASURE = ("id", "title", "cause", "reference", "waiting", "owed", "state", "due_on")
DUTY = ("id", "kind", "name", "organisation", "state", "statement")


class Kind(StrEnum):
    """The two parts of the record."""

    USE = "use"
    STORE = "store"


@app.command()
def register(
    kind: Annotated[Kind, typer.Option(help="Who uses it, or what is kept.")] = Kind.USE,
    after: str = "",
    as_json: bool = AsJson,
) -> None:
    """Show the record of processing activities, as far as your organisations take part."""
    found = Remote().get("/processing-register", kind=kind.value, after=after)
    columns = ("title", "who", "purpose", "basis", "keep_until", "uses", "last_use")
    show(found, as_json=as_json, columns=columns)


@app.command()
def export(to: Annotated[Path, typer.Option(help="Its name ends in .csv or .json.")]) -> None:
    """Write the whole record to a file."""
    form = to.suffix.removeprefix(".")
    if form not in {"csv", "json"}:
        raise Refused(
            f"{to} ends in neither .csv nor .json.", next_step="Give --to register.csv or --to register.json."
        )
    typer.echo(str(Remote().download("/processing-register/download", to, format=form)))


@app.command()
def words() -> None:
    """Print the closed lists that personal data is described in."""
    show(Remote().get("/processing-register/words"), as_json=True)


@app.command()
def say(
    dataset: str,
    facts: Annotated[Path, typer.Argument(help="JSON: controller, basis, keep_until, … (see `words`)")],
    as_json: bool = AsJson,
) -> None:
    """Steward: write down what the law asks of the personal data in a dataset."""
    show(Remote().put(f"/datasets/{dataset}/personal-data", json_object(facts)), as_json=as_json)


@app.command()
def erasures(after: str = "", as_json: bool = AsJson) -> None:
    """List the requests to erase that you may see."""
    show(Remote().get("/erasures", after=after), as_json=as_json, columns=ERASURE)


@app.command()
def erasure(erasure: str, as_json: bool = AsJson) -> None:
    """Show one request with its duties."""
    _detail(Remote().get(f"/erasures/{erasure}"), as_json=as_json)


@app.command()
def erase(
    dataset: str,
    reference: Annotated[str, typer.Argument(help="Your own number of the request; no name.")],
    cause: Annotated[
        str, typer.Option(help="withdrawn, unneeded, objection, unlawful, obligation or child")
    ] = "withdrawn",
    received: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"])] = None,
    as_json: bool = AsJson,
) -> None:
    """Steward: record that a person asks to be erased from a dataset."""
    body = {"reference": reference, "cause": cause}
    body |= {"received_on": f"{received:%Y-%m-%d}"} if received else {}
    _detail(Remote().post(f"/datasets/{dataset}/erasures", body), as_json=as_json)


@app.command()
def answer(
    duty: str,
    statement: str,
    *,
    met: Annotated[
        bool, typer.Option("--erased/--kept", help="Kept: the statement says why the law allows it")
    ],
    as_json: bool = AsJson,
) -> None:
    """Say that something is erased and how, or why it is kept."""
    body = {"met": met, "statement": statement}
    show(Remote().post(f"/erasure-duties/{duty}", body), as_json=as_json, columns=DUTY)


def _detail(found: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        show(found, as_json=True)
        return
    show(found, as_json=False, columns=ERASURE)
    show({"items": found["duties"]}, as_json=False, columns=DUTY, title="Duties")
