"""`aifactory usage`."""

from pathlib import Path
from typing import Any

import typer

from aifactory.cli.output import AsJson, show
from aifactory.cli.remote import Remote
from aifactory.kit.errors import Refused

app = typer.Typer(help="What was used, and what a job will be billed.", no_args_is_help=True)
Project = typer.Option("", help="The project.")
Award = typer.Option("", help="The award line, instead of a project.")
HOUR = 3600


def _of(project: str, award: str) -> str:
    if bool(project) == bool(award):
        raise Refused("Name a project or an award line.", next_step="Give --project or --award.")
    return f"/projects/{project}/usage" if project else f"/allocations/{award}/usage"


def _hours(row: dict[str, Any]) -> dict[str, Any]:
    """Return a row with its seconds as hours."""
    return {
        (name.replace("_seconds", "_hours")): (round(value / HOUR, 2) if name.endswith("_seconds") else value)
        for name, value in row.items()
    }


@app.command("show")
def show_(project: str = Project, award: str = Award, as_json: bool = AsJson) -> None:
    """Show what was used by award line, month and cluster; what runs now is provisional."""
    found = Remote().get(_of(project, award))
    if as_json:
        show(found, as_json=True)
        return
    show(_hours(found["total"]), as_json=False, title="In all")
    if found["running"]["jobs"]:
        show(_hours(found["running"]), as_json=False, title="Running now (provisional)")
    amounts = ("granted", "held", "billed", "used")
    lines = [line | {name: round(line[name] / HOUR, 2) for name in amounts} for line in found["lines"]]
    show(
        {"items": lines},
        as_json=False,
        columns=["id", "resource", *amounts, "ends_at"],
        title="Award lines, in hours",
    )
    months = [_hours(month) for month in found["months"]]
    columns = ("month", "jobs", "gpu_hours", "core_hours", "node_hours", "outside_gpu_hours")
    show({"items": months}, as_json=False, columns=columns, title="Months")
    used = [_hours(day) for day in found["days"] if day["gpu_seconds"] or day["core_seconds"]]
    show(
        {"items": used}, as_json=False, columns=("day", "gpu_hours", "core_hours"), title="Last days with use"
    )
    books = ("cluster", "read_until", "compared_at", "difference_gpu_seconds", "difference_core_seconds")
    show({"items": found["clusters"]}, as_json=False, columns=books, title="Clusters' books")


@app.command()
def postings(
    project: str = Project, award: str = Award, after: str = "", limit: int = 25, as_json: bool = AsJson
) -> None:
    """List each job's part in each month, newest first; a correction takes back with a minus."""
    found = Remote().get(f"{_of(project, award)}/postings", after=after, limit=limit)
    columns = (
        "id",
        "kind",
        "cluster",
        "job_id",
        "name",
        "state",
        "month",
        "seconds",
        "gpu_seconds",
        "core_seconds",
    )
    show(found, as_json=as_json, columns=columns)


@app.command()
def download(
    project: str = typer.Option(..., help="The project."),
    to: Path = typer.Option(Path("usage.csv"), help="File to write; its name ends in .csv or .json."),
) -> None:
    """Write all postings of a project to a file."""
    form = to.suffix.removeprefix(".")
    if form not in {"csv", "json"}:
        raise Refused(
            f"{to} ends in neither .csv nor .json.", next_step="Give --to usage.csv or --to usage.json."
        )
    typer.echo(str(Remote().download(f"/projects/{project}/usage/download", to, format=form)))


@app.command()
def bill(
    *,
    gpus: int = typer.Option(0, min=0, help="GPUs."),
    cores: int = typer.Option(1, min=0, help="Cores."),
    memory_gb: float = typer.Option(0, min=0, help="Memory in GB."),
    minutes: float = typer.Option(60, help="Time limit in minutes."),
    parts: int = typer.Option(1, min=1, help="On how many nodes, or in how many tasks, each of this size."),
    partition: str = typer.Option("", help="Partition of the cluster; else the one that jobs go to."),
    project: str = typer.Option("", help="Also say what is left of its awards."),
    cluster: str = typer.Option("", help="Another cluster than the factory's own."),
    as_json: bool = AsJson,
) -> None:
    """Say what a job will be billed at most, here and in the units of other sites, before it is submitted."""
    asked = {"gpus": gpus, "cores": cores, "memory_gb": memory_gb, "minutes": minutes, "parts": parts}
    found = Remote().get("/job-bill", **asked, partition=partition, project=project, engine=cluster)
    if as_json:
        show(found, as_json=True)
        return
    show(
        found,
        as_json=False,
        columns=("partition", "gpus", "cores", "gpu_hours", "core_hours", "node_hours", "times"),
    )
    columns = (
        "partition",
        "billed_devices",
        "decided_by",
        "times",
        "gpu_hours",
        "node_hours",
        "units",
        "unit",
    )
    show({"items": found["elsewhere"]}, as_json=False, columns=columns, title="By the rules of other sites")
    for text in found["words"]:
        typer.echo(text["en"])
    for resource in found["lacks"]:
        left = (found["left"] or {}).get(resource, 0)
        typer.echo(f"Too little is left of the award: {left / HOUR:.2f} {resource}-hours.")
