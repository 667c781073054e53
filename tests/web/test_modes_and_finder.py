"""Route, estimate, modes, lanes and decision times: as pages, by API and on the command line."""

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from typer.testing import CliRunner

from aifactory.access import actions, modes
from aifactory.access.lanes.actions import allow_out_of_turn
from aifactory.access.modes.models import ModeVersion
from aifactory.adapters.object_store.folder import FolderStore
from aifactory.audit.sealing import seal_all
from aifactory.cli import calls as calls_cli
from aifactory.cli import estimate as estimate_cli
from aifactory.cli import modes as modes_cli
from aifactory.kit import clock
from aifactory.people.actions import issue_token
from aifactory.people.models import Role, User
from aifactory.ports.object_store import ObjectStore
from aifactory.ports.registry import provide
from tests.access import factories
from tests.access.factories import DURING
from tests.people.factories import person

pytestmark = pytest.mark.django_db
Told = Callable[[Any], str]
ROUTE = {
    "who": "sme",
    "place": "here",
    "goal": "try",
    "data": "personal",
    "size": "small",
    "hurry": "days",
    "experience": "none",
    "project": "no",
}
NEXT = (
    (modes.folder() / "playground-v1.toml")
    .read_text()
    .replace("version = 1", "version = 2", 1)
    .replace('en = "Playground"', 'en = "Sandbox"', 1)
)


@pytest.fixture(autouse=True)
def _during(tmp_path: Path) -> Iterator[None]:
    provide(ObjectStore, FolderStore(tmp_path / "objects"))
    with clock.frozen(DURING):
        yield


