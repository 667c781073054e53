"""`aifactory projects`."""

import typer

from aifactory.cli.output import AsJson, show
from aifactory.cli.remote import Remote

app = typer.Typer(help="Projects and what was awarded to them.", no_args_is_help=True)


@app.command("list")
def list_(as_json: bool = AsJson, after: str = "") -> None:
    """List the projects you may see."""
    show(
        Remote().get("/projects", after=after),
        as_json=as_json,
        columns=("id", "title", "organisation", "state"),
    )


@app.command("show")
def show_(project: str, as_json: bool = AsJson) -> None:
    """Show one project with its awards: granted, set aside, used and left."""
    found = Remote().get(f"/projects/{project}")
    awards = found.pop("awards")
    if as_json:
        show(found | {"awards": awards}, as_json=True)
        return
    show(found, as_json=False)
    show(
        {"items": awards},
        as_json=False,
        columns=("id", "resource", "unit", "granted", "held", "drawn", "left"),
    )
