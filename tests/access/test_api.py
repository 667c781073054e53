"""The same from a script: API and command line."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from typer.testing import CliRunner

from aifactory.access import actions
from aifactory.access.models import Application
from aifactory.access.modes import folder
from aifactory.cli.modes import app as modes_app
from aifactory.people.actions import issue_token
from aifactory.people.models import Role, User
from tests.access import factories
from tests.access.factories import OFFICE
from tests.people.factories import person

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("store", "during")]


class Script:
    """Speaks JSON with a token."""

    def __init__(self, user: User) -> None:
        self.client = Client(headers={"authorization": f"Bearer {issue_token(user, label='test')[1]}"})

    def get(self, path: str, status: int = 200) -> Any:
        return self._read(self.client.get(f"/api/v1{path}"), status)

    def post(self, path: str, body: Any = None, status: int = 200) -> Any:
        return self._read(self.client.post(f"/api/v1{path}", body, "application/json"), status)

    def put(self, path: str, body: Any, status: int = 200) -> Any:
        return self._read(self.client.put(f"/api/v1{path}", body, "application/json"), status)

    @staticmethod
    def _read(answer: Any, status: int) -> Any:
        assert answer.status_code == status, answer.content
        return answer.json()


def test_from_call_to_letter_by_script() -> None:
    office, applicant = Script(person(Role.OFFICE)), person(organisation=factories.company())
    wish = {"mode": "regional-v1", "title": {"en": "Spring", "nl": "Lente"}}
    moments = {"opens_at": "2027-02-01T09:00:00+01:00", "cut_off_at": "2027-03-01T10:00:00+01:00"}
    call = office.post("/calls", wish | moments, 201)["id"]
    office.post(f"/calls/{call}/open")
    script = Script(applicant)
    place = applicant.memberships.get().organisation_id
    made = script.post("/applications", {"call": call, "organisation": place, "title": "Rot"}, 201)
    path = f"/applications/{made['id']}"
    draft = script.put(f"{path}/answers", {"answers": factories.REGIONAL_ANSWERS})
    assert draft["requested"] == {
        "gpu": {"amount": 2000.0, "unit": "GPU-h"},
        "core": {"amount": 0.0, "unit": "core-h"},
        "storage": {"amount": 500.0, "unit": "GB"},
        "advice": {"amount": 8.0, "unit": "adviser-h"},
    }
    assert [m["field"] for m in draft["missing"]] == ["work_plan"]
    refused = script.post(f"{path}/submit", status=422)
    assert refused["errors"] == [
        {"field": "work_plan", "detail": "Add this document.", "rule": "required_file"}
    ]
    file = SimpleUploadedFile("plan.pdf", factories.PDF, "application/pdf")
    sent = script.client.post(f"/api/v1{path}/attachments/work_plan", {"file": file})
    assert (sent.status_code, sent.json()["slot"]) == (201, "work_plan")
    factories.assess(Application.objects.get())
    assert script.post(f"{path}/submit")["state"] == "submitted"
    assert script.post(f"{path}/submit")["due_at"] == "2027-04-14T21:59:59.000000Z"
    late = script.put(f"{path}/answers", {"answers": {"need": "x"}}, 409)
    assert late["type"] == "urn:aifactory:problem:AlreadySubmitted"
    assert office.post(f"{path}/eligibility")["passed"] is True
    reviewers = [factories.reviewer(), factories.reviewer()]
    office.post(f"{path}/reviewers", {})
    ids = ("value", "approach", "feasibility")
    for reviewer in reviewers:
        theirs = Script(reviewer)
        review = theirs.get("/reviews")["items"][0]["id"]
        theirs.post(f"/reviews/{review}/statement")
        given = {"scores": dict.fromkeys(ids, 4), "reasons": dict.fromkeys(ids, "Sound.")}
        assert theirs.post(f"/reviews/{review}/submit", given)["state"] == "submitted"
    verdict = {"awarded": {"gpu": "1500"}, "reasons": "Sound."}
    refused = Script(factories.decider(mandate=False)).post(f"{path}/decision", verdict, 403)
    assert refused["type"] == "urn:aifactory:problem:NoMandate"
    decided = Script(factories.decider()).post(f"{path}/decision", verdict, 201)
    assert decided["awarded"] == {"gpu": {"amount": 1500.0, "unit": "GPU-h"}}
    assert script.get(f"{path}/letter")["subject"].endswith("is granted")


def test_the_public_reads_calls_and_modes_and_nothing_else(tmp_path: Path) -> None:
    call = factories.call()
    application = factories.submitted(call, tmp_path)
    public = Client()
    assert [item["id"] for item in public.get("/api/v1/calls").json()["items"]] == [call.pk]
    assert public.get(f"/api/v1/calls/{call.pk}").json()["mode_content"]["id"] == "regional"
    assert len(public.get("/api/v1/modes").json()) == 5
    assert public.get("/api/v1/modes/regional-v1").json()["id"] == "regional"
    assert public.get("/api/v1/modes/..%2Fsecret").status_code == 404
    assert public.get(f"/api/v1/applications/{application.pk}").status_code == 401
    stranger = Script(person())
    stranger.get(f"/applications/{application.pk}", 404)
    stranger.post(f"/applications/{application.pk}/decision", {"reasons": "x"}, 404)
    stranger.post(f"/calls/{call.pk}/close", status=403)
    office = Script(person(Role.OFFICE))
    office.post(f"/applications/{application.pk}/reviewers", {"reviewers": [application.applicant_id]}, 409)


@pytest.mark.parametrize(
    ("awarded", "status"),
    [
        ({"gpu": "NaN"}, 422),
        ({"gpu": "1e99999"}, 422),
        ({"gpu": -1}, 422),
        ({"gold": 1}, 422),
        ({"gpu": "2000.001"}, 422),
        ({"gpu": "2000"}, 201),
    ],
)
def test_odd_amounts_award_nothing(tmp_path: Path, awarded: dict[str, Any], status: int) -> None:
    application = factories.reviewed(factories.call(), tmp_path)
    body = {"awarded": awarded, "reasons": "Good."}
    Script(factories.decider()).post(f"/applications/{application.pk}/decision", body, status)


def test_a_call_needs_words_and_time_zones() -> None:
    office = Script(person(Role.OFFICE))
    wish = {"mode": "regional-v1", "title": {"en": " ", "nl": "x"}, "opens_at": "2027-02-01T09:00:00"}
    refused = office.post("/calls", wish, 422)
    assert [e["field"] for e in refused["errors"]] == ["body.title.en", "body.opens_at"]
    office.post(
        "/calls",
        wish | {"mode": "../x", "title": {"en": "x", "nl": "x"}, "opens_at": "2027-02-01T09:00Z"},
        404,
    )


@pytest.mark.parametrize("count", [1, 4])
def test_the_list_costs_the_same_for_many(tmp_path: Path, count: int, django_assert_num_queries: Any) -> None:
    call, applicant = factories.call(), person(organisation=factories.company())
    for _ in range(count):
        actions.judge_eligibility(factories.submitted(call, tmp_path, by=applicant), by=OFFICE)
    script = Script(applicant)
    with django_assert_num_queries(3):
        assert len(script.get("/applications")["items"]) == count


def test_modes_are_checked_from_the_command_line(tmp_path: Path) -> None:
    run = CliRunner()
    good = run.invoke(modes_app, ["check", *map(str, sorted(folder().glob("*.toml")))])
    assert (good.exit_code, good.output.count("is good")) == (0, 5)
    bad = tmp_path / "regional-v1.toml"
    bad.write_text(
        (folder() / "regional-v1.toml").read_text().replace("working_days = 30", "working_days = 0")
    )
    told = run.invoke(modes_app, ["check", str(bad), "--json"])
    problem = json.loads(told.stdout)["problems"][0]
    line = next(n for n, words in enumerate(bad.read_text().splitlines(), 1) if "working_days = 0" in words)
    assert (told.exit_code, problem["file"], problem["line"]) == (1, "regional-v1.toml", line)
