"""The tool that tells a size class from a file."""

import json
import re
from pathlib import Path

import pytest
import typer
from docs import facts
from typer.testing import CliRunner

from aifactory.cli.size import NoDeclaration, command
from aifactory.people.enterprises.determination import AccountsAreMissing
from aifactory.people.enterprises.holdings import HoldingsCannotBe

app = typer.Typer()
app.command()(command)
PAGE = facts.ROOT / "docs/how-to/declare-the-size-of-an-enterprise.md"


def example() -> dict:
    """Return the file that the documentation shows."""
    return json.loads(re.search(r"```json\n(.*?)```", PAGE.read_text(), re.DOTALL).group(1))


def run(folder: Path, declared: object, *options: str):
    file = folder / "declaration.json"
    file.write_text(declared if isinstance(declared, str) else json.dumps(declared))
    return CliRunner().invoke(app, [str(file), *options])


def test_the_example_of_the_documentation(tmp_path):
    found = json.loads(run(tmp_path, example(), "--json").stdout)
    year = found["years"][0]
    assert (found["size"], year["staff"], year["turnover"], year["balance"]) == (
        "small",
        850 + 1200,
        900_000 + 1_800_000,
        400_000 + 1_200_000,
    )
    assert [(one["name"], one["relation"], one["share"]) for one in year["added"]] == [
        ("Acme", "own", 10_000),
        ("Parent", "partner", 3000),
    ]
    assert run(tmp_path, example()).stdout.startswith("small\n- Acme is not autonomous")


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        (lambda d: d["holdings"].append({"owner": "a", "held": "z", "capital": 1}), NoDeclaration),
        (lambda d: d["holdings"].append({"owner": "a", "held": "a", "capital": 1}), HoldingsCannotBe),
        (lambda d: d["enterprises"][1].pop("accounts"), AccountsAreMissing),
        (lambda d: d.pop("enterprises"), NoDeclaration),
        (lambda d: d["enterprises"].clear(), NoDeclaration),
        (lambda d: d["enterprises"][0].update(kind="club"), NoDeclaration),
    ],
)
def test_what_cannot_be_is_refused(tmp_path, change, refusal):
    declared = example()
    change(declared)
    assert isinstance(run(tmp_path, declared).exception, refusal)


@pytest.mark.parametrize("text", ["", "[]", "{", "null", '"x"'])
def test_a_file_that_holds_no_declaration(tmp_path, text):
    assert isinstance(run(tmp_path, text).exception, NoDeclaration)
