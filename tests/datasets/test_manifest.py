"""The manifest and the offline check of a folder against it."""

import hashlib
import json
from pathlib import Path

import pytest
from blake3 import blake3
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from aifactory.cli import assemble
from aifactory.datasets.manifest import (
    MOST_GROUPS,
    SMALLEST_GROUP,
    Difference,
    NoManifest,
    check_folder,
    entry,
    group_size,
    manifest,
    tree,
    tree_of,
)
from aifactory.kit.canonical import digest

#: The BLAKE3 of nothing, from the test vectors of the BLAKE3 team.
OF_NOTHING = "af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262"


def listed(folder: Path, *names: str) -> dict:
    entries = []
    for name in names:
        content = (folder / name).read_bytes()
        found = tree_of(folder / name)
        sha = "sha256:" + hashlib.sha256(content).hexdigest()
        entries.append(entry(name, len(content), sha, found.blake3, "".join(found.groups)))
    return manifest(entries)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "big.csv").write_bytes(b"0123456789" * 30_000)
    (tmp_path / "data" / "small.csv").write_bytes(b"a,b\n1,2\n")
    return tmp_path / "data"


@given(st.binary(max_size=600), st.integers(1, 64), st.integers(1, 50))
def test_a_file_is_hashed_as_a_whole_and_group_by_group_in_any_pieces(content, group, piece):
    found = tree((content[a : a + piece] for a in range(0, len(content), piece)), group)
    starts = range(0, max(1, len(content)), group)
    assert found.blake3 == blake3(content).hexdigest()
    assert found.groups == tuple(blake3(content[a : a + group]).hexdigest() for a in starts)


def test_nothing_has_one_empty_group():
    assert tree([], SMALLEST_GROUP).groups == (OF_NOTHING,)


@given(st.integers(0, 2**45))
def test_a_file_has_at_most_256_groups_and_no_smaller_ones_than_needed(size):
    group = group_size(size)
    assert -(-size // group) <= MOST_GROUPS
    assert group == SMALLEST_GROUP or size > group // 2 * MOST_GROUPS


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.integers(0, 299_999))
def test_one_altered_byte_is_found_in_its_group(folder, at):
    told = listed(folder, "big.csv", "small.csv")
    path = folder / "big.csv"
    content = bytearray(path.read_bytes())
    content[at] ^= 1
    path.write_bytes(content)
    start = at // 65_536 * 65_536
    assert check_folder(folder, told) == [
        Difference(
            "big.csv", "changed", "This file has other bytes.", ((start, min(start + 65_536, 300_000)),)
        )
    ]
    content[at] ^= 1
    path.write_bytes(content)
    assert check_folder(folder, told) == []


def test_what_is_missing_shorter_longer_or_not_listed_is_named(folder):
    told = listed(folder, "big.csv", "small.csv")
    (folder / "small.csv").unlink()
    with (folder / "big.csv").open("r+b") as file:
        file.truncate(200_000)
    (folder / "more.txt").write_text("x")
    assert check_folder(folder, told) == [
        Difference("big.csv", "size", "This file has 200000 bytes instead of 300000.", ((196_608, 300_000),)),
        Difference("small.csv", "missing", "This file is missing."),
        Difference("more.txt", "unlisted", "This file is not in the manifest."),
    ]
    (folder / "small.csv").write_bytes(b"a,b\n1,2\nx")
    found = next(d for d in check_folder(folder, told) if d.path == "small.csv")
    assert found == Difference("small.csv", "size", "This file has 9 bytes instead of 8.", ((0, 9),))


@pytest.mark.parametrize(
    "spoil",
    [
        lambda file: file | {"path": "../outside"},
        lambda file: file | {"path": "/etc/passwd"},
        lambda file: file | {"group": 1},
        lambda file: file | {"groups": []},
        lambda file: file | {"size": -1},
        lambda file: file | {"digest": None},
    ],
)
def test_what_is_no_manifest_is_refused(folder, spoil):
    told = listed(folder, "small.csv")
    with pytest.raises(NoManifest):
        check_folder(folder, told | {"files": [spoil(told["files"][0])]})
    with pytest.raises(NoManifest):
        check_folder(folder, told | {"schema": "aifactory/manifest/1"})
    with pytest.raises(NoManifest):
        check_folder(folder, told | {"files": told["files"] * 2})


def test_a_manifest_that_contradicts_itself_is_no_proof(folder):
    told = listed(folder, "small.csv")
    (folder / "big.csv").unlink()
    for wrong in ({"blake3": OF_NOTHING}, {"groups": [OF_NOTHING]}, {"digest": "sha256:00"}):
        spoiled = told | {"files": [told["files"][0] | wrong]}
        assert [d.kind for d in check_folder(folder, spoiled)] == ["manifest"]


def test_the_command_names_the_bytes_and_ends_with_1(folder):
    told = listed(folder, "big.csv", "small.csv")
    (folder / "manifest.json").write_text(json.dumps(told))
    run = ["datasets", "verify", str(folder), str(folder / "manifest.json")]
    done = CliRunner().invoke(assemble(), [*run, "--version", digest(told), "--json"])
    assert (done.exit_code, json.loads(done.output)) == (
        0,
        {"ok": True, "version": digest(told), "differences": []},
    )
    with (folder / "big.csv").open("r+b") as file:
        file.seek(70_000)
        file.write(b"X")
    done = CliRunner().invoke(assemble(), [*run, "--version", "sha256:another"])
    assert done.exit_code == 1
    assert done.output.splitlines()[1:] == [
        f": The manifest is that of {digest(told)}.",
        "big.csv: This file has other bytes. It differs in bytes 65536–131071.",
        "Something differs.",
    ]
