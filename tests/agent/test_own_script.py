"""A script that somebody brought along, with packages it pins: through the agent, behind the walls, on this machine."""

import hashlib

import pytest

from aifactory.agent.environments import EnvironmentCannotBeBuilt, Environments
from aifactory.agent.recipes import recipe_digest
from aifactory.ports.desk import Input, InputFile
from aifactory.ports.engine import Phase
from aifactory.supercomputer import recipes

# The hashes that PyPI gives of six 1.17.0.
REQUIREMENTS = b"""six==1.17.0 \\
    --hash=sha256:4721f391ed90541fddacab5acf947aa0d3dc7d27b2e1e8eda2be8970586c3274 \\
    --hash=sha256:ff70335d468e7eb6ec65b95b99d3a2836546063f63acc5171de367e834932a81
"""
SCRIPT = rb"""
import pathlib, socket, sys
import six
pathlib.Path("/outputs/version.txt").write_text(six.__version__ + " " + sys.argv[1])
try:
    socket.create_connection(("1.1.1.1", 53), 1)
except OSError as error:
    print("no network")
sys.stdout.buffer.write(b"caf\xc3\xa9 \xff\x00 end\n")
"""


@pytest.mark.thorough
def test_it_runs_with_what_it_pins_and_without_a_network(portal):
    def brought(name: str, content: bytes) -> InputFile:
        portal.store.put(f"uploads/{name}", [content], limit=len(content))
        return InputFile(
            name, f"uploads/{name}", "sha256:" + hashlib.sha256(content).hexdigest(), len(content)
        )

    code = (brought("mine.py", SCRIPT), brought("requirements.txt", REQUIREMENTS))
    portal.agent.recipes_root = recipes.ROOT
    order = portal.order(
        "mine", recipe="own-script", recipe_digest=recipe_digest(recipes.ROOT / "own-script"),
        parameters={"script": "mine.py", "arguments": "'and more'"}, inputs=(Input("code", code, None),),
    )  # fmt: skip
    portal.desk.wanted = [order]

    report = portal.until_ended("mine")

    assert (report.refused, report.status.phase) == ("", Phase.COMPLETED), report.log_tail
    told = "no network\ncafé \N{REPLACEMENT CHARACTER}\N{REPLACEMENT CHARACTER} end\n"
    assert (report.log_tail, report.log_end) == (told, len(told))
    (file,) = report.outputs
    assert b"".join(portal.store.open(file.key)) == b"1.17.0 and more"


def test_what_is_not_pinned_is_never_installed(tmp_path):
    (tmp_path / "requirements.txt").write_bytes(REQUIREMENTS + b"requests\n")
    with pytest.raises(EnvironmentCannotBeBuilt, match="'requests' is not a package with its version"):
        Environments(tmp_path / "cache").required(tmp_path / "requirements.txt")
    assert not (tmp_path / "cache").exists()
