"""`aifactory modes`: a tool on files alone."""

import json
from pathlib import Path

import typer

from aifactory.access.modes import named, names
from aifactory.access.modes.check import ModeFileIsWrong, load
from aifactory.cli.output import AsJson, show

app = typer.Typer(help="Access modes: the rules of calls, as files.", no_args_is_help=True)


@app.command("list")
def list_(as_json: bool = AsJson) -> None:
    """List the modes that come with the platform."""
    found = [named(name) for name in names()]
    items = [{"name": m.name, "title": m.title.en, "digest": m.digest} for m in found]
    show({"items": items}, as_json=as_json, columns=("name", "title", "digest"))


@app.command()
def check(files: list[Path], as_json: bool = AsJson) -> None:
    """Check mode files; each problem is named with its file and line. Ends with 1 where there is one."""
    problems, good = [], []
    for file in files:
        try:
            mode = load(file)
        except ModeFileIsWrong as wrong:
            problems += wrong.problems
        except OSError as error:
            raise typer.BadParameter(f"{file} can't be read: {error.strerror}") from None
        else:
            good.append({"name": mode.name, "digest": mode.digest})
    if as_json:
        typer.echo(json.dumps({"good": good, "problems": [vars(problem) for problem in problems]}, indent=2))
    else:
        for problem in problems:
            typer.echo(str(problem), err=True)
        for mode_facts in good:
            typer.echo(f"{mode_facts['name']} is good, {mode_facts['digest']}")
    if problems:
        raise typer.Exit(1)