def as_(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def api(user: User | None = None) -> Callable[..., Any]:
    client = (
        Client(headers={"Authorization": f"Bearer {issue_token(user, label='t')[1]}"}) if user else Client()
    )

    def ask(method: str, path: str, status: int = 200, body: Any = None, **query: Any) -> Any:
        send = getattr(client, method)
        if method == "get":
            answer = send(f"/api/v1{path}", query)
        else:
            answer = send(f"/api/v1{path}", json.dumps(body or {}), content_type="application/json")
        assert answer.status_code == status, answer.content
        return answer.json()

    return ask


# ---- the route finder and the estimator --------------------------------------------


def test_a_newcomer_finds_the_way_without_signing_in(told: Told) -> None:
    call = factories.call("playground-v1")
    assert "Eight plain questions." in told(Client().get("/route/"))
    answer = Client().get("/route/", ROUTE)
    words = told(answer)
    for sentence in (
        "1 way to apply fits your answers.",
        "You hear within 2 working days after you submit",
        "It grants 10 to 5,000 GPU-hours.",
        "With data about people the GDPR asks for a ground",
        "It asks for experience with a supercomputer.",
    ):
        assert sentence in words
    page = answer.content.decode()
    assert (f"/calls/{call.pk}/" in page, '<a class="nl-link" href="/services/#law">' in page) == (True, True)
    assert "There is something to correct" in told(Client().get("/route/", ROUTE | {"who": ""}))
    nothing = told(Client().get("/route/", ROUTE | {"who": "student"}))
    assert "No way to apply fits these answers as they are." in nothing
    assert "Ask your supervisor to apply" in nothing


def test_the_route_by_api() -> None:
    assert [q["id"] for q in api()("get", "/finder/questions")] == list(ROUTE)
    found = api()("get", "/finder/route", **ROUTE)
    assert [route["mode"] for route in found["fitting"]] == ["playground-v1"]
    assert found["fitting"][0]["takes"]["documents"] == []
    assert [line["id"] for line in found["services"]] == ["law", "start"]
    wrong = api()("get", "/finder/route", 422, **(ROUTE | {"data": "x"}))
    assert [error["field"] for error in wrong["errors"]] == ["data"]


def test_an_estimate_on_the_page_and_by_api(told: Told) -> None:
    asked = {"task": "lora", "parameters": "7", "tokens": "0.04", "passes": "3", "data_gb": "2"}
    assert "Say what you want to run." in told(Client().get("/estimate/"))
    words = told(Client().get("/estimate/", asked))
    assert "A job on 1 GCD is billed as 8: 8 times what it uses" in words
    assert "SBU" in words
    missing = told(Client().get("/estimate/", {"task": "lora", "parameters": "7"}))
    assert "This kind of work needs this figure." in missing
    assert "Core-hours" in told(Client().get("/estimate/", {"task": "classical", "rows": "1"}))
    found = api()("get", "/finder/estimate", **asked)
    whole = found["partitions"][0]
    assert (whole["partition"], whole["one_job"]["times"], whole["unit"]) == (
        "lumi_standard_g",
        8.0,
        "LUMI GPU-h",
    )
    assert whole["billed"] == {
        "gpu_hours": {"low": 55.7, "high": 162.0},
        "node_hours": {"low": 13.9, "high": 40.6},
        "units": {"low": 55.7, "high": 162.0},
    }
    assert api()("get", "/finder/estimate", 422, task="lora")["errors"][0]["field"] == "parameters"


def test_what_one_job_is_billed_on_the_page_and_by_api(told: Told) -> None:
    words = told(Client().get("/estimate/job/", {"devices": "1", "hours": "10", "cores": "16"}))
    assert "whole nodes are billed: 8 GCD each" in words
    assert "8 cores come with one GCD, and it asks for more" in words
    assert "at least one GPU" in told(Client().get("/estimate/job/", {"devices": "0", "hours": "1"}))
    assert "MareNostrum 5 ACC" in told(Client().get("/estimate/partitions/"))
    found = api()("get", "/partitions/snellius_h100/bill", devices=2, hours="0.5", cores=33)
    assert found == {
        "partition": "snellius_h100",
        "devices": 2,
        "cores": 33,
        "memory_gb": 0,
        "hours": 0.5,
        "billed_devices": 3,
        "decided_by": "cores",
        "times": 1.5,
        "gpu_hours": 1.5,
        "node_hours": 0.375,
        "units": 288.0,
        "unit": "SBU",
    }
    assert len(api()("get", "/partitions")) == 6
    api()("get", "/partitions/nowhere/bill", 404)
    api()("get", "/partitions/snellius_h100/bill", 422, devices=0)


# ---- modes -------------------------------------------------------------------------


def test_everybody_reads_modes_with_dates_quotas_and_where_they_come_from(told: Told) -> None:
    assert "Fast Lane" in told(Client().get("/modes/"))
    words = told(Client().get("/modes/large_scale-v1/"))
    for sentence in (
        "Where these rules come from",
        "5 March 2027, 10:00 19 March 2027, 23:59 30 April 2027",
        "at most 2,400,000 GPU-hours for one award, billed in SBU".replace("SBU", "node-h"),
        "More than 1,000,000 GPU-hours 25 %",
        "3,000,000 GPU-h 0 GPU-h 0 GPU-h 3,000,000 GPU-h",
        "A technical check: can the work run here as it is planned? Does the work fit the partition",
        "Law and ethics: a person weighs your answers.",
        "You do not see who reviews. You read their reviews once the decision is published.",
        "Without it, new applications of the whole organisation may be refused.",
    ):
        assert sentence in words, sentence
    regional = told(Client().get("/modes/regional-v1/"))
    assert "What is looked at before an award" not in regional
    assert "Prices For one of EUR GPU-hours 2.50 core-hours 0.02 GB of storage 0.10" in regional
    file = Client().get("/modes/large_scale-v1/file/")
    assert file.content == (modes.folder() / "large_scale-v1.toml").read_bytes()
    assert Client().get("/modes/none-v1/").status_code == 404


def test_the_office_writes_previews_and_adopts_a_mode(told: Told) -> None:
    office = as_(person(Role.OFFICE))
    assert Client().get("/modes/write/").status_code == 302
    assert as_(person(Role.APPLICANT)).get("/modes/write/").status_code == 403
    assert "version = 1" in office.get("/modes/write/?from=playground-v1").content.decode()
    wrong = office.post("/modes/write/", {"text": NEXT.replace("months = 3", 'months = "x"')})
    page = told(office.get(wrong.headers["Location"]))
    assert "Wrong 6 months: Input should be a valid integer" in page
    assert "Adopt as the next version" not in page
    upload = SimpleUploadedFile("playground-v2.toml", NEXT.encode())
    kept = office.post(wrong.headers["Location"], {"file": upload, "text": "ignored"})
    page = told(office.get(kept.headers["Location"]))
    for sentence in (
        "The check has no remarks.",
        "What do you want to try?",
        "Your application PLA-2027-000000 is granted",
        "Adopt as the next version",
    ):
        assert sentence in page, sentence
    adopted = office.post(f"{kept.headers['Location']}adopt/")
    assert adopted.headers["Location"] == "/modes/playground-v2/"
    assert "Sandbox" in told(Client().get("/modes/playground-v2/"))
    assert "playground-v2" in office.get("/calls/new/").content.decode()
    again = office.post("/modes/write/", {"text": NEXT})
    refused = office.post(f"{again.headers['Location']}adopt/", follow=True)
    assert "The next version of playground is 3." in refused.content.decode()
    assert office.post(f"{again.headers['Location']}drop/").headers["Location"] == "/modes/"
    assert sorted(ModeVersion.objects.values_list("state", flat=True)) == ["adopted", "dropped"]


def test_a_mode_is_written_and_adopted_by_api() -> None:
    office = api(person(Role.OFFICE))
    checked = office("post", "/mode-check", body={"text": NEXT})
    assert (checked["mode"]["name"], checked["problems"]) == ("playground-v2", [])
    draft = office("post", "/mode-drafts", 201, body={"text": "id = 1"})
    assert draft["problems"][0]["grave"] is True
    path = f"/mode-drafts/{draft['id']}"
    office("post", f"{path}/adopt", 409)
    assert office("put", path, body={"text": NEXT})["problems"] == []
    assert office("get", path)["text"] == NEXT
    assert office("post", f"{path}/adopt")["state"] == "adopted"
    assert "playground-v2" in [mode["name"] for mode in api()("get", "/modes")]
    assert api()("get", "/modes/playground-v2")["title"]["en"] == "Sandbox"
    assert [row["id"] for row in office("get", "/mode-drafts")] == [draft["id"]]
    api(person(Role.APPLICANT))("post", "/mode-drafts", 403, body={"text": NEXT})
    quotas = api()("get", "/modes/playground-v1/quotas")
    assert [(q["id"], q["ceiling"], q["left"]) for q in quotas] == [
        ("industry", 3_000_000.0, 3_000_000.0),
        ("small_lanes", 1_000_000.0, 1_000_000.0),
    ]
    assert api()("get", "/modes/large_scale-v1/dates")[0]["start"] == "2027-02-22T09:00:00.000000Z"


# ---- lanes and clocks ----------------------------------------------------------------


def test_a_lane_shows_order_and_proof_and_no_name(tmp_path: Path, told: Told) -> None:
    call = factories.call("playground-v1")
    first, second = (factories.eligible(call, tmp_path) for _ in range(2))
    seal_all(settings.LOG_ORIGIN)
    address = f"/calls/{call.pk}/lane/"
    words = told(Client().get(address))
    assert "2 applications wait for their decision." in words
    assert first.reference not in words
    assert first.organisation.name not in words
    assert "contains this leaf" in told(Client().get(f"{address}2/"))
    own = told(as_(second.applicant).get(f"/applications/{second.pk}/"))
    assert "Your place in the lane: 2. 1 application is ahead of you." in own
    assert "2 working days left" in own
    by_api = api()("get", f"/calls/{call.pk}/lane")
    assert [(p["number"], p["standing"]) for p in by_api] == [(1, "waiting"), (2, "waiting")]
    assert api()("get", f"/calls/{call.pk}/lane/1")["proof"]["holds"] is True
    api()("get", f"/calls/{call.pk}/lane/3", 404)
    assert Client().get(f"/calls/{factories.call().pk}/lane/").status_code == 404


def test_out_of_turn_late_and_how_long(tmp_path: Path, told: Told) -> None:
    call = factories.call("playground-v1")
    first, second = (factories.eligible(call, tmp_path) for _ in range(2))
    by = factories.decider()
    page = f"/office/applications/{second.pk}/out-of-turn/"
    assert as_(person(Role.AUDITOR)).get(page).status_code == 403
    assert "1 application came earlier and waits." in told(as_(by).get(page))
    assert as_(by).post(page, {"reason": "The machine closes."}).status_code == 302
    assert api(by)("post", f"/applications/{second.pk}/out-of-turn", body={"reason": "x"})["ahead"] == 1
    assert allow_out_of_turn(second, reason="y", by=by).reason == "The machine closes."
    actions.decide(second, awarded={"gpu": 3600}, reasons="Fits.", by=by)
    with clock.frozen(DURING + timedelta(days=4)):
        words = told(as_(by).get("/office/"))
        assert "1 decision is late." in words
        assert "2 working days late" in words
        late = api(by)("get", "/late-applications")
        assert [(row["id"], row["working_days"]) for row in late] == [(first.pk, -2)]
        api(person(Role.APPLICANT))("get", "/late-applications", 403)
    assert "Playground 1 0 0 100%" in told(Client().get("/decision-times/"))
    assert api()("get", "/decision-times") == [
        {
            "mode": "playground",
            "count": 1,
            "median": 0.0,
            "p90": 0,
            "in_time": 1,
            "share_in_time": 1.0,
        }
    ]


def test_what_is_submitted_keeps_the_form_and_its_digest(tmp_path: Path) -> None:
    application = factories.submitted(factories.call("playground-v1"), tmp_path)
    application.refresh_from_db()
    assert application.form == application.call.mode.form
    assert [step["id"] for step in application.form["steps"]] == ["project", "amounts"]
    assert application.form_digest.startswith("sha256:")


def test_public_pages_cost_few_queries(tmp_path: Path, django_assert_max_num_queries: Any) -> None:
    call = factories.call("playground-v1")
    for _ in range(3):
        factories.eligible(call, tmp_path)
    for address in ("/route/", "/estimate/", "/modes/", "/modes/playground-v1/", "/decision-times/"):
        with django_assert_max_num_queries(6):
            assert Client().get(address).status_code == 200
    with django_assert_max_num_queries(6):
        assert Client().get(f"/calls/{call.pk}/lane/").status_code == 200


# ---- commands --------------------------------------------------------------------------


def test_the_commands(tmp_path: Path, live_remote: Callable[[User | None], None]) -> None:
    run = CliRunner().invoke
    call = factories.call("playground-v1")
    factories.eligible(call, tmp_path)
    live_remote(person(Role.OFFICE))
    for app, words, wanted in (
        (calls_cli.app, ["lane", call.pk, "--json"], '"standing": "waiting"'),
        (calls_cli.app, ["place", call.pk, "1", "--json"], '"number": 1'),
        (calls_cli.app, ["times", "--json"], '"items": []'),
        (calls_cli.app, ["late", "--json"], '"items": []'),
        (modes_cli.app, ["quotas", "playground-v1", "--json"], '"left": 3000000.0'),
        (estimate_cli.app, ["job", "--devices", "1", "--hours", "10", "--json"], '"gpu_hours": 40.0'),
        (estimate_cli.app, ["partitions", "--json"], '"id": "snellius_a100"'),
        (estimate_cli.app, ["needs", "--task", "train", "--parameters", "1"], "You gave no number of tokens"),
    ):
        answer = run(app, words)
        assert answer.exit_code == 0, answer.output
        assert wanted in answer.output, answer.output
    file = tmp_path / "playground-v2.toml"
    file.write_text(NEXT)
    draft = json.loads(run(modes_cli.app, ["write", str(file), "--json"]).output)
    assert json.loads(run(modes_cli.app, ["adopt", draft["id"], "--json"]).output)["name"] == "playground-v2"
    assert json.loads(run(modes_cli.app, ["dates", str(file), "--json"]).output)["items"][0]["due"] == (
        "2027-02-17T23:59:59+01:00"
    )
    file.write_text(NEXT.replace("objection_weeks = 6", "objection_weeks = 2"))
    odd = run(modes_cli.app, ["check", str(file)])
    assert odd.exit_code == 0
    assert "odd: clock.objection_weeks" in odd.output
    assert run(estimate_cli.app, ["needs", "--task", "lora"]).exit_code == 2
    assert run(estimate_cli.app, ["job", "--hours", "many"]).exit_code == 2
