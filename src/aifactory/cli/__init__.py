"""The `aifactory` command.

Three kinds of command, marked in the help: remote ones speak REST to a factory, `admin` acts on the local
database, and tools work on files alone.
"""

import sys
from importlib import import_module

import typer
from rich.console import Console
from rich.markup import escape

from aifactory.kit.errors import Refused

REMOTE, ADMIN, TOOL = (
    "Remote: speak to a factory",
    "Admin: act on the local database",
    "Tools: work on files alone",
)
#: sub-command → kind, in the order of the help
COMMANDS = {
    "login": REMOTE,
    "organisations": REMOTE,
    "aid": REMOTE,
    "terms": REMOTE,
    "mandates": REMOTE,
    "partners": REMOTE,
    "calls": REMOTE,
    "applications": REMOTE,
    "screening": REMOTE,
    "reviews": REMOTE,
    "match": REMOTE,
    "selection": REMOTE,
    "projects": REMOTE,
    "pace": REMOTE,
    "invoices": REMOTE,
    "datasets": REMOTE,
    "catalogues": REMOTE,
    "agreements": REMOTE,
    "processing": REMOTE,
    "dataspace": REMOTE,
    "jobs": REMOTE,
    "secure": REMOTE,
    "keys": REMOTE,
    "outages": REMOTE,
    "usage": REMOTE,
    "operations": REMOTE,
    "models": REMOTE,
    "cases": REMOTE,
    "register": REMOTE,
    "notices": REMOTE,
    "objections": REMOTE,
    "fairness": REMOTE,
    "waiting": REMOTE,
    "admin": ADMIN,
    "verify": TOOL,
    "modes": TOOL,
    "route": TOOL,
    "estimate": TOOL,
    "size": TOOL,
    "assurance": TOOL,
    "recipes": TOOL,
    "doctor": TOOL,
    "policy": TOOL,
}

app = typer.Typer(
    name="aifactory",
    help=__doc__.splitlines()[0],
    no_args_is_help=True,
    rich_markup_mode="rich",
    add_completion=False,
)


@app.callback(help=__doc__)
def factory() -> None:
    """Keep the name of a sub-command in place even when only one is loaded."""


def assemble() -> typer.Typer:
    """Join the sub-commands: a module `cli.<name>` offers an `app` (group) or a `command` (single).

    Only the one that is called is loaded; all of them for the help.
    """
    called = sys.argv[1] if len(sys.argv) > 1 else ""
    for name, panel in COMMANDS.items():
        if called in COMMANDS and name != called:
            continue
        module = import_module(f"aifactory.cli.{name}")
        if hasattr(module, "command"):
            app.command(name, rich_help_panel=panel)(module.command)
        else:
            app.add_typer(module.app, name=name, rich_help_panel=panel)
    return app


def main() -> None:
    """Run the command; a refusal is printed as its sentence and ends with exit status 1."""
    try:
        assemble()()
    except Refused as refusal:
        console = Console(stderr=True)
        console.print(f"[bold red]{escape(refusal.message)}[/]", highlight=False)
        for error in getattr(refusal, "errors", []):
            console.print(f"  {error.field}: {error.message}", highlight=False, markup=False)
        if refusal.next_step:
            console.print(refusal.next_step, highlight=False, markup=False)
        sys.exit(1)
