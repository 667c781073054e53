"""`aifactory agreements`: ask for data, decide, sign, end."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from aifactory.cli.applications import json_object
from aifactory.cli.output import AsJson, show
from aifactory.cli.remote import Remote

app = typer.Typer(help="Agreements on data.", no_args_is_help=True)
COLUMNS = ("id", "state", "title", "organisation", "project", "purpose", "valid_until")
Seen = typer.Option(..., help="`terms_digest` of the terms that you read, as `show` gives it.")
PERSONS = ("id", "kind", "persons", "state", "reason")


class PersonsStep(StrEnum):
    """What can be done with a request to add people."""

    ACCEPT = "accept"
    REFUSE = "refuse"
    WITHDRAW = "withdraw"


@app.command("list")
def list_(as_json: bool = AsJson, after: str = "") -> None:
    """List the agreements that you may see."""
    show(Remote().get("/agreements", after=after), as_json=as_json, columns=COLUMNS)


@app.command("show")
def show_(agreement: str, as_json: bool = AsJson) -> None:
    """Show one agreement."""
    show(Remote().get(f"/agreements/{agreement}"), as_json=as_json)


@app.command()
def ask(
    offer: str,
    version: str,
    project: str,
    purpose: str,
    explanation: str = "",
    person: Annotated[
        list[str], typer.Option(help="Who may use it in the secure environment; may be repeated.")
    ] = [],  # noqa: B006 - typer reads it and never changes it
    as_json: bool = AsJson,
) -> None:
    """Ask to use a version for a project; this accepts the terms of the offer."""
    body = {
        "version": version,
        "project": project,
        "purpose": purpose,
        "explanation": explanation,
        "persons": person,
    }
    show(Remote().post(f"/offers/{offer}/requests", body), as_json=as_json)


@app.command()
def odrl(agreement: str) -> None:
    """Print the terms as ODRL (JSON-LD)."""
    show(Remote().get(f"/agreements/{agreement}/odrl"), as_json=True)


@app.command()
def signed(agreement: str) -> None:
    """Print the contract with both signatures."""
    show(Remote().get(f"/agreements/{agreement}/signed"), as_json=True)


@app.command()
def propose(
    agreement: str,
    terms: Annotated[Path, typer.Argument(help="JSON in the words of `aifactory datasets vocabulary`")],
    as_json: bool = AsJson,
) -> None:
    """Propose other terms: as the holder's steward on a request, or in answer to such a proposal."""
    found = Remote().put(f"/agreements/{agreement}/terms", {"terms": json_object(terms)})
    show(found, as_json=as_json, columns=COLUMNS)


@app.command()
def accept(agreement: str, seen: str = Seen, as_json: bool = AsJson) -> None:
    """Accept the terms that the holder proposed."""
    _act(agreement, "accept", "", seen=seen, as_json=as_json)


@app.command()
def renew(agreement: str, as_json: bool = AsJson) -> None:
    """Ask to go on when an agreement runs out, under the newest offer."""
    _act(agreement, "renew", "", as_json=as_json)


@app.command()
def persons(agreement: str, as_json: bool = AsJson) -> None:
    """Show who may use the data, where the terms name people, and how that changed."""
    found = Remote().get(f"/agreements/{agreement}/persons")
    if as_json:
        show(found, as_json=True)
        return
    show({"agreement": found["agreement"], "persons": _names(found["persons"])}, as_json=False)
    rows = [{**change, "persons": _names(change["persons"])} for change in found["changes"]]
    show({"items": rows}, as_json=False, columns=PERSONS)


@app.command("add-person")
def add_person(
    agreement: str,
    person: Annotated[list[str], typer.Argument(help="E-mail addresses of people of the project")],
    explanation: Annotated[str, typer.Option(help="Why they need the data; the holder reads it")] = "",
    as_json: bool = AsJson,
) -> None:
    """Ask the holder that these people may use the data as well; you sign for your organisation."""
    body = {"persons": person, "explanation": explanation}
    _show_change(Remote().post(f"/agreements/{agreement}/persons", body), as_json=as_json)


@app.command("remove-person")
def remove_person(agreement: str, person: str, reason: str, as_json: bool = AsJson) -> None:
    """Take a person (e-mail address) off the list; it holds at once, and jobs of that person stop."""
    body = {"person": person, "reason": reason}
    _show_change(Remote().post(f"/agreements/{agreement}/persons/remove", body), as_json=as_json)


@app.command("decide-persons")
def decide_persons(change: str, step: PersonsStep, reason: str = "", as_json: bool = AsJson) -> None:
    """Steward: accept, or refuse with a reason, who is to be added; who asked may withdraw it."""
    found = Remote().post(f"/persons-changes/{change}/{step.value}", {"reason": reason})
    _show_change(found, as_json=as_json)


def _show_change(change: dict[str, Any], *, as_json: bool) -> None:
    shown = change if as_json else {**change, "persons": _names(change["persons"])}
    show(shown, as_json=as_json, columns=PERSONS)


def _names(people: list[dict[str, str]]) -> str:
    return ", ".join(person["name"] for person in people)


@app.command()
def duty(
    agreement: str,
    duty: str,
    *,
    met: Annotated[bool, typer.Option("--met/--not-met", help="Not met: the holder's steward only")],
    reason: str = "",
    as_json: bool = AsJson,
) -> None:
    """Say how a duty stands; one that was not met stops new use of the data."""
    body = {"duty": duty, "met": met, "reason": reason}
    show(Remote().post(f"/agreements/{agreement}/duties", body), as_json=as_json)


def _act(agreement: str, verb: str, reason: str, *, seen: str = "", as_json: bool) -> None:
    found = Remote().post(f"/agreements/{agreement}/{verb}", {"reason": reason, "seen": seen})
    show(found, as_json=as_json, columns=(*COLUMNS, "reason"))


@app.command()
def agree(agreement: str, seen: str = Seen, as_json: bool = AsJson) -> None:
    """Steward: say yes to a request, and sign for the holder."""
    _act(agreement, "agree", "", seen=seen, as_json=as_json)


@app.command()
def refuse(agreement: str, reason: str, as_json: bool = AsJson) -> None:
    """Steward: say no to a request."""
    _act(agreement, "refuse", reason, as_json=as_json)


@app.command()
def sign(agreement: str, as_json: bool = AsJson) -> None:
    """Sign for your organisation; from then on the data can be used."""
    _act(agreement, "sign", "", as_json=as_json)


@app.command()
def suspend(agreement: str, reason: str, as_json: bool = AsJson) -> None:
    """Steward or office: stop all use for now."""
    _act(agreement, "suspend", reason, as_json=as_json)


@app.command()
def resume(agreement: str, as_json: bool = AsJson) -> None:
    """Steward or office: let a suspended agreement go on."""
    _act(agreement, "resume", "", as_json=as_json)


@app.command()
def end(agreement: str, reason: str, as_json: bool = AsJson) -> None:
    """End an agreement for good."""
    _act(agreement, "end", reason, as_json=as_json)
