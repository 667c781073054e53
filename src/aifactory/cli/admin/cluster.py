"""`aifactory admin cluster`: what the agent beside a cluster does by itself, at once and in words."""

from dataclasses import asdict
from datetime import timedelta
from typing import Any

import typer

from aifactory.cli.output import AsJson, show

app = typer.Typer(help="Accounts and books of the cluster that runs jobs.", no_args_is_help=True)
IN_STEP = "The cluster has what it should have."


@app.command()
def plan(as_json: bool = AsJson) -> None:
    """Print what would be changed on the cluster, with each command, and change nothing."""
    changes = [asdict(change) for change in _agent().plan()]
    _list(
        changes,
        as_json=as_json,
        columns=["account", "sentence", "command"],
        none=IN_STEP,
    )


@app.command()
def provision(as_json: bool = AsJson) -> None:
    """Give the cluster the accounts and budgets that it should have; print what differed."""
    changes = [asdict(change) for change in _agent().provision()]
    _list(changes, as_json=as_json, columns=["account", "sentence"], none=IN_STEP)


@app.command()
def read() -> None:
    """Bring the ledger up to date with the cluster's books."""
    typer.echo(f"{_agent().read_books()} new entries.")


@app.command()
def compare(
    days: int = typer.Option(31, min=1, help="How far back."),
    as_json: bool = AsJson,
) -> None:
    """Read the cluster's books anew and compare them with the ledger: exits 1 where the sums differ."""
    from aifactory.kit import clock
    from aifactory.supercomputer import ledger

    cluster, now = _cluster(), clock.now()
    found = ledger.differences(cluster.name, cluster.records(now - timedelta(days=days), now))
    rows = [{"account": account, **sums} for account, sums in sorted(found.items())]
    columns = [
        "account",
        "books_gpu",
        "ledger_gpu",
        "difference_gpu",
        "books_core",
        "ledger_core",
        "difference_core",
    ]
    _list(rows, as_json=as_json, columns=columns, none="The books hold no ended job of that time.")
    if any(row["difference_gpu"] or row["difference_core"] for row in rows):
        raise typer.Exit(1)


@app.command()
def drift(as_json: bool = AsJson) -> None:
    """List what somebody changed on the cluster past the portal, the newest first."""
    from aifactory.audit.record import plain
    from aifactory.supercomputer.models import Drift

    rows = [
        {"at": plain(one.created_at), "account": one.account, "sentence": one.sentence, "mended": one.mended}
        for one in Drift.objects.order_by("-pk")[:100]
    ]
    _list(
        rows,
        as_json=as_json,
        columns=["at", "account", "sentence", "mended"],
        none="Nothing was changed past us.",
    )


@app.command()
def token(name: str, as_json: bool = AsJson) -> None:
    """Make a token for the agent of a cluster that stands elsewhere: shown once, and kept nowhere."""
    import json

    from aifactory.supercomputer.agents import make_token

    made, digest = make_token()
    setting = f"AIFACTORY_AGENTS={json.dumps({name: digest})}"
    facts = {"cluster": name, "token": made, "setting": setting}
    if as_json:
        show(facts, as_json=True)
        return
    typer.echo(f"For the agent, in a file that only it can read:\n{made}")
    typer.echo(f"For the portal:\n{setting}")


def _list(rows: list[dict[str, Any]], *, as_json: bool, columns: list[str], none: str) -> None:
    if rows or as_json:
        show({"items": rows}, as_json=as_json, columns=columns)
    else:
        typer.echo(none)


def _cluster() -> Any:
    from django.conf import settings

    from aifactory.ports.cluster import Cluster
    from aifactory.ports.registry import get

    if settings.FACTORY_ENGINE == "local":
        raise typer.BadParameter("This factory runs jobs on this machine. Set AIFACTORY_ENGINE=slurm first.")
    return get(Cluster)


def _agent() -> Any:
    from aifactory.cli.admin.rounds import cluster_agent

    _cluster()
    return cluster_agent()
