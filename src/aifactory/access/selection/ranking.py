"""Who gets what: in size classes, with a floor for SMEs, by rank, skipping what does not fit, with a draw at the line.

Scores are whole hundredths of a point, as people see them; amounts are whole base units. Nothing here knows
where a score came from: a list made from raw scores, or without the floor, shows what those two changed.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Literal

from aifactory.access.modes.parts import RequestClass
from aifactory.access.modes.parts import Selection as Rule
from aifactory.access.selection import merit
from aifactory.access.selection.draw import drawn, ticket
from aifactory.kit.units import Resource, base

#: base units of a GPU-hour, in which the classes have their ends
HOUR = base(Resource.GPU, 1)

Way = Literal["rank", "draw", "remainder", ""]


@dataclass(frozen=True)
class Candidate:
    """An application that reached the quality line: its score, the range around it, and what it asks."""

    id: str
    sme: bool
    requested: Mapping[str, int]
    score: int
    low: int
    high: int


@dataclass
class Place:
    """What became of a candidate. `odds` is set for those who were in a draw; `awarded` is empty for none."""

    size_class: str
    rank: int
    way: Way = ""
    awarded: dict[str, int] = field(default_factory=dict)
    odds: Fraction | None = None
    drawn_in: str = ""


@dataclass
class ListReport:
    """One list of a class: the first score for which nothing was left by rank, who drew, for how many places."""

    line: int | None = None
    entrants: int = 0
    places: int = 0


@dataclass
class ClassReport:
    """A class: what it had, and its lists: `open` to all, and `sme` where the floor had to be kept."""

    budget: dict[str, int]
    floor: dict[str, int]
    lists: dict[str, ListReport] = field(default_factory=dict)


@dataclass
class Portfolio:
    """The proposed list with what explains it, and what is left of the budget."""

    places: dict[str, Place]
    classes: dict[str, ClassReport]
    left: dict[str, int]


class Purse:
    """What is left of each resource. A resource that the budget does not name is not limited."""

    def __init__(self, amounts: Mapping[str, int]) -> None:
        self.left = dict(amounts)

    def fits(self, requested: Mapping[str, int]) -> bool:
        """Say whether all of it can be given."""
        return all(amount <= self.left.get(r, amount) for r, amount in requested.items())

    def take(self, amounts: Mapping[str, int]) -> None:
        """Give it away."""
        for resource, amount in amounts.items():
            if resource in self.left:
                self.left[resource] -= amount

    def add(self, amounts: Mapping[str, int]) -> None:
        """Put it in."""
        for resource, amount in amounts.items():
            self.left[resource] = self.left.get(resource, 0) + amount

    def part(self, requested: Mapping[str, int]) -> Fraction:
        """Return the largest part of the request that can be given, at most 1."""
        parts = [Fraction(max(self.left[r], 0), a) for r, a in requested.items() if a and r in self.left]
        return min([Fraction(1), *parts])


def percent(amounts: Mapping[str, int], share: int) -> dict[str, int]:
    """Return so many percent of each amount, rounded down to whole base units."""
    return {resource: amount * share // 100 for resource, amount in amounts.items()}


def select(candidates: Iterable[Candidate], rule: Rule, budget: Mapping[str, int], seed: bytes) -> Portfolio:
    """Walk the whole rule for candidates above the quality line; `budget` is resource → base units.

    Each class spends its share; what all classes leave goes by rank over the classes, in part if the rule
    says so.
    """
    return _Selection(candidates, rule, budget, seed).walk()


class _Selection:
    def __init__(
        self, candidates: Iterable[Candidate], rule: Rule, budget: Mapping[str, int], seed: bytes
    ) -> None:
        self.rule, self.budget, self.seed = rule, budget, seed
        self.ordered = sorted(candidates, key=lambda c: (-c.score, ticket(seed, c.id), c.id))
        self.places: dict[str, Place] = {}

    def walk(self) -> Portfolio:
        reports, rest = {}, Purse(self.budget)
        for size_class in self.rule.classes:
            purse = Purse(percent(self.budget, size_class.share_percent))
            rest.take(purse.left)
            reports[size_class.id] = self._class(size_class, purse)
            rest.add(purse.left)
        self._remainder(rest)
        return Portfolio(self.places, reports, rest.left)

    def _size(self, candidate: Candidate) -> int:
        return candidate.requested.get(Resource.GPU, 0)

    def _class(self, size_class: RequestClass, purse: Purse) -> ClassReport:
        members = [c for c in self.ordered if self.rule.class_of(self._size(c) / HOUR) == size_class]
        for rank, candidate in enumerate(members, start=1):
            self.places[candidate.id] = Place(size_class.id, rank)
        report = ClassReport(dict(purse.left), percent(purse.left, self.rule.sme_floor_percent))
        if self._floor_is_missed(members, purse, report.floor):
            floor = Purse(report.floor)
            purse.take(report.floor)
            smes = [c for c in members if c.sme]
            report.lists["sme"] = self._list(smes, floor, f"{size_class.id}/sme")
            purse.add(floor.left)
        waiting = [c for c in members if not self.places[c.id].way]
        report.lists["open"] = self._list(waiting, purse, f"{size_class.id}/open")
        return report

    def _floor_is_missed(self, members: Sequence[Candidate], purse: Purse, floor: Mapping[str, int]) -> bool:
        """Say whether rank alone gives SMEs less than the floor, and leaves one of them out."""
        trial = Purse(purse.left)
        chosen = _skip(members, trial)
        smes = [c for c in members if c.sme]
        reached = sum(self._size(c) for c in smes if c.id in chosen)
        missed = reached < floor.get(Resource.GPU, 0)
        return missed and any(c.id not in chosen for c in smes)

    def _list(self, members: Sequence[Candidate], purse: Purse, name: str) -> ListReport:
        """Give by rank above the line, by draw at it, and by rank what then still fits."""
        report = ListReport(line=_line(members, purse))
        if self.rule.draw and report.line is not None:
            entrants = self._above_the_line(members, purse, report.line)
            self._draw(entrants, purse, name, report)
        for candidate in members:
            if not self.places[candidate.id].way and purse.fits(candidate.requested):
                self._award(candidate, "rank", candidate.requested, purse)
        return report

    def _above_the_line(self, members: Sequence[Candidate], purse: Purse, line: int) -> list[Candidate]:
        """Award those who are surely above the line, and return those who enter the draw."""
        if self.rule.entrants == "line":
            sure = [c for c in members if c.low > line]
            entrants = [c for c in members if c.low <= line <= c.high]
        else:
            kinds = Counter(merit.Range(c.low, c.high) for c in members)
            places = sum(c.score > line for c in members)
            ranges = {c.id: merit.Range(c.low, c.high) for c in members}
            sure = [c for c in members if c.score > line and merit.surely_in(ranges[c.id], kinds, places)]
            known = {c.id for c in sure}
            out = {c.id for c in members if merit.surely_out(ranges[c.id], kinds, max(places, 1))}
            entrants = [c for c in members if c.id not in known | out]
        for candidate in sure:
            self._award(candidate, "rank", candidate.requested, purse)
        return [c for c in entrants if purse.fits(c.requested)]

    def _draw(self, entrants: Sequence[Candidate], purse: Purse, name: str, report: ListReport) -> None:
        """Draw so many that all of them fit, whoever they are. Nobody draws where there is room for all."""
        places = _surely_fit(entrants, purse)
        if places == len(entrants):
            return
        report.entrants, report.places = len(entrants), places
        chances = merit.odds([merit.Range(c.low, c.high) for c in entrants], places)
        odds = {c.id: chance for c, chance in zip(entrants, chances, strict=True)}
        chosen = set(drawn(self.seed, name, odds))
        for candidate in entrants:
            place = self.places[candidate.id]
            place.odds, place.drawn_in = odds[candidate.id], name
            if candidate.id in chosen:
                self._award(candidate, "draw", candidate.requested, purse)

    def _remainder(self, purse: Purse) -> None:
        for candidate in self.ordered:
            if self.places[candidate.id].way:
                continue
            part = purse.part(candidate.requested)
            if part == 1:
                self._award(candidate, "remainder", candidate.requested, purse)
            elif part * 100 >= self.rule.least_percent:
                cut = {r: a * part.numerator // part.denominator for r, a in candidate.requested.items()}
                self._award(candidate, "remainder", cut, purse)

    def _award(self, candidate: Candidate, way: Way, amounts: Mapping[str, int], purse: Purse) -> None:
        place = self.places[candidate.id]
        place.way, place.awarded = way, dict(amounts)
        purse.take(amounts)


def _skip(members: Sequence[Candidate], purse: Purse) -> set[str]:
    """Return who fits, first by rank, each that does not fit skipped."""
    chosen = set()
    for candidate in members:
        if purse.fits(candidate.requested):
            purse.take(candidate.requested)
            chosen.add(candidate.id)
    return chosen


def _line(members: Sequence[Candidate], purse: Purse) -> int | None:
    """Return the score of the first that does not fit by rank, or None where all fit."""
    trial = Purse(purse.left)
    for candidate in members:
        if not trial.fits(candidate.requested):
            return candidate.score
        trial.take(candidate.requested)
    return None


def _surely_fit(entrants: Sequence[Candidate], purse: Purse) -> int:
    """Return how many fit even if the largest requests of each resource are drawn."""
    counts = [len(entrants)]
    for resource, left in purse.left.items():
        spent, count = 0, 0
        for amount in sorted((c.requested.get(resource, 0) for c in entrants), reverse=True):
            spent += amount
            count += spent <= left
        counts.append(count)
    return min(counts)
