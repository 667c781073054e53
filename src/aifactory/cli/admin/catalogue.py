"""`aifactory admin catalogue`: read other catalogues, and renew what a search looks through."""

import typer

from aifactory.cli.output import AsJson, show

app = typer.Typer(help="The catalogue of datasets.", no_args_is_help=True)


@app.command()
def harvest(as_json: bool = AsJson) -> None:
    """Read every open source anew, as a timer does at night; exits 1 where one could not be read to its end."""
    from aifactory.datasets.harvesting import actions, queries
    from aifactory.datasets.harvesting.models import CatalogueSource
    from aifactory.datasets.harvesting.rules import HARVESTER

    made = [
        queries.harvest_facts(actions.harvest(source, by=HARVESTER))
        for source in CatalogueSource.objects.filter(state="open").order_by("pk")
    ]
    columns = ("source", "seen", "added", "changed", "same", "gone", "faulty", "problem")
    show({"items": made}, as_json=as_json, columns=columns)
    if any(one["problem"] for one in made):
        raise typer.Exit(1)


@app.command()
def index(as_json: bool = AsJson) -> None:
    """Make the cards of our own published datasets anew."""
    from aifactory.datasets.search.index import show_all

    show({"cards": show_all()}, as_json=as_json)
