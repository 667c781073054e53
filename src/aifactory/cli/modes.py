"""`aifactory modes`: a tool on files; `write` and `adopt` speak to a factory."""

import json
from pathlib import Path

import typer

from aifactory.access.modes import Mode, named, names
from aifactory.access.modes.check import ModeFileIsWrong, Problem, read
from aifactory.cli.output import AsJson, show
from aifactory.cli.remote import Remote

app = typer.Typer(help="Access modes: the rules of calls, as files.", no_args_is_help=True)


@app.command("list")
def list_(as_json: bool = AsJson) -> None:
    """List the modes that come with the platform."""
    found = [named(name) for name in names()]
    items = [{"name": m.name, "title": m.title.en, "digest": m.digest} for m in found]
    show({"items": items}, as_json=as_json, columns=("name", "title", "digest"))


@app.command()
def check(files: list[Path], as_json: bool = AsJson) -> None:
    """Check mode files; each problem is named with its file and line. Ends with 1 where one is wrong.

    What is odd, and legal all the same, is named too.
    """
    problems: list[Problem] = []
    good: list[Mode] = []
    for file in files:
        try:
            mode, odd = _read(file)
        except ModeFileIsWrong as wrong:
            problems += wrong.problems
        else:
            problems += odd
            good.append(mode)
    facts = [{"name": mode.name, "digest": mode.digest} for mode in good]
    if as_json:
        typer.echo(json.dumps({"good": facts, "problems": [p.plain() for p in problems]}, indent=2))
    else:
        for problem in problems:
            typer.echo(str(problem), err=True)
        for fact in facts:
            typer.echo(f"{fact['name']} is good, {fact['digest']}")
    if any(problem.grave for problem in problems):
        raise typer.Exit(1)


def _read(file: Path) -> tuple[Mode, list[Problem]]:
    try:
        return read(file)
    except OSError as error:
        raise typer.BadParameter(f"{file} can't be read: {error.strerror}") from None


@app.command()
def dates(file: Path, count: int = 3, as_json: bool = AsJson) -> None:
    """Show the clock of a mode with real dates: the next cut-offs, or submissions from today on."""
    from aifactory.access.deadlines import decision_due
    from aifactory.kit import clock

    mode, now = _read(file)[0], clock.now()
    timer = mode.clock
    items = [
        {
            "start": start.isoformat(),
            "due": decision_due(
                start, timer.working_days, timer.time_zone, timer.holidays, timer.days_off
            ).isoformat(),
        }
        for start in timer.next_cut_offs(now, count) or [now]
    ]
    show({"items": items}, as_json=as_json, columns=("start", "due"))


@app.command()
def quotas(mode: str, as_json: bool = AsJson) -> None:
    """Ask a factory what this year's awards leave of the quotas of a mode, such as playground-v1."""
    found = Remote().get(f"/modes/{mode}/quotas")
    show(
        {"items": found},
        as_json=as_json,
        columns=("id", "percent", "ceiling", "used", "kept_back", "left", "unit"),
    )


@app.command()
def write(file: Path, draft: str = "", as_json: bool = AsJson) -> None:
    """Keep a mode file at a factory as a draft; with --draft, in the place of one that is there."""
    body = {"text": file.read_text("utf-8")}
    remote = Remote()
    show(
        remote.put(f"/mode-drafts/{draft}", body) if draft else remote.post("/mode-drafts", body),
        as_json=as_json,
    )


@app.command()
def adopt(draft: str, as_json: bool = AsJson) -> None:
    """Make a draft at a factory the next version of its mode."""
    show(Remote().post(f"/mode-drafts/{draft}/adopt"), as_json=as_json)
