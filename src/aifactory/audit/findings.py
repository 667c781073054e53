"""What a verification found, in sentences that name what does not hold."""

from dataclasses import asdict, dataclass, field
from typing import Any

_MOST_PROBLEMS = 1000


@dataclass(frozen=True)
class Problem:
    """One thing that does not hold: what kind, where (an event, a record, a line), and a sentence."""

    kind: str
    where: str
    message: str


@dataclass
class Findings:
    """What a verification found. `unlisted`: problems beyond the first thousand."""

    checked: dict[str, int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    unlisted: int = 0

    @property
    def ok(self) -> bool:
        """Say whether everything that could be checked holds; `notes` say what could not."""
        return not self.problems

    def add(self, kind: str, where: str, message: str) -> None:
        """Keep a problem."""
        if len(self.problems) < _MOST_PROBLEMS:
            self.problems.append(Problem(kind, where, message))
        else:
            self.unlisted += 1

    def to_json(self) -> dict[str, Any]:
        """Return the findings as plain JSON."""
        return {"ok": self.ok, **asdict(self)}
