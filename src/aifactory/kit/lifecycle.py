"""States and transitions as data; `audit.fire` is the one function that walks them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Transition:
    """One way from some states to another.

    `permission` is asked of the actor; `event` is the name written to the log;
    `guard(thing, by)` raises a `Refused` where the rules forbid it.
    """

    name: str
    source: tuple[str, ...]
    target: str
    permission: str
    event: str
    guard: Callable[[Any, Any], None] | None = None


@dataclass(frozen=True)
class Lifecycle:
    """The whole table of one kind of thing. Each state carries a label for people, which may be translated lazily."""

    name: str
    initial: str
    states: Mapping[str, object]
    transitions: tuple[Transition, ...]

    def __post_init__(self) -> None:
        named = {self.initial} | {s for t in self.transitions for s in (*t.source, t.target)}
        if named != set(self.states):
            raise ValueError(f"{self.name}: states without a label or a way: {named ^ set(self.states)}")
        if len({t.name for t in self.transitions}) != len(self.transitions):
            raise ValueError(f"{self.name}: two transitions share a name")

    def transition(self, name: str) -> Transition:
        """Return the transition called `name`. Raises `KeyError`."""
        for transition in self.transitions:
            if transition.name == name:
                return transition
        raise KeyError(f"{self.name} has no transition {name!r}")

    def leaving(self, state: str) -> tuple[Transition, ...]:
        """Return the transitions that start in `state`."""
        return tuple(t for t in self.transitions if state in t.source)

    def reachable(self) -> set[str]:
        """Return every state that can be reached from the initial one."""
        seen = {self.initial}
        while more := {t.target for t in self.transitions if seen & set(t.source)} - seen:
            seen |= more
        return seen

    def mermaid(self) -> str:
        """Draw the table as a Mermaid state diagram."""
        lines = ["stateDiagram-v2", f"    [*] --> {self.initial}"]
        lines += [f"    {s} --> {t.target}: {t.name}" for t in self.transitions for s in t.source]
        return "\n".join(lines)
