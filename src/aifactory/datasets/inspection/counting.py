"""Figures that are counted part by part and put together: the same, bit for bit, however the parts were cut.

Each of these is a function of the values alone. Nothing draws lots, nothing depends on order, and sums are whole
numbers, so that `merged` is exact and associative. That is why they are ours: the sketches of Apache DataSketches
(HyperLogLog, KLL) answer differently when the same values come in other parts.
"""

import math
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]
_HASHES = 2**64
#: The smallest double is 2**-1074; written as a whole number of 53 bits times a power of two it begins at this one.
_LOWEST = 1126
_AT_ONCE = 65_536
#: So many bins tell where the values of a column lie, at the finest resolution that so many allow.
MOST_BINS = 65_536


@dataclass(frozen=True)
class Hashes:
    """The `most` smallest hashes of a set, each with how often it came: exact while there are fewer (KMV sketch).

    Beyond, what is told is an estimate with a relative standard error of `error` (Bar-Yossef et al., 2002). What
    comes often weighs as one, so that rare duplicates are found as surely as anything else.
    """

    most: int
    hashes: Array
    counts: Array

    @classmethod
    def of(cls, hashes: Array, counts: Array, most: int) -> "Hashes":
        """Keep the smallest of different 64-bit hashes, which come in order."""
        return cls(most, hashes[:most], counts[:most])

    @classmethod
    def merged(cls, parts: Sequence["Hashes"]) -> "Hashes":
        """Put parts together. A hash among the smallest of all is among the smallest of each part that has it."""
        return cls.of(*summed([(part.hashes, part.counts) for part in parts]), parts[0].most)

    @property
    def exact(self) -> bool:
        return len(self.hashes) < self.most

    @property
    def error(self) -> float:
        """The relative standard error of `distinct`; 0 where it is exact."""
        return 0.0 if self.exact else 1 / math.sqrt(self.most - 2)

    @property
    def distinct(self) -> int:
        """How many different ones there are."""
        return len(self.hashes) if self.exact else self._scaled(self.most - 1)

    @property
    def repeated(self) -> int:
        """How many came more often than once, counting each further time."""
        return self._of_all(self.counts - 1)

    @property
    def alone(self) -> int:
        """How many came once."""
        return self._of_all(self.counts == 1)

    @property
    def fewest(self) -> int:
        """How often the rarest of those that are kept came."""
        return int(self.counts.min())

    def _of_all(self, figures: Array) -> int:
        return int(figures.sum()) if self.exact else self._scaled(int(figures[:-1].sum()))

    def _scaled(self, figure: int) -> int:
        """What is true of the hashes below the last one, carried over to all: hashes are spread evenly."""
        return figure * _HASHES // max(int(self.hashes[-1]), 1)


@dataclass(frozen=True)
class Sums:
    """How many doubles, their sum and the sum of their squares, both exact: whole numbers of 2**-1126 and 2**-2252."""

    count: int = 0
    total: int = 0
    squares: int = 0

    @classmethod
    def of(cls, values: Array, counts: Array) -> "Sums":
        """Add up finite doubles without any rounding; each counts so many times.

        They come in order, so that those of one exponent stand together. So many at a time stay in the cache.
        """
        firsts = range(0, len(values), _AT_ONCE)
        return cls.merged([cls._of(values[a : a + _AT_ONCE], counts[a : a + _AT_ONCE]) for a in firsts])

    @classmethod
    def _of(cls, values: Array, counts: Array) -> "Sums":
        """Add up by exponent, in pieces that a 64-bit integer can add."""
        mantissas, exponents = np.frexp(values)
        whole = np.ldexp(mantissas, 53).astype(np.int64)
        cuts = 1 + np.flatnonzero(exponents[1:] != exponents[:-1])
        total = squares = 0
        for exponent, alike, often in zip(
            *(np.split(one, cuts) for one in (exponents, whole, counts)), strict=True
        ):
            up = int(exponent[0]) - 53 + _LOWEST
            for times, more in _lighter(often):
                total += _sum(alike, times) << (up + more)
                squares += _sum_of_squares(np.abs(alike), times) << (2 * up + more)
        return cls(int(counts.sum()), total, squares)

    @classmethod
    def merged(cls, parts: Sequence["Sums"]) -> "Sums":
        return cls(sum(p.count for p in parts), sum(p.total for p in parts), sum(p.squares for p in parts))

    @property
    def mean(self) -> float:
        """The mean, rounded once."""
        return float(Fraction(self.total, self.count << _LOWEST))

    @property
    def deviation(self) -> float | None:
        """The standard deviation of a sample; None for fewer than two values, infinite past the largest double."""
        if self.count < 2:
            return None
        square = Fraction(self.count * self.squares - self.total**2, self.count * (self.count - 1))
        return _root(square / (1 << (2 * _LOWEST)))


