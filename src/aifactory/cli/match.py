"""`aifactory match`: who reviews what. Similarity and secrets are tools on files alone; the rest is remote."""

import csv
import json
import secrets
from pathlib import Path

import typer

from aifactory.access.matching import seeds
from aifactory.access.matching.files import read_items, read_people
from aifactory.access.matching.similarity import Model, score_rows
from aifactory.cli.output import AsJson

app = typer.Typer(help="Who reviews what: expertise, commitments, the draw.", no_args_is_help=True)


@app.command()
def similarity(
    *,
    people: Path = typer.Option(..., help='Lines of {"id", "works": [{"title", "abstract"}]}', exists=True, dir_okay=False),
    items: Path = typer.Option(..., help='Lines of {"id", "title", "abstract"}', exists=True, dir_okay=False),
    out: Path = typer.Option(..., help="The file to write: person,item,score", dir_okay=False),
    model: Model = typer.Option(Model.TFIDF, help="embedding and both need aifactory[embedding]"),
    as_json: bool = AsJson,
) -> None:
    """Score how near each person's works are to each item, from 0 to 1. Works on files alone."""
    who, what = read_people(people), read_items(items)
    rows = score_rows(who, what, model)
    try:
        file = out.open("w", newline="", encoding="utf-8")
    except OSError as error:
        raise typer.BadParameter(f"{out} can't be written: {error.strerror}") from None
    with file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(("person", "item", "score"))
        for person, scores in zip(who, rows, strict=True):
            table.writerows((person.id, item.id, f"{x:.6f}") for item, x in zip(what, scores.tolist(), strict=True))
    facts = {"people": len(who), "items": len(what), "model": model.value, "out": str(out)}
    typer.echo(json.dumps(facts) if as_json else f"{len(who)} people × {len(what)} items: {out}")


@app.command()
def secret(as_json: bool = AsJson) -> None:
    """Make a secret and its commitment, on this machine. Hand in the commitment; show the secret when asked."""
    made = secrets.token_hex(32)
    facts = {"secret": made, "commitment": seeds.commitment(made)}
    typer.echo(json.dumps(facts) if as_json else "\n".join(f"{name}: {value}" for name, value in facts.items()))
