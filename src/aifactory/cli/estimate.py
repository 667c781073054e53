"""`aifactory estimate`: hours, storage and transfer on every partition, and what one job is billed."""

from decimal import Decimal, InvalidOperation
from fractions import Fraction
from pathlib import Path
from typing import Any

import typer
from pydantic import ValidationError

from aifactory.access.finder.estimate import Need, NotEnoughIsKnown, assumptions, estimate
from aifactory.access.finder.shown import bill_facts, estimate_facts, partition_facts
from aifactory.awards.partitions import Job, Partition, TableIsWrong, bill, load, table
from aifactory.cli.output import AsJson, show

app = typer.Typer(help="Estimate a need, and what one job is billed.", no_args_is_help=True)
Own = typer.Option(
    None, "--partitions", help="A table of partitions (TOML) in the place of the packaged one."
)


def _partitions(own: Path | None) -> dict[str, Partition]:
    try:
        return load(own) if own else table()
    except (TableIsWrong, OSError) as error:
        raise typer.BadParameter(str(error)) from None


@app.command()
def needs(
    *,
    task: str = typer.Option(..., help=" | ".join([*assumptions().tasks, "classical"])),
    parameters: float = typer.Option(None, help="Size of the model, in billions of parameters"),
    tokens: float = typer.Option(None, help="Amount of data, in billions of tokens"),
    passes: int = 1,
    runs: int = 1,
    rows: float = typer.Option(None, help="Classical methods: rows, in millions"),
    columns: int = 20,
    rounds: int = 500,
    data_gb: float = 0,
    months: int = 3,
    own: Path = Own,
    as_json: bool = AsJson,
) -> None:
    """Estimate GPU-hours, storage and transfer, low and high, in every unit."""
    given = {k: v for k, v in locals().items() if k not in ("own", "as_json") and v is not None}
    try:
        found = estimate_facts(estimate(Need.model_validate(given), _partitions(own).values()))
    except ValidationError as error:
        raise typer.BadParameter("; ".join(f"{e['loc'][0]}: {e['msg']}" for e in error.errors())) from None
    except NotEnoughIsKnown as unknown:
        raise typer.BadParameter(str(unknown)) from None
    if as_json:
        show(found, as_json=True)
        return
    _tell(found)


def _tell(found: dict[str, Any]) -> None:
    for name in ("core_hours", "storage_gb", "transfer_gb"):
        if found[name]:
            typer.echo(f"{name}: {found[name]['low']:,g} to {found[name]['high']:,g}")
    rows = [
        {"partition": place["partition"], "job": f"{place['devices_a_job']} {place['device']}"}
        | {name: f"{span['low']:,g}-{span['high']:,g}" for name, span in place["billed"].items()}
        | {"unit": place["unit"]}
        for place in found["partitions"]
    ]
    if rows:
        show({"items": rows}, as_json=False, columns=list(rows[0]))
    for place in found["partitions"]:
        for text in place["words"]:
            typer.echo(f"{place['partition']}: {text['en']}")
    for note in found["notes"]:
        typer.echo(note["en"])


@app.command()
def job(
    *,
    devices: int = typer.Option(1, min=0, help="GPUs as the job sees them (on LUMI: GCDs)"),
    hours: str = "1",
    cores: int = typer.Option(0, min=0),
    memory_gb: int = typer.Option(0, min=0),
    own: Path = Own,
    as_json: bool = AsJson,
) -> None:
    """Say what one job is billed on every partition, in every unit."""
    try:
        asked = Job(devices, Fraction(Decimal(hours)), cores, memory_gb)
    except (InvalidOperation, ValueError, OverflowError) as error:
        raise typer.BadParameter(str(error) or f"{hours!r} is no number of hours.") from None
    items = [bill_facts(bill(partition, asked)) for partition in _partitions(own).values()]
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
    show({"items": items}, as_json=as_json, columns=columns)


@app.command()
def partitions(own: Path = Own, as_json: bool = AsJson) -> None:
    """List the partitions and how they bill."""
    items = [partition_facts(partition) for partition in _partitions(own).values()]
    columns = ("id", "gpu", "device", "devices_per_node", "unit", "units_per_slice_hour", "most_hours")
    show({"items": items}, as_json=as_json, columns=columns)
