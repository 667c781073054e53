"""`aifactory waiting`."""

from typing import Any

import typer

from aifactory.cli.output import AsJson, show
from aifactory.cli.remote import Remote


def command(
    days: int = typer.Option(90, min=1, help="Runs that began in so many days."), as_json: bool = AsJson
) -> None:
    """Show how long each class of users waits, with ranges, and whether it gets its part of the machine."""
    found = Remote().get("/register/equal-treatment", days=days)
    if as_json:
        show(found, as_json=True)
        return
    parts = ("id", "target_percent", "awarded_percent", "used_percent")
    show({"items": found["classes"]}, as_json=False, columns=parts, title=found["targets"])
    for size in found["sizes"]:
        if size["rows"]:
            rows = [_told(row) for row in size["rows"]]
            columns = ("class", "projects", "runs", "median", "within an hour", "against others")
            show({"items": rows}, as_json=False, columns=columns, title=size["size"])


def _told(row: dict[str, Any]) -> dict[str, Any]:
    if row["hidden"]:
        return {"class": row["class"], "projects": "too few to show"}
    return {
        "class": row["class"],
        "projects": row["projects"],
        "runs": row["runs"],
        "median": _range(row["median_seconds"], 1 / 60, " min"),
        "within an hour": _range(row["within_an_hour"], 100, " %"),
        "against others": _range(row["difference"], 100, " points") + (" (look)" if row["signal"] else ""),
    }


def _range(found: dict[str, float] | None, times: float, unit: str) -> str:
    if found is None:
        return ""
    value, low, high = (f"{times * found[name]:.1f}" for name in ("value", "low", "high"))
    return f"{value}{unit} ({low} to {high})"
