"""`aifactory recipes`: what can be run, read from the recipes' own files."""

import typer

from aifactory.cli.output import AsJson, show
from aifactory.supercomputer import recipes

app = typer.Typer(help="Recipes that come with the factory.", no_args_is_help=True)


@app.command("list")
def list_(as_json: bool = AsJson) -> None:
    """List the recipes."""
    items = [recipe.facts() for recipe in recipes.available().values()]
    show({"items": items, "next": None}, as_json=as_json, columns=("id", "version", "title", "idempotent"))


@app.command("show")
def show_(recipe: str, as_json: bool = AsJson) -> None:
    """Show one recipe: what it reads, its parameters, what it needs."""
    show(recipes.find(recipe).facts(), as_json=as_json)
