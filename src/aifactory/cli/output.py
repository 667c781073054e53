"""How remote commands show what they got: JSON for machines, a table for people."""

import json
from collections.abc import Sequence
from typing import Any

import typer
from rich.console import Console
from rich.table import Table

AsJson = typer.Option(False, "--json", help="Print JSON for machines.")


def show(value: Any, *, as_json: bool, columns: Sequence[str] = (), title: str = "") -> None:
    """Print a list as a table of `columns`, a single thing as its fields."""
    if as_json:
        typer.echo(json.dumps(value, indent=2, ensure_ascii=False))
        return
    console = Console()
    if isinstance(value, dict) and "items" in value:
        table = Table(*columns, title=title or None, title_justify="left")
        for item in value["items"]:
            table.add_row(*(_text(item.get(column)) for column in columns))
        console.print(table)
        if value.get("next"):
            console.print(f"More: --after {value['next']}")
        return
    table = Table(show_header=False, title=title or None, title_justify="left")
    for key, item in value.items():
        if not columns or key in columns:
            table.add_row(key, _text(item))
    console.print(table)


def _text(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
