"""Tells the journey as it happens: who does what, how long it took, which record it made."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from rich.console import Console
from rich.table import Table


@dataclass
class Step:
    """One thing that happened. `record` is the id of what it made, `told` what is worth saying of it."""

    who: str
    what: str
    record: str = ""
    told: list[str] = field(default_factory=list)
    seconds: float = 0.0

    def made(self, thing: Any) -> Any:
        """Remember the record that the step made, and return it."""
        self.record = str(getattr(thing, "pk", thing))
        return thing

    def say(self, text: str) -> None:
        """Add a line to the step."""
        self.told.append(text)


class Narrator:
    """Prints each step when it is done and keeps it for the summary. A step that fails ends the journey."""

    def __init__(self) -> None:
        self.console = Console(highlight=False, soft_wrap=True)
        self.steps: list[Step] = []
        self.begun = time.monotonic()

    def chapter(self, title: str) -> None:
        """Begin a part of the journey."""
        self.console.print(f"\n[bold blue]{title}[/]")

    @contextmanager
    def step(self, who: str, what: str) -> Iterator[Step]:
        """Time a step and print it."""
        step = Step(who, what)
        begin = time.monotonic()
        try:
            yield step
        except BaseException:
            self.console.print(f"[bold red]✗[/] {len(self.steps) + 1:2} [bold]{who}[/] {what}")
            raise
        step.seconds = time.monotonic() - begin
        self.steps.append(step)
        made = f" [dim]{step.record}[/]" if step.record else ""
        self.console.print(
            f"[green]✓[/] {len(self.steps):2} [bold]{who}[/] {what}{made} [dim]{step.seconds:.1f} s[/]"
        )
        for line in step.told:
            self.console.print(f"      {line}", markup=False)

    def summary(self, rows: list[tuple[str, str]]) -> None:
        """Print what came of it all."""
        seconds = time.monotonic() - self.begun
        table = Table(
            title=f"Summary: {len(self.steps)} steps in {seconds:.0f} s",
            show_header=False,
            title_justify="left",
        )
        for name, value in rows:
            table.add_row(name, value)
        self.console.print()
        self.console.print(table)
