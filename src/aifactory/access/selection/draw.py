"""A draw that anybody can repeat: from the seed, tickets; from the tickets and the odds, who is drawn."""

import hashlib
from collections.abc import Mapping
from fractions import Fraction

from aifactory.kit.canonical import canonical


def commitment(secret: str) -> str:
    """Return what is published of a secret (hexadecimal) before it is shown: the SHA-256 of its bytes."""
    return "sha256:" + hashlib.sha256(bytes.fromhex(secret)).hexdigest()


def seed_of(parts: Mapping[str, str]) -> str:
    """Return the seed, 64 hexadecimal digits: SHA-256 over canonical JSON (RFC 8785) of its parts.

    `factory` is the secret that the factory committed to before the first score, `people` the seed that office
    and reviewers made together for the call (empty where they made none).
    """
    return hashlib.sha256(canonical(dict(parts))).hexdigest()


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
