"""A draw that anybody can repeat: from the seed, tickets; from the tickets and the odds, who is drawn."""

import hashlib
from collections.abc import Mapping
from fractions import Fraction


def ticket(seed: bytes, name: str) -> str:
    """Return the ticket of one application: SHA-256 over the seed, a line break and its id, in hexadecimal."""
    return hashlib.sha256(seed + b"\n" + name.encode()).hexdigest()


def drawn(seed: bytes, draw: str, odds: Mapping[str, Fraction]) -> list[str]:
    """Return who is drawn, in the order of their tickets: systematic sampling, exact in fractions.

    The applications lie in the order of their tickets on a line, each as long as its odds; marks stand one
    step apart, the first where the ticket of the draw itself points; who holds a mark is drawn. Each one's
    chance is its odds, and the number drawn is always their sum.
    """
    whole = sum(odds.values(), Fraction(0))
    count = round(whole)
    if count == 0:
        return []
    step = whole / count  # 1, but for odds that had to be rounded
    mark = step * Fraction(int(ticket(seed, draw), 16), 2**256)
    chosen: list[str] = []
    reached = Fraction(0)
    for name in sorted(odds, key=lambda name: (ticket(seed, name), name)):
        reached += odds[name]
        if mark < reached and len(chosen) < count:
            chosen.append(name)
            mark += step
    return chosen
