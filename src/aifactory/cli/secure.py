"""`aifactory secure`: code that goes in by review, results that come out by a check."""

from pathlib import Path

import typer

from aifactory.cli.output import AsJson, show
from aifactory.cli.remote import Remote

app = typer.Typer(help="The secure environment: reviewed code in, checked results out.", no_args_is_help=True)
REVIEW = ("id", "agreement", "upload", "state", "reason")
LOOK = ("id", "name", "job", "entered_at")
RELEASE = ("id", "attempt", "checkers", "reason", "files")
Reason = typer.Option(..., help="Why; the other side reads it.")


@app.command("code")
def code(agreement: str = "", after: str = "", as_json: bool = AsJson) -> None:
    """List the reviews of code that you may see."""
    found = Remote().get("/code-reviews", agreement=agreement, after=after)
    show(found, as_json=as_json, columns=REVIEW)


@app.command()
def ask_review(
    agreement: str,
    upload: str = typer.Argument(help="Files that were brought along (`aifactory jobs bring`)"),
    explanation: str = typer.Option(..., help="What the code does, and what it writes."),
    as_json: bool = AsJson,
) -> None:
    """Ask the holder of data to read files before they run on it."""
    body = {"agreement": agreement, "upload": upload, "explanation": explanation}
    show(Remote().post("/code-reviews", body), as_json=as_json)


@app.command()
def read_code(review: str, to: Path = typer.Option(Path("code"), help="Folder to write to.")) -> None:
    """Steward: download the files under review."""
    remote = Remote()
    for file in remote.get(f"/code-reviews/{review}")["files"]:
        to.mkdir(parents=True, exist_ok=True)
        typer.echo(
            remote.download(f"/code-reviews/{review}/files/{file['path']}", to / Path(file["path"]).name)
        )


@app.command()
def decide_code(
    review: str,
    step: str = typer.Argument(help="approve, refuse, or withdraw an approval"),
    reason: str = Reason,
    as_json: bool = AsJson,
) -> None:
    """Steward: decide on code, or take an approval back."""
    show(Remote().post(f"/code-reviews/{review}/{step}", {"reason": reason}), as_json=as_json)


@app.command()
def looks(agreement: str, after: str = "", as_json: bool = AsJson) -> None:
    """List who came into a notebook on the data of an agreement, and when."""
    show(Remote().get(f"/looks/{agreement}", after=after), as_json=as_json, columns=LOOK)


@app.command("list")
def list_(after: str = "", as_json: bool = AsJson) -> None:
    """List the requests to take results out that you may see."""
    show(Remote().get("/releases", after=after), as_json=as_json, columns=RELEASE)


@app.command("show")
def show_(release: str, as_json: bool = AsJson) -> None:
    """Show one request; a checker sees what the rules saw in each file."""
    show(Remote().get(f"/releases/{release}"), as_json=as_json)


@app.command()
def ask(
    attempt: str = typer.Argument(help="The run that wrote the files (`aifactory jobs show`)"),
    files: list[str] = typer.Argument(help="Names of files; log.txt is what it printed"),
    reason: str = typer.Option(..., help="Why they can leave."),
    as_json: bool = AsJson,
) -> None:
    """Ask to take files out of the secure environment."""
    show(Remote().post(f"/attempts/{attempt}/releases", {"paths": files, "reason": reason}), as_json=as_json)


@app.command()
def look(file: str, to: Path = typer.Option(..., help="Where to write it.")) -> None:
    """Checker: download a file that waits for a check."""
    typer.echo(Remote().download(f"/output-files/{file}/content", to))


@app.command()
def decide(
    file: str,
    step: str = typer.Argument(
        help="approve (the first of two checkers), release, refuse, or withdraw (who asked)"
    ),
    reason: str = typer.Option("", help="Why; whoever asked reads it."),
    as_json: bool = AsJson,
) -> None:
    """Checker: decide on a file. Who asked may withdraw it."""
    show(Remote().post(f"/output-files/{file}/{step}", {"reason": reason}), as_json=as_json, columns=RELEASE)
