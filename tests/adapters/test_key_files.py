"""Who gets into a cluster, as files: written, changed and removed; a command of the site's own told first."""

import json
import sys
from pathlib import Path

import pytest

from aifactory.adapters.entrance.key_files import HEAD, KeyFiles

WANTED = {"usr_1": ("ssh-ed25519 AAAA", "ssh-ed25519 BBBB"), "usr_2": ("ssh-ed25519 CCCC",), "usr_3": ()}


def files(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in folder.iterdir()}


def test_files_follow_what_is_wanted_and_a_dry_run_says_so_beforehand(tmp_path):
    folder = tmp_path / "ssh"
    keys = KeyFiles(folder)
    planned = keys.differences(WANTED)
    assert not folder.exists()
    assert [(change.sentence, change.command) for change in planned] == [
        ("usr_1 should get in with 2 keys.", ("install", "-m", "0644", "/dev/stdin", f"{folder}/usr_1")),
        ("usr_2 should get in with 1 keys.", ("install", "-m", "0644", "/dev/stdin", f"{folder}/usr_2")),
    ]

    assert keys.mend(WANTED) == []
    assert files(folder) == {
        "usr_1": HEAD + "ssh-ed25519 AAAA\nssh-ed25519 BBBB\n",
        "usr_2": HEAD + "ssh-ed25519 CCCC\n",
    }
    assert keys.differences(WANTED) == []

    (folder / "usr_1").write_text(HEAD + "ssh-ed25519 EVIL\n")
    assert keys.mend({"usr_1": WANTED["usr_1"][:1]}) == []
    assert files(folder) == {"usr_1": HEAD + "ssh-ed25519 AAAA\n"}


def test_what_somebody_else_keeps_there_stays(tmp_path):
    (tmp_path / "root").write_text("ssh-ed25519 AAAA admin\n")
    keys = KeyFiles(tmp_path)
    keys.mend({})
    assert files(tmp_path) == {"root": "ssh-ed25519 AAAA admin\n"}
    assert [(change.account, change.command) for change in keys.differences({})] == [("root", ())]


def test_no_id_leads_out_of_the_folder(tmp_path):
    keys = KeyFiles(tmp_path / "ssh")
    keys.mend({"../../etc/passwd": ("ssh-ed25519 AAAA",), "Évil;\n": ("ssh-ed25519 BBBB",)})
    assert [path.name for path in tmp_path.iterdir()] == ["ssh"]
    assert all(path.name.startswith("x") for path in (tmp_path / "ssh").iterdir())


@pytest.fixture
def told(tmp_path: Path) -> tuple[Path, tuple[str, ...]]:
    """Give a site's own command, which keeps what it was told, and fails while a file stands in its way."""
    script = (
        "import sys, json, pathlib\n"
        f"log = pathlib.Path({str(tmp_path / 'told')!r})\n"
        f"if pathlib.Path({str(tmp_path / 'stop')!r}).exists(): sys.exit('no room')\n"
        "log.open('a').write(json.dumps([sys.argv[1], sys.stdin.read()]) + '\\n')\n"
    )
    return tmp_path / "told", (sys.executable, "-c", script, "{user}")


def test_a_command_of_the_sites_own_is_told_once_and_again_after_it_failed(tmp_path, told):
    log, command = told
    keys = KeyFiles(tmp_path / "ssh", command)
    (tmp_path / "stop").touch()
    (refused,) = keys.mend({"usr_1": ("ssh-ed25519 AAAA",)})
    assert refused.account == "usr_1"
    (tmp_path / "stop").unlink()
    for wanted in ({"usr_1": ("ssh-ed25519 AAAA",)}, {"usr_1": ("ssh-ed25519 AAAA",)}, {}, {}):
        assert keys.mend(wanted) == []
    assert [json.loads(line) for line in log.read_text().splitlines()] == [
        ["usr_1", "ssh-ed25519 AAAA\n"],
        ["usr_1", ""],
    ]
