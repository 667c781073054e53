"""One suite for every object store."""

import hashlib
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from aifactory.adapters.object_store.folder import FolderStore
from aifactory.ports.object_store import (
    AlreadyThere,
    BadKey,
    NoSuchObject,
    ObjectStore,
    StoredObject,
    TooLarge,
)


@pytest.fixture(params=["folder"])
def store(request, tmp_path: Path) -> ObjectStore:
    return {"folder": lambda: FolderStore(tmp_path / "store")}[request.param]()


def digest(data: bytes) -> str:
    return "sha256:" + hashlib.sha256(data).hexdigest()


def test_what_is_put_is_found_again(store, tmp_path):
    expected = StoredObject("datasets/a/table.csv", 11, digest(b"hello world"))

    assert store.put("datasets/a/table.csv", [b"hello ", b"world"], limit=11) == expected
    assert b"".join(store.open("datasets/a/table.csv")) == b"hello world"
    assert store.stat("datasets/a/table.csv") == expected
    assert store.fetch("datasets/a/table.csv", tmp_path / "copy") == expected
    assert (tmp_path / "copy").read_bytes() == b"hello world"


def test_an_empty_object_is_an_object(store):
    assert store.put("empty", [], limit=0) == StoredObject("empty", 0, digest(b""))
    assert list(store.open("empty")) == []


def test_the_same_bytes_again_are_fine_and_other_bytes_are_refused(store):
    first = store.put("k", [b"one"], limit=10)

    assert store.put("k", [b"o", b"ne"], limit=10) == first
    with pytest.raises(AlreadyThere):
        store.put("k", [b"two"], limit=10)
    assert b"".join(store.open("k")) == b"one"


def test_too_much_is_noticed_while_it_streams_and_leaves_nothing(store):
    drawn = []

    def endless() -> Iterator[bytes]:
        while True:
            drawn.append(1)
            yield b"x" * 100

    with pytest.raises(TooLarge):
        store.put("big", endless(), limit=250)
    assert len(drawn) == 3
    with pytest.raises(NoSuchObject):
        store.open("big")


def test_a_source_that_breaks_leaves_nothing(store):
    def broken() -> Iterator[bytes]:
        yield b"half"
        raise ConnectionError("gone")

    with pytest.raises(ConnectionError):
        store.put("k", broken(), limit=100)
    with pytest.raises(NoSuchObject):
        store.stat("k")
    assert store.put("k", [b"whole"], limit=100).size == 5


@pytest.mark.parametrize(
    "key",
    ["", "/", "/etc/passwd", "../x", "a/../../x", "a//b", "a/", "./a", "a\0b", "a\nb", "a\\b", "x" * 300],
)
def test_a_key_cannot_leave_the_store(store, key):
    with pytest.raises(BadKey):
        store.put(key, [b"x"], limit=1)


def test_a_missing_object_is_said_to_be_missing(store, tmp_path):
    store.put("a/b", [b"x"], limit=1)

    for missing in ("nothing", "a", "a/b/c"):
        for read in (store.open, store.stat, lambda key: store.fetch(key, tmp_path / "copy")):
            with pytest.raises(NoSuchObject):
                read(missing)
    assert not (tmp_path / "copy").exists()


def test_deleting_twice_is_fine_and_the_key_is_free_again(store):
    store.put("k", [b"one"], limit=3)

    store.delete("k")
    store.delete("k")
    store.delete("never/there")

    assert store.put("k", [b"two"], limit=3).digest == digest(b"two")


def test_of_many_writers_of_one_key_exactly_one_content_stays(store):
    outcomes: list[str] = []
    contents = [bytes([number]) * 200_000 for number in range(4)]

    def write(content: bytes) -> None:
        try:
            store.put("contested", [content[:100_000], content[100_000:]], limit=200_000)
            outcomes.append(digest(content))
        except AlreadyThere:
            outcomes.append("refused")

    threads = [threading.Thread(target=write, args=(content,)) for content in contents * 2]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    stays = store.stat("contested").digest
    assert sorted(outcomes) == sorted([stays] * 2 + ["refused"] * 6)
