"""`aifactory verify`: check an export of a factory's log against a checkpoint, offline."""

import json
from dataclasses import asdict
from pathlib import Path

import typer
from rich.console import Console

from aifactory.audit.verify import verify_export
from aifactory.cli.output import AsJson


def command(
    export: Path = typer.Argument(..., exists=True, help="The export: a .jsonl file, a folder or a .zip."),
    checkpoint: Path = typer.Argument(
        ..., exists=True, dir_okay=False, help="A checkpoint obtained earlier."
    ),
    key: str = typer.Option("", help="The log's public key, from a source you trust."),
    as_json: bool = AsJson,
) -> None:
    """Prove that nothing was altered since CHECKPOINT, or name what was. Exit 0 when all holds, 1 when not."""
    findings = verify_export(export, checkpoint.read_text(errors="replace"), key or None)
    if as_json:
        typer.echo(json.dumps({"ok": findings.ok, **asdict(findings)}, indent=2))
        raise typer.Exit(0 if findings.ok else 1)
    console = Console(highlight=False)
    for what, number in findings.checked.items():
        console.print(f"{what}: {number}")
    for problem in findings.problems:
        console.print(f"[bold red]{problem.kind}[/] {problem.where}: {problem.message}")
    for note in findings.notes:
        console.print(f"[dim]{note}[/]")
    console.print(
        "[bold green]Everything holds.[/]" if findings.ok else "[bold red]Something was altered.[/]"
    )
    raise typer.Exit(0 if findings.ok else 1)