def _lighter(counts: Array) -> list[tuple[Array, int]]:
    """Write counts of up to 2**32 rows as sums of counts of up to 2**27, each to be shifted by so many bits."""
    return [(counts, 0)] if counts.sum() <= 2**27 else [(counts & 31, 0), (counts >> 5, 5)]


def _sum(whole: Array, times: Array) -> int:
    """Add up to 2**27 integers of 53 bits and a sign, each so many times."""
    return (int(np.dot(whole >> 27, times)) << 27) + int(np.dot(whole & (2**27 - 1), times))


def _sum_of_squares(whole: Array, times: Array) -> int:
    """Add the squares of up to 2**27 integers of 53 bits, each so many times, in pieces of 18 bits."""
    a, b, c = whole >> 36, (whole >> 18) & (2**18 - 1), whole & (2**18 - 1)
    as_, bs = a * times, b * times
    pieces = (
        (as_, a, 72, 1),
        (as_, b, 54, 2),
        (as_, c, 36, 2),
        (bs, b, 36, 1),
        (bs, c, 18, 2),
        (c * times, c, 0, 1),
    )
    return sum(int(np.dot(x, y)) * twice << up for x, y, up, twice in pieces)


def _root(square: Fraction) -> float:
    """The square root of a fraction that a double may not hold."""
    if not square:
        return 0.0
    up = (square.numerator.bit_length() - square.denominator.bit_length()) // 2
    scaled = square / 4**up if up >= 0 else square * 4**-up
    try:
        return math.ldexp(math.sqrt(scaled), up)
    except OverflowError:
        return math.inf


@dataclass(frozen=True)
class Bins:
    """How many values lie in each bin. A bin is 2**shift doubles that follow each other; with shift 0 it is one.

    The shift is the smallest that needs no more than `MOST_BINS` bins, so it follows from the values alone.
    """

    shift: int
    bins: Array
    counts: Array

    @classmethod
    def of(cls, values: Array, counts: Array) -> "Bins":
        """Count finite doubles, which differ and come in order, each so many times."""
        return cls._fitted(0, keys(values), counts)

    @classmethod
    def merged(cls, parts: Sequence["Bins"]) -> "Bins":
        shift = max(part.shift for part in parts)
        return cls._fitted(shift, *summed([(p.bins >> np.uint64(shift - p.shift), p.counts) for p in parts]))

    @classmethod
    def _fitted(cls, shift: int, bins: Array, counts: Array) -> "Bins":
        """Take so many bits off that few enough bins are left."""
        if len(bins) > MOST_BINS:
            apart = bins[1:] ^ bins[:-1]
            more = bisect_left(range(64), 1, key=lambda more: _still(apart, more) < MOST_BINS)
            shift, (bins, counts) = shift + more, runs(bins >> np.uint64(more), counts)
        return cls(shift, bins, counts)

    @property
    def total(self) -> int:
        return int(self.counts.sum())

    def at(self, rank: int) -> tuple[int, int]:
        """Return the bin of the value of this rank (from 0), and its rank among the values of that bin."""
        ends = np.cumsum(self.counts)
        place = int(np.searchsorted(ends, rank, side="right"))
        return int(self.bins[place]), rank - int(ends[place] - self.counts[place])


def _still(apart: Array, more: int) -> int:
    """Count neighbours that still differ, given the bits in which they do, when so many bits are taken off."""
    return int(np.count_nonzero(apart >= np.uint64(2**more)))


def keys(values: Array) -> Array:
    """Return doubles as unsigned integers in the same order; both zeros are one."""
    bits = (values + 0.0).view(np.uint64)
    bits ^= (bits.view(np.int64) >> 63).view(np.uint64) | np.uint64(
        2**63
    )  # all of a negative one, the sign of others
    return bits


def double(key: int) -> float:
    """Return the double of a key."""
    bits = key - 2**63 if key >= 2**63 else 2**64 - 1 - key
    return float(np.array([bits], dtype=np.uint64).view(np.float64)[0])


def summed(parts: Iterable[tuple[Array, Array]]) -> tuple[Array, Array]:
    """Return the different keys of all parts in order, each with the sum of its counts."""
    found = list(parts)
    return in_order(np.concatenate([key for key, _ in found]), np.concatenate([count for _, count in found]))


def in_order(values: Array, counts: Array | None = None) -> tuple[Array, Array]:
    """Return different values in order, each with the sum of its counts; without counts each counts once."""
    if counts is None:  # to sort is five times as quick as to find an order
        values = np.sort(values)
        counts = np.broadcast_to(np.int64(1), len(values))
    else:
        order = np.argsort(values)
        values, counts = values[order], counts[order]
    return runs(values, counts)


def runs(values: Array, counts: Array) -> tuple[Array, Array]:
    """Put equal values that follow each other together."""
    starts = np.append(len(values) > 0, values[1:] != values[:-1])
    if starts.all():
        return values, counts
    first = np.flatnonzero(starts)
    return values[first], np.add.reduceat(counts, first)
