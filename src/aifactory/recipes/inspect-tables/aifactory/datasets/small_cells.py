"""Counts of few people are not shown, nor what would let a reader compute them from the rest."""

from collections.abc import Sequence

#: A count below this may point at a person; the usual floor of Dutch statistics on people.
FLOOR = 10


def suppressed(counts: Sequence[int], floor: int = FLOOR) -> list[int | None]:
    """Return the counts with every cell in 1…floor-1 hidden (None), for a table whose total is known.

    When what is hidden sums to less than `floor`, the next smallest cells are hidden as well, so that
    subtracting the shown ones from the total gives nothing away.
    """
    shown: list[int | None] = [None if 0 < n < floor else n for n in counts]
    hidden = sum(n for n in counts if 0 < n < floor)
    for index in sorted((i for i, n in enumerate(counts) if n >= floor), key=lambda i: counts[i]):
        if hidden == 0 or hidden >= floor:
            break
        shown[index] = None
        hidden += counts[index]
    return shown
