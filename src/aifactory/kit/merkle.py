"""Merkle tree of a transparency log (RFC 6962, section 2.1): SHA-256, prefix 0x00 on leaves, 0x01 on nodes.

Every function takes leaf *hashes* (32 bytes, made by `leaf_hash`), because those are what a log stores.
A `Frontier` grows a log and knows its root with a few hashes in memory; a `Tree` keeps all nodes for proofs.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

_sha256 = hashlib.sha256
HASH_SIZE = 32
EMPTY_ROOT = _sha256().digest()


def leaf_hash(data: bytes) -> bytes:
    """Return SHA-256(0x00 || data)."""
    return _sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return SHA-256(0x01 || left || right)."""
    return _sha256(b"\x01" + left + right).digest()


@dataclass
class Frontier:
    """The right-hand edge of a tree: roots of its complete subtrees, largest first (a "compact range")."""

    size: int = 0
    peaks: list[bytes] = field(default_factory=list)

    def append(self, leaf: bytes) -> None:
        """Add one leaf hash."""
        self.extend((leaf,))

    def extend(self, leaves: Iterable[bytes]) -> None:
        """Add leaf hashes in order."""
        sha256, peaks, size = _sha256, self.peaks, self.size
        for leaf in leaves:
            top, carry = leaf, size
            while carry & 1:
                top = sha256(b"\x01" + peaks.pop() + top).digest()
                carry >>= 1
            peaks.append(top)
            size += 1
        self.size = size

    def root(self) -> bytes:
        """Return the root of all leaves so far."""
        if not self.peaks:
            return EMPTY_ROOT
        *rest, top = self.peaks
        for peak in reversed(rest):
            top = node_hash(peak, top)
        return top

    def to_json(self) -> dict[str, Any]:
        """Return a JSON-plain form that `from_json` reads."""
        return {"size": self.size, "peaks": [peak.hex() for peak in self.peaks]}

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> "Frontier":
        """Read what `to_json` wrote. Raises `ValueError` when it cannot be a frontier."""
        size, peaks = int(stored["size"]), [bytes.fromhex(peak) for peak in stored["peaks"]]
        if size < 0 or len(peaks) != size.bit_count() or any(len(peak) != HASH_SIZE for peak in peaks):
            raise ValueError("A frontier holds one 32-byte hash for each binary one in its size.")
        return cls(size, peaks)


class Tree:
    """All nodes of a growing log (64 bytes a leaf): roots and proofs of any size, each in O(log² n)."""

    def __init__(self, leaves: Iterable[bytes] = ()) -> None:
        self._levels: list[list[bytes]] = [[]]
        self.extend(leaves)

    def __len__(self) -> int:
        return len(self._levels[0])

    def extend(self, leaves: Iterable[bytes]) -> None:
        """Add leaf hashes in order."""
        level = self._levels[0]
        level.extend(leaves)
        height, sha256 = 0, _sha256
        while len(level) > 1:
            height += 1
            if height == len(self._levels):
                self._levels.append([])
            above = self._levels[height]
            start, stop = 2 * len(above), len(level) & ~1
            above.extend(
                sha256(b"\x01" + left + right).digest()
                for left, right in zip(level[start:stop:2], level[start + 1 : stop : 2], strict=True)
            )
            level = above

    def root(self, size: int | None = None) -> bytes:
        """Return the root of the first `size` leaves (or all). Raises `IndexError` if it has fewer."""
        size = self._within(size)
        return self._node(0, size) if size else EMPTY_ROOT

    def inclusion_proof(self, index: int, size: int | None = None) -> list[bytes]:
        """Return the audit path of leaf `index` in the tree of `size` leaves (RFC 6962, 2.1.1)."""
        size = self._within(size)
        if not 0 <= index < size:
            raise IndexError(f"A log of {size} leaves has no leaf {index}.")
        path, low, high = [], 0, size
        while high - low > 1:
            middle = low + _split(high - low)
            if index < middle:
                path.append(self._node(middle, high))
                high = middle
            else:
                path.append(self._node(low, middle))
                low = middle
        return path[::-1]

    def consistency_proof(self, old: int, size: int | None = None) -> list[bytes]:
        """Return the proof that the tree of `size` leaves extends that of `old` (RFC 6962, 2.1.2)."""
        size = self._within(size)
        if not 0 <= old <= size:
            raise IndexError(f"A log of {size} leaves was never {old} long.")
        if old in {0, size}:
            return []
        path, low, high = [], 0, size
        while old != high:
            middle = low + _split(high - low)
            if old <= middle:
                path.append(self._node(middle, high))
                high = middle
            else:
                path.append(self._node(low, middle))
                low = middle
        # Where `old` is itself a complete left subtree, its root is known to whoever asks.
        return path[::-1] if low == 0 else [self._node(low, high), *path[::-1]]

    def _within(self, size: int | None) -> int:
        if size is None:
            return len(self)
        if not 0 <= size <= len(self):
            raise IndexError(f"The log holds {len(self)} leaves, not {size}.")
        return size

    def _node(self, low: int, high: int) -> bytes:
        """Hash the leaves from `low` up to `high`: a range that RFC 6962 splits into."""
        width = high - low
        if width & (width - 1) == 0:
            height = width.bit_length() - 1
            return self._levels[height][low >> height]
        middle = low + _split(width)
        return node_hash(self._node(low, middle), self._node(middle, high))


