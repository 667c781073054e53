"""`aifactory objections`."""

from pathlib import Path

import typer

from aifactory.cli.output import AsJson, show
from aifactory.cli.remote import Remote

app = typer.Typer(help="Objections to decisions.", no_args_is_help=True)
SHORT = (
    "id",
    "reference",
    "state",
    "in_time",
    "due_on",
    "handler",
    "hearing",
    "outcome",
    "effect",
    "reasons",
)


@app.command("list")
def list_(after: str = "", as_json: bool = AsJson) -> None:
    """List the objections you may see."""
    found = Remote().get("/objections", after=after)
    show(found, as_json=as_json, columns=("id", "reference", "state", "due_on", "outcome", "effect"))


@app.command("show")
def show_(objection: str, as_json: bool = AsJson) -> None:
    """Show one objection."""
    show(Remote().get(f"/objections/{objection}"), as_json=as_json)


@app.command()
def file(
    application: str,
    grounds: str = typer.Option("", help="Why you do not agree; left out, they are asked for."),
    paper: list[Path] = typer.Option([], help="A text file that comes along; may be given more than once."),
    hearing: bool = typer.Option(True, help="Whether you want to be heard."),
    late_reason: str = typer.Option("", help="Why it comes after the term."),
    as_json: bool = AsJson,
) -> None:
    """Object to the decision on an application."""
    papers = [{"name": one.name, "text": one.read_text(encoding="utf-8")} for one in paper]
    wish = {"grounds": grounds, "papers": papers, "wants_hearing": hearing, "late_reason": late_reason}
    show(Remote().post(f"/applications/{application}/objections", wish), as_json=as_json, columns=SHORT)


@app.command()
def grounds(objection: str, text: str, as_json: bool = AsJson) -> None:
    """Bring the grounds that were asked for."""
    show(Remote().post(f"/objections/{objection}/grounds", {"grounds": text}), as_json=as_json, columns=SHORT)


@app.command()
def withdraw(objection: str, as_json: bool = AsJson) -> None:
    """Take an objection back."""
    show(Remote().post(f"/objections/{objection}/withdraw"), as_json=as_json, columns=SHORT)


@app.command()
def take(objection: str, as_json: bool = AsJson) -> None:
    """Take an objection in hand."""
    show(Remote().post(f"/objections/{objection}/take"), as_json=as_json, columns=SHORT)


@app.command()
def hand_over(objection: str, to: str, as_json: bool = AsJson) -> None:
    """Give an objection to a colleague, by id."""
    show(Remote().post(f"/objections/{objection}/hand-over", {"to": to}), as_json=as_json, columns=SHORT)


@app.command()
def hearing(
    objection: str,
    at: str = typer.Option("", help="Plan it: a moment such as 2027-04-20T10:00:00+02:00."),
    place: str = typer.Option("", help="Where, or the address of the call."),
    report: str = typer.Option("", help="It was held: what was said."),
    not_heard: str = typer.Option("", help="There is none: waived, unfounded, …"),
    as_json: bool = AsJson,
) -> None:
    """Plan a hearing, keep its report, or say on which ground there is none."""
    wish = {"at": at or None, "place": place, "report": report, "not_heard": not_heard}
    show(Remote().post(f"/objections/{objection}/hearing", wish), as_json=as_json, columns=SHORT)


@app.command()
def extend(objection: str, because: str, as_json: bool = AsJson) -> None:
    """Extend the term to decide, once, with a reason."""
    show(
        Remote().post(f"/objections/{objection}/extend", {"because": because}), as_json=as_json, columns=SHORT
    )


@app.command()
def decide(
    objection: str,
    outcome: str = typer.Option(..., help="inadmissible, unfounded or founded."),
    reasons: str = typer.Option(..., help="Why; the objector reads this."),
    gpu_hours: float = typer.Option(-1, help="To be awarded in all, where that changes."),
    late_excused: bool | None = typer.Option(None, help="Whether coming late is excused."),
    as_json: bool = AsJson,
) -> None:
    """Decide on an objection, on your mandate."""
    awarded = {"gpu": gpu_hours} if gpu_hours >= 0 else {}
    wish = {"outcome": outcome, "reasons": reasons, "awarded": awarded, "late_excused": late_excused}
    show(Remote().post(f"/objections/{objection}/ruling", wish), as_json=as_json, columns=SHORT)


@app.command()
def letter(objection: str, to: Path) -> None:
    """Write what the objector was sent last to a PDF file: the decision, or else the receipt."""
    typer.echo(Remote().download(f"/objections/{objection}/letter.pdf", to))


@app.command()
def figures(as_json: bool = AsJson) -> None:
    """Show how objections end."""
    show(Remote().get("/register/objections"), as_json=as_json)
