"""Locked environments: built once, never half."""

import stat
import threading
from pathlib import Path

import pytest

from aifactory.agent.environments import EnvironmentCannotBeBuilt, Environments

# Stands in for uv: counts its runs, makes the folder, and fails when the project says so.
FAKE_UV = """#!/bin/sh
echo run >> "$(dirname "$0")/runs"
mkdir -p "$UV_PROJECT_ENVIRONMENT/bin"
echo half > "$UV_PROJECT_ENVIRONMENT/half"
grep -q broken pyproject.toml && { echo "error: no such package" >&2; exit 2; }
sleep 0.2
exit 0
"""


@pytest.fixture
def uv(tmp_path: Path) -> Path:
    path = tmp_path / "bin" / "uv"
    path.parent.mkdir()
    path.write_text(FAKE_UV)
    path.chmod(0o755)
    return path


def recipe(folder: Path, project: str = "fine", lock: str = "1") -> Path:
    folder.mkdir()
    (folder / "pyproject.toml").write_text(project)
    (folder / "uv.lock").write_text(lock)
    return folder


def runs(uv: Path) -> int:
    return (uv.parent / "runs").read_text().count("run")


def test_many_who_need_it_at_once_build_it_once(tmp_path, uv):
    folder = recipe(tmp_path / "r")
    places: list[Path] = []
    threads = [
        threading.Thread(target=lambda: places.append(Environments(tmp_path / "cache", uv).ready(folder)))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert (len(places), len(set(places)), runs(uv)) == (4, 1, 1)


def test_another_lock_is_another_environment(tmp_path, uv):
    environments = Environments(tmp_path / "cache", uv)

    one = environments.ready(recipe(tmp_path / "a", lock="1"))
    two = environments.ready(recipe(tmp_path / "b", lock="2"))

    assert one != two
    assert environments.ready(tmp_path / "a") == one
    assert runs(uv) == 2


def test_a_build_that_fails_says_what_uv_said_and_is_tried_again(tmp_path, uv):
    environments = Environments(tmp_path / "cache", uv)
    folder = recipe(tmp_path / "r", project="broken")

    for _ in range(2):
        with pytest.raises(EnvironmentCannotBeBuilt, match="error: no such package"):
            environments.ready(folder)
    assert runs(uv) == 2


def test_one_that_was_left_half_is_built_anew(tmp_path, uv):
    environments = Environments(tmp_path / "cache", uv)
    folder = recipe(tmp_path / "r")
    place = environments.ready(folder)
    (place / "aifactory-complete").unlink()
    (place / "leftover").touch()

    assert environments.ready(folder) == place
    assert not (place / "leftover").exists()


def test_others_may_read_it_whatever_our_umask_is(tmp_path, uv):
    import os

    before = os.umask(0o077)
    try:
        place = Environments(tmp_path / "cache", uv).ready(recipe(tmp_path / "r"))
    finally:
        os.umask(before)

    assert stat.S_IMODE((place / "half").stat().st_mode) == 0o644
    assert stat.S_IMODE(place.stat().st_mode) == 0o755
