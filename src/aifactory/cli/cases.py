"""`aifactory cases`."""

import typer

from aifactory.cli.output import AsJson, show
from aifactory.cli.remote import Remote

app = typer.Typer(help="Questions to the expertise centre.", no_args_is_help=True)


@app.command()
def services(as_json: bool = AsJson) -> None:
    """List what advisers help with, and the mailbox for whoever has no project."""
    found = Remote().get("/services")
    told = {"items": [one | {"what": one["what"]["en"]} for one in found]}
    show(found if as_json else told, as_json=as_json, columns=("service", "what", "mail"))


@app.command("list")
def list_(project: str = "", after: str = "", as_json: bool = AsJson) -> None:
    """List the cases you may see."""
    found = Remote().get("/cases", project=project, after=after)
    show(found, as_json=as_json, columns=("id", "title", "project", "service", "adviser", "state"))


@app.command("show")
def show_(case: str, as_json: bool = AsJson) -> None:
    """Show one case with everything written in it."""
    show(Remote().get(f"/cases/{case}"), as_json=as_json)


@app.command()
def ask(
    project: str,
    title: str = typer.Option(..., help="Your question in one line."),
    question: str = typer.Option(..., help="The whole of it."),
    service: str = typer.Option("start", help="start, data, model, scale or law."),
    as_json: bool = AsJson,
) -> None:
    """Ask for advice for a project."""
    wish = {"project": project, "title": title, "question": question, "service": service}
    show(Remote().post("/cases", wish), as_json=as_json)


@app.command()
def write(case: str, text: str, hours: float = 0, as_json: bool = AsJson) -> None:
    """Write in a case; an adviser's hours are drawn from the project's award."""
    show(Remote().post(f"/cases/{case}/entries", {"text": text, "hours": hours}), as_json=as_json)


@app.command()
def take(case: str, as_json: bool = AsJson) -> None:
    """Become the adviser of a case that nobody has yet."""
    show(Remote().post(f"/cases/{case}/take"), as_json=as_json)


@app.command()
def hand_over(case: str, to: str, as_json: bool = AsJson) -> None:
    """Give a case to a colleague, by id."""
    show(Remote().post(f"/cases/{case}/hand-over", {"to": to}), as_json=as_json)


@app.command()
def close(case: str, as_json: bool = AsJson) -> None:
    """Close a case."""
    show(Remote().post(f"/cases/{case}/close"), as_json=as_json)


@app.command()
def reopen(case: str, as_json: bool = AsJson) -> None:
    """Open a closed case again."""
    show(Remote().post(f"/cases/{case}/reopen"), as_json=as_json)
