"""`aifactory fairness`."""

import typer

from aifactory.cli.output import AsJson, show
from aifactory.cli.remote import Remote


def command(
    call: str = typer.Option("", help="One call, by id."),
    mode: str = typer.Option("", help="One mode, by id, all its versions."),
    as_json: bool = AsJson,
) -> None:
    """Show who applied and who got, by size, region, sector and newcomers."""
    found = Remote().get("/register/fairness", call=call, mode=mode)
    if as_json:
        show(found, as_json=True)
        return
    show(found, as_json=False, columns=("applications", "granted", "gpu_hours", "floor", "calibration"))
    for name, rows in found["dimensions"].items():
        show(
            {"items": [_told(row) for row in rows]},
            as_json=False,
            columns=("group", "applications", "granted", "success", "GPU-hours", "share", "impact"),
            title=name,
        )


def _told(row: dict[str, object]) -> dict[str, object]:
    if row["hidden"]:
        return {"group": "too small to show", "applications": "not shown"}
    return {
        "group": row["group"] or "not known",
        "applications": row["applications"],
        "granted": row["granted"],
        "success": _range(row["success"]),
        "GPU-hours": row["gpu_hours"],
        "share": _range(row["gpu_share"]),
        "impact": f"{row['impact']}{' (look)' if row['signal'] else ''}" if row["impact"] is not None else "",
    }


def _range(found: object) -> str:
    if not isinstance(found, dict):
        return ""
    value, low, high = (f"{100 * found[name]:.0f}" for name in ("value", "low", "high"))
    return f"{value} % ({low}-{high})"
