"""Who is accountable at a moment, and where nobody or more than one person is: plain functions on plain data.

Several people may share a duty only as a ladder: the one with the lowest ceiling that covers an amount answers
for it. Where two ceilings can't be put in order, some amount may have two answerable people: a double.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import combinations
from typing import Literal

Kind = Literal["gap", "double"]
AHEAD = timedelta(days=30)
"""How far ahead an end without a successor is told."""


@dataclass(frozen=True)
class Holding:
    """A mandate as far as the matrix needs it. Ceilings in seconds; None: no ceiling, or no end."""

    mandate: str
    person: str
    title: str
    scope: str
    begins: datetime
    ends: datetime | None = None
    gpu: int | None = None
    core: int | None = None
    active: bool = True

    def holds(self, at: datetime) -> bool:
        """Say whether it is in force at that moment, in the hands of somebody who still has an account."""
        return self.active and self.begins <= at and (self.ends is None or at < self.ends)

    def reaches(self, gpu: int, core: int) -> bool:
        """Say whether amounts (seconds) lie under the ceilings."""
        return (self.gpu is None or gpu <= self.gpu) and (self.core is None or core <= self.core)


@dataclass(frozen=True)
class Alarm:
    """A duty that at `at` has nobody (gap) or more than one person (double) accountable."""

    kind: Kind
    subject: str
    scope: str
    at: datetime
    mandates: tuple[str, ...] = ()


def in_force(holdings: Iterable[Holding], scope: str, at: datetime) -> list[Holding]:
    """Return the mandates that count for a scope: those for this scope alone go before those for all."""
    present = [h for h in holdings if h.holds(at) and h.scope in {"", scope}]
    return [h for h in present if h.scope == scope] or present


def accountable(
    holdings: Iterable[Holding], scope: str, at: datetime, *, gpu: int = 0, core: int = 0
) -> list[Holding]:
    """Return who answers for these amounts: the lowest of the ceilings that cover them; one, if all is well."""
    able = [h for h in in_force(holdings, scope, at) if h.reaches(gpu, core)]
    return [h for h in able if not any(_below(other, h) for other in able)]


def clashes(holdings: Sequence[Holding]) -> list[tuple[Holding, Holding]]:
    """Return the pairs of different people who would both answer for some amount."""
    pairs = combinations(holdings, 2)
    return [(a, b) for a, b in pairs if a.person != b.person and _both_answer(a, b, holdings)]


def _both_answer(a: Holding, b: Holding, holdings: Sequence[Holding]) -> bool:
    """Say whether no lower ceiling covers the largest amounts that both reach: then none covers all they share."""
    shared = [min(pair) for pair in zip(_reach(a), _reach(b), strict=True)]
    able = [h for h in holdings if all(s <= r for s, r in zip(shared, _reach(h), strict=True))]
    return not any(_below(h, a) or _below(h, b) for h in able)


def alarms(
    rows: Iterable[tuple[str, str, Sequence[Holding]]], at: datetime, *, ahead: timedelta = AHEAD
) -> list[Alarm]:
    """Return the first gap and the first double of each row (subject, scope, mandates) from `at` on.

    Looks at every moment within `ahead` at which a mandate begins or ends.
    """
    found = []
    for subject, scope, holdings in rows:
        changes = {m for h in holdings for m in (h.begins, h.ends) if m and at < m <= at + ahead}
        told: set[Kind] = set()
        for moment in (at, *sorted(changes)):
            alarm = _judge(subject, scope, holdings, moment)
            if alarm and alarm.kind not in told:
                told.add(alarm.kind)
                found.append(alarm)
    return found


def _judge(subject: str, scope: str, holdings: Sequence[Holding], at: datetime) -> Alarm | None:
    present = in_force(holdings, scope, at)
    if not present:
        return Alarm("gap", subject, scope, at)
    involved = sorted({h.mandate for pair in clashes(present) for h in pair})
    return Alarm("double", subject, scope, at, tuple(involved)) if involved else None


def _below(one: Holding, other: Holding) -> bool:
    """Say whether the one has the lower ceilings: nowhere above the other's, and somewhere below."""
    reach, further = _reach(one), _reach(other)
    return reach != further and all(a <= b for a, b in zip(reach, further, strict=True))


def _reach(holding: Holding) -> tuple[float, float]:
    none = float("inf")
    gpu, core = holding.gpu, holding.core
    return (none if gpu is None else gpu, none if core is None else core)
