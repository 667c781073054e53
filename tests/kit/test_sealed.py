"""Sealed bytes: whole, in parts, by ranges; and nothing that was altered, moved or cut off is given out."""

import itertools
from unittest import mock

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given
from hypothesis import strategies as st

from aifactory.kit import sealed
from aifactory.kit.sealed import (
    SealBroken,
    file_key,
    hidden_name,
    seal,
    sealed_alike,
    sealed_size,
    unseal,
    unseal_range,
)

KEY = bytes(range(32))
CONTENTS = st.binary(max_size=300)
#: Small segments, so that short contents have many.
small = mock.patch.object(sealed, "SEGMENT", 32)


def cut(content: bytes, at: list[int]) -> list[bytes]:
    edges = [0, *sorted(n % (len(content) + 1) for n in at), len(content)]
    return [content[a:b] for a, b in itertools.pairwise(edges)]


def opened(content: bytes, key: bytes = KEY) -> bytes:
    return b"".join(unseal([content], key))


@given(CONTENTS, st.lists(st.integers(0, 400)), st.lists(st.integers(0, 1_000)))
def test_what_is_sealed_in_any_pieces_opens_in_any_pieces(content, at, again):
    with small:
        box = b"".join(seal(cut(content, at), KEY))
        assert len(box) == sealed_size(len(content))
        assert b"".join(unseal(cut(box, again), KEY)) == content


@given(st.binary(min_size=1, max_size=300), st.integers(1, 4))
def test_parts_that_are_sealed_apart_are_the_whole(content, segments):
    with small:
        size = segments * 32
        starts = range(0, len(content), size)
        parts = [
            b"".join(seal([content[a : a + size]], KEY, first=a // 32, last=a + size >= len(content)))
            for a in starts
        ]
        assert b"".join(parts) == b"".join(seal([content], KEY))


@given(CONTENTS, st.data())
def test_a_flipped_bit_is_refused(content, data):
    with small:
        box = bytearray(b"".join(seal([content], KEY)))
        box[data.draw(st.integers(0, len(box) - 1))] ^= 1 << data.draw(st.integers(0, 7))
        with pytest.raises(SealBroken):
            opened(bytes(box))


@given(CONTENTS, st.data())
def test_a_cut_off_end_is_refused_wherever_it_is_cut(content, data):
    with small:
        box = b"".join(seal([content], KEY))
        with pytest.raises(SealBroken):
            opened(box[: data.draw(st.integers(0, len(box) - 1))])


@given(st.binary(min_size=65, max_size=300), st.data())
def test_segments_that_change_places_are_repeated_or_left_out_are_refused(content, data):
    with small:
        box = b"".join(seal([content], KEY))
        pieces = [box[a : a + 48] for a in range(0, len(box), 48)]
        order = data.draw(st.lists(st.sampled_from(range(len(pieces))), max_size=len(pieces) + 1))
        if order != list(range(len(pieces))):
            with pytest.raises(SealBroken):
                opened(b"".join(pieces[n] for n in order))


@given(CONTENTS, st.integers(0, 300), st.integers(0, 300))
def test_any_range_reads_only_its_own_segments(content, one, other):
    with small:
        box = b"".join(seal([content], KEY))
        start, stop = sorted(n % (len(content) + 1) for n in (one, other))
        read = []

        def source(a, b):
            read.append((a, b))
            return [box[a:b]]

        found = b"".join(unseal_range(source, KEY, size=len(content), start=start, stop=stop))
        assert found == content[start:stop]
        assert sum(b - a for a, b in read) <= (stop - start + 2 * 32) // 32 * 48


def test_a_range_of_altered_bytes_is_refused_and_one_beside_them_is_not():
    content = bytes(200_000)
    box = bytearray(b"".join(seal([content], KEY)))
    box[70_000] ^= 1

    def part(start, stop):
        return b"".join(
            unseal_range(lambda a, b: [bytes(box[a:b])], KEY, size=200_000, start=start, stop=stop)
        )

    assert part(131_072, 200_000) == bytes(68_928)
    with pytest.raises(SealBroken):
        part(131_071, 131_073)
    with pytest.raises(ValueError, match="no range"):
        part(0, 200_001)


def test_the_layout_is_the_documented_one():
    first, last = bytes(65_536), b"end"
    gcm = AESGCM(KEY)
    expected = gcm.encrypt(bytes(12), first, None) + gcm.encrypt(bytes(10) + b"\x01\x01", last, None)
    assert b"".join(seal([first + last], KEY)) == expected


def test_the_key_of_a_file_is_its_own():
    keys = {
        file_key(key, salt, name)
        for key in (KEY, bytes(32))
        for salt in (b"a" * 32, b"b" * 32)
        for name in ("datasets/1", "datasets/2")
    }
    assert (len(keys), {len(key) for key in keys}) == (8, {32})
    with pytest.raises(SealBroken):
        opened(b"".join(seal([b"x"], KEY)), bytes(32))


@given(CONTENTS, CONTENTS, st.lists(st.integers(0, 400)))
def test_the_same_content_becomes_the_same_bytes_and_another_is_sealed_with_another_key(content, other, at):
    one, again, second = (
        sealed_alike(lambda chunks=chunks: chunks, KEY, "a/place")
        for chunks in ([content], cut(content, at), [other])
    )
    box = b"".join(one.chunks)
    assert (box, one.size) == (b"".join(again.chunks), len(content))
    assert b"".join(unseal([box], file_key(KEY, bytes.fromhex(one.salt), "a/place"))) == content
    assert (one.salt == second.salt) == (content == other)
    assert hidden_name(KEY, "a") == hidden_name(KEY, "a") != hidden_name(KEY[::-1], "a")


def test_a_content_that_changes_while_it_is_sealed_is_not_kept():
    readings = iter([[b"first"], [b"second"]])
    with pytest.raises(SealBroken, match="changed while it was sealed"):
        list(sealed_alike(lambda: next(readings), KEY, "place").chunks)
