"""What changed between two versions of a table, from their inspection reports alone: no data is read again.

Whatever a restricted report hides is hidden here too: where a count was kept back, nothing is compared.
Numbers are compared by how far the middle moved, in widths of the middle half; words by how much of the
distribution moved (total variation); filling by the share of empty cells.
"""

from dataclasses import dataclass
from typing import Any

#: From here on a change is worth a look: a quarter of the middle half, a tenth of the values, a tenth of the cells.
NOTABLE = {"median": 0.25, "values": 0.1, "missing": 0.1, "rows": 0.2}


@dataclass(frozen=True)
class Change:
    """One thing that changed: in which file and column, what (`added`, `removed`, `type`, `median`, …), how much.

    `figure` is a share or a number of widths; None where there is no amount.
    """

    file: str
    column: str
    what: str
    figure: float | None = None

    @property
    def notable(self) -> bool:
        """Whether somebody should look."""
        return self.figure is None or abs(self.figure) >= NOTABLE[self.what]


def changes(old: dict[str, Any], new: dict[str, Any]) -> list[Change]:
    """Return what changed from one version's report to the next, file by file, in the order of the new one."""
    before = {file["path"]: file for file in old["files"]}
    after = {file["path"]: file for file in new["files"]}
    found = [Change(path, "", "added") for path in after if path not in before]
    found += [Change(path, "", "removed") for path in before if path not in after]
    for path, file in after.items():
        earlier = before.get(path)
        if earlier and earlier["digest"] != file["digest"] and earlier["table"] and file["table"]:
            found += _tables(path, earlier["table"], file["table"])
    return found


def _tables(path: str, old: dict[str, Any], new: dict[str, Any]) -> list[Change]:
    before = {column["name"]: column for column in old["columns"]}
    after = {column["name"]: column for column in new["columns"]}
    found = (
        [Change(path, "", "rows", _relative(old["rows"], new["rows"]))] if old["rows"] != new["rows"] else []
    )
    found += [Change(path, name, "added") for name in after if name not in before]
    found += [Change(path, name, "removed") for name in before if name not in after]
    for name, column in after.items():
        if name in before:
            found += _columns(path, before[name], column, old["rows"], new["rows"])
    return found


def _columns(
    path: str, old: dict[str, Any], new: dict[str, Any], old_rows: int, new_rows: int
) -> list[Change]:
    name = new["name"]
    if old["kind"] != new["kind"]:
        return [Change(path, name, "type")]
    found = {
        "missing": _share(new["missing"], new_rows) - _share(old["missing"], old_rows),
        "median": _moved(old.get("quantiles", {}), new.get("quantiles", {})),
        "values": _variation(old.get("values"), new.get("values")),
    }
    return [Change(path, name, what, round(figure, 3)) for what, figure in found.items() if figure]


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 0.0


def _relative(old: int, new: int) -> float:
    return round((new - old) / old, 3) if old else 1.0


def _moved(old: dict[str, Any], new: dict[str, Any]) -> float | None:
    """How far the median moved, in widths of the old middle half; None where one of them is not told."""
    needed = ("0.25", "0.5", "0.75")
    if not all(isinstance(at.get(q), int | float) for at in (old, new) for q in needed):
        return None
    width = old["0.75"] - old["0.25"]
    moved = float(new["0.5"] - old["0.5"])
    return moved / width if width else (1.0 if moved else None)


def _variation(old: list[dict[str, Any]] | None, new: list[dict[str, Any]] | None) -> float | None:
    """Total variation between two tables of values (0 same, 1 nothing in common); None where a count is hidden."""
    if not old or not new or any(cell["count"] is None for cell in (*old, *new)):
        return None
    before, after = ({str(cell["value"]): cell["count"] for cell in cells} for cells in (old, new))
    totals = sum(before.values()), sum(after.values())
    moved = (
        abs(before.get(value, 0) / totals[0] - after.get(value, 0) / totals[1])
        for value in before.keys() | after.keys()
    )
    return float(sum(moved)) / 2
