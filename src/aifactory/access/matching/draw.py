"""Drawing who reads what from probabilities, so that anybody with the seed gets the same.

Probabilities are whole billionths, and no step uses a fraction that a machine could round its own way. First
`settle` makes a linear program's answer exact; then `draw` rounds it (Gandhi et al. 2006, "Dependent rounding";
Jecmen et al. 2020 for assignments): along a cycle of undecided pairs it moves probability one way or the
other, by a coin whose bias keeps every pair's probability what it was, until each pair is decided. Every item
gets exactly what it needs, and nobody more than their load, in every draw.

The coin: number k is the first 8 bytes, big-endian, of SHA-256(seed ‖ k), k counted from 0 and written in 8
bytes, big-endian. Of a move that may go up by `a` or down by `b` it goes up when number · (a + b) < b · 2⁶⁴.
Cycles are walked from the lowest undecided pair (by item, then person; spare load comes last) to the lowest
undecided neighbour that is not where the walk came from.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

WHOLE = 1_000_000_000
#: what a linear program's answer may be off by, in billionths, before it counts as undecided
ROUGH = 1_000
#: ("item" or "person", number)
Node = tuple[str, int]


class NotADivision(ValueError):
    """The probabilities do not add up to what the items need, or are more than people can read."""


@dataclass(frozen=True)
class Pair:
    """An item, a person, and with what probability they come together, in billionths."""

    item: int
    person: int
    probability: int


def numbers(seed: bytes) -> Iterator[int]:
    """Yield whole numbers from 0 to 2⁶⁴ - 1 without end, the same for the same seed anywhere."""
    k = 0
    while True:
        yield int.from_bytes(hashlib.sha256(seed + k.to_bytes(8, "big")).digest()[:8], "big")
        k += 1


def draw(
    pairs: Sequence[Pair], demand: Sequence[int], load: Sequence[int], seed: bytes
) -> list[tuple[int, int]]:
    """Return the drawn pairs (item, person), in order. Raises `NotADivision` unless `pairs` are settled."""
    graph = _Graph(pairs, demand, load)
    coin = numbers(seed)
    for pair in sorted(graph.undecided):
        while pair in graph.undecided:
            graph.turn(graph.cycle(pair), next(coin))
    return sorted(pair for pair, value in graph.value.items() if value == WHOLE and pair[0] < len(demand))


class _Graph:
    """Undecided pairs between items and people; one more item takes what is spare of each person's load."""

    def __init__(self, pairs: Sequence[Pair], demand: Sequence[int], load: Sequence[int]) -> None:
        self.value = {(p.item, p.person): p.probability for p in pairs}
        self.spare = len(demand)
        given = [0] * len(demand)
        left = [one * WHOLE for one in load]
        for (item, person), value in self.value.items():
            given[item] += value
            left[person] -= value
        exact = all(g == d * WHOLE for g, d in zip(given, demand, strict=True)) and min(left, default=0) >= 0
        if (
            not exact
            or len(self.value) != len(pairs)
            or not all(0 <= v <= WHOLE for v in self.value.values())
        ):
            raise NotADivision("These probabilities are not settled.")
        self.value |= {(self.spare, person): rest % WHOLE for person, rest in enumerate(left)}
        self.undecided = {pair for pair, value in self.value.items() if 0 < value < WHOLE}
        self.people: dict[int, list[int]] = {}
        self.items: dict[int, list[int]] = {}
        for item, person in sorted(self.undecided):
            self.people.setdefault(item, []).append(person)
            self.items.setdefault(person, []).append(item)

    def cycle(self, start: tuple[int, int]) -> list[tuple[int, int]]:
        """Return a cycle of undecided pairs, neighbours sharing an item and a person in turn.

        There always is one: what is undecided at an item or a person adds up to a whole, so it is two or more.
        """
        item, person = start
        walked = [start]
        seen = {("item", item): 0}  # where the walk stood before its n-th pair
        at_person = True
        while True:
            node = ("person", person) if at_person else ("item", item)
            if node in seen:
                return walked[seen[node] :]
            seen[node] = len(walked)
            if at_person:
                item = next(i for i in self.items[person] if i != walked[-1][0])
            else:
                person = next(p for p in self.people[item] if p != walked[-1][1])
            walked.append((item, person))
            at_person = not at_person

    def turn(self, cycle: list[tuple[int, int]], number: int) -> None:
        """Move probability along a cycle, up by `a` on every second pair or down by `b`, and decide at least one."""
        rising, falling = cycle[::2], cycle[1::2]
        a = min([WHOLE - self.value[pair] for pair in rising] + [self.value[pair] for pair in falling])
        b = min([self.value[pair] for pair in rising] + [WHOLE - self.value[pair] for pair in falling])
        step = a if number * (a + b) < b << 64 else -b
        for pairs, by in ((rising, step), (falling, -step)):
            for pair in pairs:
                self.value[pair] += by
                if self.value[pair] in (0, WHOLE):
                    self.undecided.discard(pair)
                    self.people[pair[0]].remove(pair[1])
                    self.items[pair[1]].remove(pair[0])