def _split(width: int) -> int:
    """Return the largest power of two smaller than `width`."""
    return 1 << (width - 1).bit_length() - 1


def root(leaves: Iterable[bytes]) -> bytes:
    """Return the root over leaf hashes."""
    frontier = Frontier()
    frontier.extend(leaves)
    return frontier.root()


def inclusion_proof(leaves: Iterable[bytes], index: int) -> list[bytes]:
    """Return the audit path of leaf `index`; keep a `Tree` where many are asked."""
    return Tree(leaves).inclusion_proof(index)


def consistency_proof(leaves: Iterable[bytes], old: int) -> list[bytes]:
    """Return the proof that these leaves extend their own first `old`; keep a `Tree` where many are asked."""
    return Tree(leaves).consistency_proof(old)


def verify_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """Say whether `leaf` (a hash) stands at `index` in the tree of `size` and `root` (RFC 9162, 2.1.3.2)."""
    if not 0 <= index < size or not _are_hashes([leaf, root, *proof]):
        return False
    sides = _sides(index, size - 1, len(proof))
    if sides is None:
        return False
    top = leaf
    for sibling, stands_left in zip(proof, sides, strict=True):
        top = node_hash(sibling, top) if stands_left else node_hash(top, sibling)
    return top == root


def verify_consistency(
    old_size: int, old_root: bytes, size: int, root: bytes, proof: Sequence[bytes]
) -> bool:
    """Say whether the tree of `size` and `root` extends the older one (RFC 9162, 2.1.4.2)."""
    if not 0 <= old_size <= size or not _are_hashes([old_root, root, *proof]):
        return False
    if old_size in {0, size}:
        return not proof and old_root == (root if old_size else EMPTY_ROOT)
    complete = old_size & (old_size - 1) == 0
    path = [old_root, *proof] if complete else list(proof)
    position, last = old_size - 1, size - 1
    while position & 1:
        position, last = position >> 1, last >> 1
    sides = _sides(position, last, len(path) - 1)
    if sides is None:
        return False
    old_top = top = path[0]
    for sibling, stands_left in zip(path[1:], sides, strict=True):
        old_top = node_hash(sibling, old_top) if stands_left else old_top
        top = node_hash(sibling, top) if stands_left else node_hash(top, sibling)
    return old_top == old_root and top == root


def _sides(position: int, last: int, steps: int) -> list[bool] | None:
    """Say for each step up from `position` whether the sibling stands left; None where they miss the root."""
    sides = []
    for _ in range(steps):
        if last == 0:
            return None
        stands_left = bool(position & 1) or position == last
        sides.append(stands_left)
        while stands_left and not position & 1:
            position, last = position >> 1, last >> 1
        position, last = position >> 1, last >> 1
    return sides if last == 0 else None


def _are_hashes(values: list[bytes]) -> bool:
    return all(len(value) == HASH_SIZE for value in values)
