"""`aifactory screening`: a call's queue, technical checks, law and ethics, supervisors."""

from pathlib import Path
from typing import Annotated

import typer

from aifactory.cli.applications import json_object
from aifactory.cli.output import AsJson, show
from aifactory.cli.remote import Remote

app = typer.Typer(help="Screening: rules, technical check, law and ethics.", no_args_is_help=True)


@app.command()
def queue(call: str, as_json: bool = AsJson) -> None:
    """List how far the screening of each application of a call is (office, panel)."""
    columns = ("application", "reference", "organisation", "state", "eligible", "laws", "waits_for")
    show(Remote().get(f"/calls/{call}/screening"), as_json=as_json, columns=columns)


@app.command()
def judge(call: str, as_json: bool = AsJson) -> None:
    """Hold the rules to every submitted application of a call (office)."""
    show(Remote().post(f"/calls/{call}/screening/judge"), as_json=as_json)


@app.command()
def ask(application: str, assessor: str, as_json: bool = AsJson) -> None:
    """Ask somebody (usr_…) for the technical check (office)."""
    show(Remote().post(f"/applications/{application}/technical", {"assessor": assessor}), as_json=as_json)


@app.command()
def checks(as_json: bool = AsJson) -> None:
    """List the technical checks that you were asked for."""
    show(Remote().get("/technical-checks"), as_json=as_json, columns=("id", "application", "state", "result"))


@app.command()
def give(check: str, file: Path, as_json: bool = AsJson) -> None:
    """Give a technical check: a JSON file with `answers`, `result`, `reasons` and, to adjust, `proposed`."""
    show(Remote().post(f"/technical-checks/{check}/give", json_object(file)), as_json=as_json)


@app.command()
def weigh(application: str, file: Path, as_json: bool = AsJson) -> None:
    """Weigh law and ethics: a JSON file with `result`, `reasons` and `conditions` in both languages (office)."""
    show(Remote().post(f"/applications/{application}/law-gate", json_object(file)), as_json=as_json)


@app.command()
def doubts(application: str, as_json: bool = AsJson) -> None:
    """Ask whether an application goes together with the others of its organisation."""
    found = Remote().get(f"/applications/{application}/doubts")
    if as_json:
        show(found, as_json=True)
        return
    for doubt in found["items"]:
        typer.echo(f"- {doubt['text']['en']}")
    if not found["items"]:
        typer.echo("Nothing to ask.")


@app.command()
def reuse(
    application: str,
    question: Annotated[
        list[str] | None, typer.Option(help="May be repeated; none: all that are open")
    ] = None,
    as_json: bool = AsJson,
) -> None:
    """Take over earlier answers into a draft."""
    show(Remote().post(f"/applications/{application}/earlier", {"questions": question}), as_json=as_json)


@app.command()
def supervisor(application: str, email: str, as_json: bool = AsJson) -> None:
    """Ask a colleague to supervise the application of a student."""
    show(Remote().post(f"/applications/{application}/supervisor", {"email": email}), as_json=as_json)


@app.command()
def supervisions(as_json: bool = AsJson) -> None:
    """List the applications that you were asked to supervise."""
    show(Remote().get("/supervisions"), as_json=as_json, columns=("id", "application", "state"))


@app.command()
def confirm(supervision: str, as_json: bool = AsJson) -> None:
    """Confirm an application of a student as it is now; you become accountable for the work."""
    show(Remote().post(f"/supervisions/{supervision}/confirm"), as_json=as_json)


@app.command()
def decline(supervision: str, reason: str, as_json: bool = AsJson) -> None:
    """Say no to a student, with a reason."""
    show(Remote().post(f"/supervisions/{supervision}/decline", {"reason": reason}), as_json=as_json)
