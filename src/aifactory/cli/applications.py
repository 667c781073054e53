"""`aifactory applications`: write, submit, decide."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from aifactory.cli.output import AsJson, show
from aifactory.cli.remote import Remote
from aifactory.kit.errors import Refused

app = typer.Typer(help="Applications, from the first answer to the letter.", no_args_is_help=True)
COLUMNS = ("id", "reference", "title", "state", "due_at")


class NoSuchJson(Refused):
    """A file that holds no JSON object."""


def json_object(file: Path) -> dict[str, Any]:
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise NoSuchJson(f"{file} can't be read as JSON: {error}.") from None
    if not isinstance(found, dict):
        raise NoSuchJson(f"{file} holds no JSON object.")
    return found


def _pairs(values: list[str]) -> dict[str, str]:
    split = [value.partition("=") for value in values]
    if bad := [name for name, equals, _ in split if not equals]:
        raise Refused(f"{bad[0]!r} has no '='.", next_step="Write RESOURCE=AMOUNT, e.g. gpu=1500.")
    return {name: value for name, _, value in split}


@app.command("list")
def list_(after: str = "", as_json: bool = AsJson) -> None:
    """List the applications you may see."""
    show(Remote().get("/applications", after=after), as_json=as_json, columns=COLUMNS)


@app.command("show")
def show_(application: str, as_json: bool = AsJson) -> None:
    """Show one application whole."""
    show(Remote().get(f"/applications/{application}"), as_json=as_json)


@app.command()
def start(
    call: str, title: str, organisation: str = typer.Option(..., help="Its id"), as_json: bool = AsJson
) -> None:
    """Begin an application."""
    body = {"call": call, "organisation": organisation, "title": title}
    show(Remote().post("/applications", body), as_json=as_json, columns=COLUMNS)


@app.command()
def answer(application: str, answers: Path, as_json: bool = AsJson) -> None:
    """Keep the answers in a JSON file: question id to answer, amounts in the shown unit."""
    body = {"answers": json_object(answers)}
    show(Remote().put(f"/applications/{application}/answers", body), as_json=as_json, columns=COLUMNS)


@app.command()
def attach(application: str, slot: str, file: Path, as_json: bool = AsJson) -> None:
    """Add a document."""
    show(Remote().upload(f"/applications/{application}/attachments/{slot}", file), as_json=as_json)


@app.command()
def submit(application: str, as_json: bool = AsJson) -> None:
    """Hand an application in; nothing of it changes afterwards."""
    show(Remote().post(f"/applications/{application}/submit"), as_json=as_json, columns=COLUMNS)


@app.command()
def withdraw(application: str, as_json: bool = AsJson) -> None:
    """Take an application back."""
    show(Remote().post(f"/applications/{application}/withdraw"), as_json=as_json, columns=COLUMNS)


@app.command()
def reviews(application: str, as_json: bool = AsJson) -> None:
    """Read what reviewers said of your application, once the decision is published."""
    found = Remote().get(f"/applications/{application}/reviews")
    show(found, as_json=as_json, columns=("by", "scores", "reasons"))


@app.command()
def judge(application: str, as_json: bool = AsJson) -> None:
    """Hold the rules to an application (office)."""
    show(Remote().post(f"/applications/{application}/eligibility"), as_json=as_json)


@app.command()
def candidates(application: str, as_json: bool = AsJson) -> None:
    """List who may be asked for a review, how much they have to do, and who has no conflict (office)."""
    found = Remote().get(f"/applications/{application}/reviewers")
    columns = ("reviewer", "name", "open_reviews", "free")
    show(found if as_json else {"items": found}, as_json=as_json, columns=columns)


@app.command()
def assign(
    application: str,
    reviewer: Annotated[
        list[str] | None, typer.Option(help="Id; may be repeated. None: chosen by load, without conflicts")
    ] = None,
    as_json: bool = AsJson,
) -> None:
    """Ask reviewers (office)."""
    made = Remote().post(f"/applications/{application}/reviewers", {"reviewers": reviewer})
    show({"items": made}, as_json=as_json, columns=("id", "state", "due_at"))


@app.command()
def decide(
    application: str,
    reasons: Annotated[str, typer.Option(help="The applicant reads them")],
    award: Annotated[
        list[str] | None, typer.Option(help="RESOURCE=AMOUNT in its shown unit; none: rejected")
    ] = None,
    as_json: bool = AsJson,
) -> None:
    """Decide on your mandate (office, panel)."""
    body = {"awarded": _pairs(award or []), "reasons": reasons}
    show(Remote().post(f"/applications/{application}/decision", body), as_json=as_json)


@app.command()
def letter(
    application: str,
    pdf: Path | None = typer.Option(None, help="Write it to this file, as PDF"),
    as_json: bool = AsJson,
) -> None:
    """Show the decision letter."""
    if pdf:
        typer.echo(Remote().download(f"/applications/{application}/letter.pdf", pdf))
        return
    found = Remote().get(f"/applications/{application}/letter")
    if as_json:
        show(found, as_json=True)
        return
    typer.echo(f"{found['subject']}\n\n{found['opening']}")
    for section in found["sections"]:
        typer.echo(
            "\n".join(["", section["heading"], *section["paragraphs"], *(f"- {i}" for i in section["items"])])
        )
    typer.echo(f"\n{found['closing']}")


@app.command("out-of-turn")
def out_of_turn(
    application: str,
    reason: str = typer.Option(..., help="Why this one goes before earlier ones"),
    as_json: bool = AsJson,
) -> None:
    """Put on record why an application is decided before earlier ones; needs a mandate to decide."""
    show(Remote().post(f"/applications/{application}/out-of-turn", {"reason": reason}), as_json=as_json)
