"""One module or package per figure, each measured beside a peer or a physical limit in the same run.

`script/bench NAME` runs `python -m benchmarks.NAME`: it prints the figure's table, then its ratio lines.
"""

from collections.abc import Sequence


def ratio(name: str, value: float, goal: float) -> None:
    """Print one figure as `ratio NAME VALUE goal GOAL`, the line that a machine reads."""
    print(f"ratio {name} {value:.4g} goal {goal:g}", flush=True)


def table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print rows under their head: the first column flush left, the figures flush right."""
    cells = [[str(cell) for cell in row] for row in [head, *rows]]
    widths = [max(len(row[column]) for row in cells) for column in range(len(head))]
    for row in cells:
        first, *rest = (
            cell.rjust(width) if column else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        print("  ".join([first, *rest]), flush=True)
