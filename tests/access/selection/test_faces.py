"""A list by page, by API and by command; and what each viewer gets of it."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries
from typer.testing import CliRunner

from aifactory.access.models import Application, Call, Decision, Selection
from aifactory.access.selection import actions as selection
from aifactory.cli.selection import app
from aifactory.kit import clock
from aifactory.people.actions import join
from aifactory.people.actors import INSTALLER
from aifactory.people.models import Role, User
from tests.access import factories
from tests.access.factories import AFTER
from tests.access.selection.test_actions import HOUR, judged_call, office
from tests.access.selection.worlds import inputs
from tests.access.test_api import Script
from tests.people.factories import person
from tests.web.test_access import as_, sends, text

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("store", "during")]


def published(tmp_path: Path, *scores: tuple[int, int], **wishes: Any) -> tuple[Call, Selection]:
    call = judged_call(tmp_path, *scores, **wishes)
    with clock.frozen(AFTER):
        found = selection.propose(call, by=office())
        selection.confirm(found, by=factories.decider())
        selection.publish(found, by=office())
    return call, found


def test_a_list_from_budget_to_letter_on_the_pages(tmp_path: Path) -> None:
    desk, decider = person(Role.OFFICE), factories.decider()
    call = factories.call()
    at = f"/office/calls/{call.pk}/selection/"
    assert "State the budget" in text(as_(desk), at)
    assert sends(as_(desk), at, amount_gpu="10000", amount_storage="") == at
    assert "sha256:" in text(as_(desk), at)
    for pair in ((5, 5), (2, 2)):
        factories.reviewed(call, tmp_path, scores=pair)
    with clock.frozen(AFTER):
        sends(as_(desk), f"{at}propose/")
        found = Selection.objects.get()
        page = text(as_(desk), at)
        assert "Below the quality line" in page
        assert "2,000 GPU-h" in page
        line = found.lines.get(facts__raw=500)
        there = f"/office/selection-lines/{line.pk}/"
        refused = as_(decider).post(there, {"outcome": "rejected", "reason": ""}).content.decode()
        assert "Say why this differs from the rule." in refused
        wish = {
            "outcome": "awarded",
            "awarded_gpu": "1500",
            "awarded_storage": "500",
            "reason": "A test showed it.",
        }
        sends(as_(decider), there, **wish)
        sends(as_(decider), f"/office/selections/{found.pk}/confirm/")
        assert "1,500 GPU-h" in text(as_(desk), at)
        assert Application.objects.filter(state="awarded").count() == 0
        sends(as_(desk), f"/office/selections/{found.pk}/publish/")
    letter = Decision.objects.get(outcome="awarded")
    applicant = as_(letter.application.applicant)
    assert "A test showed it." in text(applicant, f"/applications/{letter.application_id}/letter/")
    pdf = applicant.get(f"/applications/{letter.application_id}/letter.pdf")
    assert (pdf.headers["Content-Type"], pdf.content[:5]) == ("application/pdf", b"%PDF-")
    assert "How it was decided" in text(Client(), f"/calls/{call.pk}/")
    shown = text(Client(), f"/calls/{call.pk}/selection/")
    assert "1,500 GPU-h, 500 GB (a person decided otherwise than the rule)" in shown
    assert letter.application.organisation.name not in shown
    assert letter.application.reference not in shown


def test_before_it_is_published_nothing_of_a_list_is_public(tmp_path: Path) -> None:
    call = judged_call(tmp_path, (5, 5))
    with clock.frozen(AFTER):
        found = selection.propose(call, by=office())
    close = office()
    join(close, call.applications.get().organisation, by=INSTALLER)
    for viewer in (Client(), as_(call.applications.get().applicant), as_(factories.reviewer())):
        assert viewer.get(f"/calls/{call.pk}/selection/").status_code == 404
        assert viewer.get(f"/selections/{found.pk}/inputs.json").status_code == 404
        assert viewer.get(f"/api/v1/selections/{found.pk}/inputs").status_code == 404
    near = as_(User.objects.get(pk=close.pk))
    assert near.get(f"/selections/{found.pk}/inputs.json").status_code == 403
    page = text(near, f"/office/calls/{call.pk}/selection/")
    assert "You have a conflict of interest in this call" in page
    assert call.applications.get().reference not in page
    assert as_(office()).get(f"/selections/{found.pk}/inputs.json").status_code == 200


def test_a_list_by_script_and_its_replay_by_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    desk, decider = Script(person(Role.OFFICE)), Script(factories.decider())
    call = factories.call()
    told = desk.put(f"/budgets/{call.pk}", {"amounts": {"gpu": 10000}})
    assert told["amounts"] == {"gpu": {"amount": 10000.0, "unit": "GPU-h"}}
    assert Client().get(f"/api/v1/budgets/{call.pk}").json() == told
    for pair in ((5, 4), (3, 4), (1, 1)):
        factories.reviewed(call, tmp_path, scores=pair)
    with clock.frozen(AFTER):
        made = desk.post("/selections", {"call": call.pk}, 201)
        lines = decider.get(f"/selections/{made['id']}/lines?limit=2")
        assert (len(lines["items"]), lines["next"] is None) == (2, False)
        assert "rank" not in lines["items"][0]
        ranked = next(one for one in lines["items"] if one["standing"] == "ranked")
        put = decider.put(f"/selection-lines/{ranked['id']}", {"awarded": {"gpu": 10}, "reason": "To begin."})
        assert (put["final"], put["deviates"]) == ({"gpu": {"amount": 10.0, "unit": "GPU-h"}}, True)
        assert decider.post(f"/selections/{made['id']}/confirm")["decided"] == 2
        desk.post(f"/selections/{made['id']}/set-aside", {"because": ""}, 422)
        assert desk.post(f"/selections/{made['id']}/publish")["state"] == "published"
    everybody = Client()
    files = {part: tmp_path / f"{part}.json" for part in ("inputs", "result")}
    for part, file in files.items():
        file.write_bytes(everybody.get(f"/api/v1/selections/{made['id']}/{part}").content)
    assert everybody.get("/api/v1/selections", {"call": call.pk}).json()["items"][0]["id"] == made["id"]
    run = CliRunner().invoke(
        app, ["replay", "--inputs", str(files["inputs"]), "--result", str(files["result"]), "--json"]
    )
    assert json.loads(run.stdout) == {
        "inputs": made["inputs_digest"],
        "result": made["result_digest"],
        "same": True,
    }

    class Here:
        def get(self, path: str, **query: Any) -> Any:
            return everybody.get(f"/api/v1{path}", query).json()

    monkeypatch.setattr("aifactory.cli.selection.Remote", Here)
    assert json.loads(CliRunner().invoke(app, ["replay", call.pk, "--json"]).stdout)["same"] is True
    pdf = desk.client.get(f"/api/v1/applications/{ranked['application']}/letter.pdf")
    assert pdf.content[:5] == b"%PDF-"


def test_a_replay_that_differs_says_so(tmp_path: Path) -> None:
    given, wrong = tmp_path / "inputs.json", tmp_path / "result.json"
    given.write_text(json.dumps(inputs(12)))
    wrong.write_text("{}")
    run = CliRunner().invoke(app, ["replay", "--inputs", str(given), "--result", str(wrong)])
    assert run.exit_code == 1
    assert "published is" in str(run.exception)
    alone = CliRunner().invoke(
        app, ["replay", "--inputs", str(given), "--out", str(tmp_path / "out.json"), "--json"]
    )
    assert json.loads(alone.stdout)["same"] is None
    assert json.loads((tmp_path / "out.json").read_bytes())["format"] == "aifactory/selection-result/1"
    assert CliRunner().invoke(app, ["replay", "--inputs", str(tmp_path / "none.json")]).exit_code == 2
    assert CliRunner().invoke(app, ["replay"]).exit_code == 1


def test_long_lists_cost_few_queries(
    tmp_path: Path, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    call, found = published(tmp_path, *[(5, 4)] * 3)
    assert HOUR == 3600
    desk = as_(person(Role.OFFICE))
    with django_assert_max_num_queries(5):
        text(Client(), f"/calls/{call.pk}/selection/")
    with django_assert_max_num_queries(6):
        text(desk, f"/office/calls/{call.pk}/selection/")
    with django_assert_max_num_queries(6):
        desk.get(f"/api/v1/selections/{found.pk}/lines")
