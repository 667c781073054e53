"""An organisation's name is public from when something public names it; until then its commitment stands there."""

import io
import json
from pathlib import Path
from typing import Any

import pytest

from aifactory.access import actions
from aifactory.audit import export
from aifactory.audit.sealing import seal_all
from aifactory.audit.verify import verify_export
from aifactory.kit import clock
from aifactory.people.actions import register_organisation
from tests.access import factories
from tests.access.factories import AFTER, DURING
from tests.datasets import factories as data
from tests.people.factories import person

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("store")]
ORIGIN = "factory.example/log"


def records(folder: Path) -> dict[str, Any]:
    """Export what everybody gets, hold it to the verifier, and return its records by name."""
    seal_all(ORIGIN)
    file = io.BytesIO()
    export.write(file, origin=ORIGIN)
    path = folder / "export.jsonl"
    path.write_bytes(file.getvalue())
    assert verify_export(path, None).problems == []
    lines = [json.loads(line) for line in file.getvalue().splitlines()]
    return {line["thing"]: line for line in lines if line["type"] == "record"}


def test_who_registered_is_named_once_something_public_names_them(tmp_path: Path) -> None:
    facts = {"country": "NL", "kind": "company", "registration_number": "90000001"}
    quiet = register_organisation(name="Quiet B.V.", by=person(), **facts)
    holder = data.published().holder
    with clock.frozen(DURING):
        made = factories.reviewed(factories.call(), tmp_path)
    before = records(tmp_path)
    applicant = made.organisation.thing
    assert "name" in before[applicant]["withheld"]
    assert "name" in before[quiet.thing]["withheld"]
    assert before[holder.thing]["fields"]["name"]["value"] == holder.name
    assert before[quiet.thing]["fields"]["country"]["value"] == "NL"
    assert "Quiet" not in json.dumps(before)
    with clock.frozen(AFTER):
        actions.decide(made, awarded={"gpu": 3600}, reasons="Good.", by=factories.decider())
    after = records(tmp_path)
    assert "name" in after[quiet.thing]["withheld"]
    assert after[applicant]["fields"]["name"]["value"] == made.organisation.name