def settle(
    pairs: Sequence[tuple[int, int, float]], demand: Sequence[int], load: Sequence[int], cap_percent: int
) -> list[Pair]:
    """Return probabilities that add up exactly from a program's answer, which is right to about 1e-9.

    Pairs at 0 or at the cap stay there; what the others are off by is moved along trees through them to where
    it is missing. Raises `NotADivision` where the answer is no division at all.
    """
    spare = len(demand)
    value = {(item, person): round(x * WHOLE) for item, person, x in pairs}
    rest = [one * WHOLE for one in load]
    for (_, person), x in value.items():
        rest[person] -= x
    value |= {(spare, person): x for person, x in enumerate(rest)}
    ends = {pair: sum(load) * WHOLE if pair[0] == spare else cap_percent * (WHOLE // 100) for pair in value}
    due: dict[Node, int] = {("item", item): one * WHOLE for item, one in enumerate(demand)}
    due["item", spare] = (sum(load) - sum(demand)) * WHOLE
    due |= {("person", person): one * WHOLE for person, one in enumerate(load)}
    # A pair that the mending pushes past its end stays at that end, so this ends after as many rounds as pairs.
    for _round in range(len(value) + 1):
        value = {pair: _snapped(x, ends[pair]) for pair, x in value.items()}
        _mend(value, ends, due)
        if all(0 <= x <= ends[pair] for pair, x in value.items()):
            return [Pair(i, p, x) for (i, p), x in sorted(value.items()) if i != spare and x]
    raise NotADivision("These probabilities can't be settled.")


def _snapped(x: int, end: int) -> int:
    return 0 if x <= ROUGH else end if x >= end - ROUGH else x


def _mend(value: dict[tuple[int, int], int], ends: dict[tuple[int, int], int], due: dict[Node, int]) -> None:
    """Let each pair of a forest carry what is missing behind it. Raises `NotADivision` where some is left."""
    missing = dict(due)
    for (item, person), x in value.items():
        missing["item", item] -= x
        missing["person", person] -= x
    inside = sorted(pair for pair, x in value.items() if 0 < x < ends[pair])
    for child, parent, pair in reversed(_forest(inside)):
        by = missing[child]
        value[pair] += by
        missing[child] -= by
        missing[parent] -= by
    if any(missing.values()):
        raise NotADivision("These probabilities do not add up to what the items need.")


def _forest(pairs: Sequence[tuple[int, int]]) -> list[tuple[Node, Node, tuple[int, int]]]:
    """Return trees through all pairs as (child, parent, pair), every parent before its children."""
    neighbours: dict[Node, list[tuple[Node, tuple[int, int]]]] = {}
    for pair in pairs:
        one, other = ("item", pair[0]), ("person", pair[1])
        neighbours.setdefault(one, []).append((other, pair))
        neighbours.setdefault(other, []).append((one, pair))
    seen: set[Node] = set()
    order: list[tuple[Node, Node, tuple[int, int]]] = []
    for root in neighbours:
        stack = [] if root in seen else [root]
        seen.add(root)
        while stack:
            node = stack.pop()
            for other, pair in neighbours[node]:
                if other not in seen:
                    seen.add(other)
                    order.append((other, node, pair))
                    stack.append(other)
    return order
