"""`aifactory admin usage`: hold what is kept of usage against the ledger."""

import typer

from aifactory.cli.output import AsJson, show

app = typer.Typer(help="What is kept of usage, beside the ledger.", no_args_is_help=True)


@app.command()
def follow() -> None:
    """Cut runs anew that an award reaches since it was extended; the worker does so every hour."""
    from aifactory.supercomputer.ledger import follow_awards

    typer.echo(f"{follow_awards()} runs were cut anew.")


@app.command()
def check(
    mend: bool = typer.Option(
        False, help="Also write the sums anew from the ledger; bills are left as they are."
    ),
    as_json: bool = AsJson,
) -> None:
    """Add up the ledger anew and compare it with kept sums, running jobs and bills: exits 1 where they differ."""
    from aifactory.supercomputer import totals

    found = list(totals.check())
    if as_json:
        show({"items": found}, as_json=True)
    else:
        typer.echo("\n".join(found) or "Every sum is what the ledger says.")
    if found and mend:
        typer.echo(f"{totals.make_anew()} sums were written anew.", err=as_json)
        found = list(totals.check())
    if found:
        raise typer.Exit(1)
