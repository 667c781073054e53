"""`aifactory register`: the public register, its log, and the reports of projects."""

from pathlib import Path

import typer

from aifactory.cli.output import AsJson, show
from aifactory.cli.remote import Remote
from aifactory.kit.errors import Refused

app = typer.Typer(help="What the factory gave and got; the log behind it.", no_args_is_help=True)


@app.command()
def figures(as_json: bool = AsJson) -> None:
    """Show the figures of the whole factory."""
    show(Remote().get("/register"), as_json=as_json)


@app.command()
def calls(as_json: bool = AsJson) -> None:
    """List the calls with counts per state and the days to a decision."""
    found = Remote().get("/register/calls")
    columns = ("id", "mode", "state", "submitted", "awarded", "days_to_decision")
    show(found if as_json else {"items": found}, as_json=as_json, columns=columns)


@app.command()
def awards(after: str = "", as_json: bool = AsJson) -> None:
    """List every award."""
    columns = ("title", "organisation", "resource", "unit", "granted", "drawn", "left")
    show(Remote().get("/register/awards", after=after), as_json=as_json, columns=columns)


@app.command()
def decisions(after: str = "", as_json: bool = AsJson) -> None:
    """List every decision."""
    columns = ("reference", "outcome", "organisation", "mandate", "decided_at")
    show(Remote().get("/register/decisions", after=after), as_json=as_json, columns=columns)


@app.command("show")
def show_(project: str, as_json: bool = AsJson) -> None:
    """Show everything public of one project."""
    show(Remote().get(f"/register/projects/{project}"), as_json=as_json)


@app.command()
def log(as_json: bool = AsJson) -> None:
    """Show where the log stands."""
    show(Remote().get("/register/log"), as_json=as_json)


@app.command()
def event(number: int, as_json: bool = AsJson) -> None:
    """Show one event with the proof that it is in the log."""
    show(Remote().get(f"/register/log/events/{number}"), as_json=as_json)


@app.command()
def history(record: str, as_json: bool = AsJson) -> None:
    """List the events of one record, such as awards.project:prj_…"""
    found = Remote().get("/register/log/history", thing=record)
    show(
        found if as_json else {"items": found},
        as_json=as_json,
        columns=("id", "at", "name", "actor", "position"),
    )


@app.command()
def checkpoint(to: Path = typer.Option(None, help="File to write; else it is printed.")) -> None:
    """Get the newest signed checkpoint: keep it where the factory cannot reach it."""
    note = Remote().get("/register/log")["checkpoint"]
    if note is None:
        raise Refused("Nothing is sealed yet.", next_step="Try again in a moment.")
    if to:
        to.write_text(note)
    typer.echo(str(to) if to else note, nl=bool(to))


@app.command()
def export(to: Path = typer.Argument(Path("export.jsonl"), help="File to write.")) -> None:
    """Download the log with all public facts, for `aifactory verify`."""
    typer.echo(str(Remote().download("/register/log/export", to)))


@app.command()
def report(project: str, as_json: bool = AsJson) -> None:
    """Show the final report of a project."""
    show(Remote().get(f"/projects/{project}/report"), as_json=as_json)


@app.command()
def draft_report(project: str, as_json: bool = AsJson) -> None:
    """Draft the final report from the records."""
    show(Remote().post(f"/projects/{project}/report"), as_json=as_json)


@app.command()
def submit_report(
    project: str,
    summary: str = typer.Option(..., help="What came of the project."),
    unused: str = typer.Option("", help="Why part of the award was not used."),
    as_json: bool = AsJson,
) -> None:
    """Write the words of the report and hand it in."""
    remote = Remote()
    remote.put(f"/projects/{project}/report", {"summary": summary, "unused": unused})
    show(remote.post(f"/projects/{project}/report/submit"), as_json=as_json)


@app.command()
def accept_report(project: str, as_json: bool = AsJson) -> None:
    """Accept a report, as the office."""
    show(Remote().post(f"/projects/{project}/report/accept"), as_json=as_json)


@app.command()
def send_back_report(project: str, as_json: bool = AsJson) -> None:
    """Give a report back to its project, as the office."""
    show(Remote().post(f"/projects/{project}/report/send-back"), as_json=as_json)


@app.command()
def outcome(
    project: str,
    title: str = typer.Option(..., help="What came of it."),
    evidence: str = typer.Option(..., help="How it can be checked: an address, a DOI, an id."),
    kind: str = typer.Option("other", help="model, publication, product, jobs, funding, training or other."),
    amount: int | None = typer.Option(None, help="Jobs, people or euro."),
    on: str = typer.Option("", help="The day, as YYYY-MM-DD; else today."),
    as_json: bool = AsJson,
) -> None:
    """Record one result of a project."""
    wish = {"kind": kind, "title": title, "evidence": evidence, "amount": amount, "happened_on": on or None}
    show(Remote().post(f"/projects/{project}/outcomes", wish), as_json=as_json)
