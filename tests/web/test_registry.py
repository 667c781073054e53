"""Pages and routes of models."""

import json

import pytest
from typer.testing import CliRunner

from aifactory.cli.models import app as cli
from aifactory.people.models import Role
from aifactory.registry import actions
from aifactory.registry.models import ModelVersion
from tests.people.factories import person
from tests.registry import factories as make

EVIL = "<script>alert('x')</script>"


def test_everyone_reads_the_list(client, plant, tmp_path, django_assert_num_queries):
    version = make.released(plant, tmp_path)
    make.registered(plant, name="Second try")
    with django_assert_num_queries(1):
        page = client.get("/models/").content.decode()
    assert page.count('href="/models/mov_') == 1
    assert f'<a class="nl-link" href="/models/{version.pk}/">Tumour finder</a>' in page


def test_a_stranger_reads_the_card_without_the_columns(
    client, plant, tmp_path, told, django_assert_num_queries
):
    version = make.released(plant, tmp_path)
    with django_assert_num_queries(4):
        page = client.get(f"/models/{version.pk}/")
    words = told(page)
    for said in (
        "Supports a doctor's judgement.",
        "Measured on one table.",
        "The simpler model is released.",
        "logistic regression (this model) 0.9921 0.96 0.97 – 0.999",
        "Not under the AI Act",
        "Signature holds",
        "Simulated: no real machine was used",
        "No reading",
    ):
        assert said in words
    assert "What it looks at" not in words
    assert "radius" not in page.content.decode()
    assert "Release this model" not in words


def test_the_project_reads_the_columns_too(client, plant, tmp_path, told):
    version = make.released(plant, tmp_path)
    client.force_login(plant.user)
    assert "radius number 8.5 – 22.1" in told(client.get(f"/models/{version.pk}/"))


def test_a_candidate_is_hidden_from_strangers(client, plant):
    version = make.registered(plant)
    paths = ("", "provenance.dsse.json", "card.json")
    assert [client.get(f"/models/{version.pk}/{path}").status_code for path in paths] == [404, 404, 404]


def test_a_run_becomes_a_model(client, plant):
    attempt = make.trained(plant)
    client.force_login(plant.user)
    address = f"/attempts/{attempt.pk}/register/"
    wrong = client.post(address, {"name": "", "intended_use": "x"}).content.decode()
    assert '<a href="#id_name">Name of the model: This field is required.</a>' in wrong
    answer = client.post(address, {"name": "Finder", "intended_use": "To help."})
    version = ModelVersion.objects.get()
    assert (answer.status_code, answer.url) == (302, f"/models/{version.pk}/")
    assert (version.model.name, version.model.intended_use, version.state) == (
        "Finder",
        "To help.",
        "candidate",
    )
    assert client.get(address).url == f"/models/{version.pk}/"


def test_an_overseer_registers_nothing(client, plant):
    attempt = make.trained(plant)
    client.force_login(person(Role.OFFICE))
    assert client.get(f"/attempts/{attempt.pk}/register/").status_code == 403
    assert (
        client.post(f"/attempts/{attempt.pk}/register/", {"name": "x", "intended_use": "y"}).status_code
        == 403
    )
    assert ModelVersion.objects.count() == 0


def test_what_the_gate_finds_is_listed(client, plant, told):
    version = make.registered(plant, files={"metrics.json": {"auc": 0.9}})
    client.force_login(plant.user)
    words = told(client.get(f"/models/{version.pk}/"))
    assert "card.limits : The model card does not say this yet. (model card)" in words
    assert "card.law : The model card does not say this yet. (model card)" in words
    assert "Release this model" not in words
    refused = client.post(f"/models/{version.pk}/release/")
    assert (refused.status_code, "This model can't be released yet." in told(refused)) == (422, True)


def test_release_and_withdraw_are_buttons_of_the_project(client, plant, tmp_path):
    make.lawful(plant.project, tmp_path)
    version = make.registered(plant)
    client.force_login(person(Role.AUDITOR))
    assert client.post(f"/models/{version.pk}/release/").status_code == 403
    client.force_login(plant.user)
    assert client.post(f"/models/{version.pk}/release/").url == f"/models/{version.pk}/"
    version.refresh_from_db()
    assert version.state == "released"
    client.post(f"/models/{version.pk}/withdraw/")
    version.refresh_from_db()
    assert version.state == "withdrawn"


def test_downloads_are_what_is_stored(client, plant, tmp_path):
    version = make.released(plant, tmp_path)
    signed = client.get(f"/models/{version.pk}/provenance.dsse.json")
    assert signed.content.decode() == version.provenance
    assert signed["Content-Disposition"] == f'attachment; filename="{version.pk}.dsse.json"'
    card = client.get(f"/models/{version.pk}/card.json").json()
    assert (card["intended_use"], card["parameters"]) == ("Supports a doctor's judgement.", {})


def test_what_a_job_or_a_person_writes_is_escaped(client, plant):
    files = {
        "metrics.json": make.METRICS
        | {"verdict": {"en": EVIL, "nl": EVIL}, "test": {EVIL: make.METRICS["test"]["majority"]}},  # type: ignore[index]
        "model_facts.json": {"limits": [EVIL], "features": [{"name": EVIL, "usual_low": 1, "usual_high": 2}]},
        "roc.json": {"curves": [{"family": EVIL, "points": [[0, 0], [1, 1]]}]},
    }  # fmt: skip
    version = actions.register(make.trained(plant, files), by=plant.user, name=EVIL, intended_use=EVIL)
    client.force_login(plant.user)
    for address in (f"/models/{version.pk}/", "/models/", f"/projects/{plant.project.pk}/", "/desk/"):
        page = client.get(address)
        assert (page.status_code, EVIL in page.content.decode()) == (200, False)


@pytest.mark.parametrize(
    "metrics", [{"format": "aifactory-classifier-metrics/1", "verdict": 3}, {"mae": 3.25}, {"format": ["x"]}]
)
def test_odd_metrics_break_no_page(client, plant, metrics):
    facts = {"limits": {"a": 1}, "features": 3}
    version = make.registered(plant, files={"metrics.json": metrics, "model_facts.json": facts})
    client.force_login(plant.user)
    assert client.get(f"/models/{version.pk}/").status_code == 200


def test_the_api_does_the_same(client, plant, tmp_path):
    make.lawful(plant.project, tmp_path)
    attempt = make.trained(plant)
    wish = {"attempt": attempt.pk, "name": "Finder", "intended_use": "To help."}
    assert client.post("/api/v1/models", wish, content_type="application/json").status_code == 401
    client.force_login(plant.user)
    made = client.post("/api/v1/models", wish, content_type="application/json")
    version = made.json()
    assert (made.status_code, version["state"], version["card"]["parameters"]["target"]) == (
        201,
        "candidate",
        "malignant",
    )
    assert client.post(f"/api/v1/models/{version['id']}/release").json()["state"] == "released"
    client.logout()
    assert [item["id"] for item in client.get("/api/v1/models").json()["items"]] == [version["id"]]
    assert client.get(f"/api/v1/models/{version['id']}").json()["card"]["parameters"] == {}


def test_the_command_registers_and_says_what_is_missing(plant, live_remote):
    attempt = make.trained(plant, {"metrics.json": {"auc": 0.9}})
    live_remote(plant.user)
    done = CliRunner().invoke(
        cli, ["register", attempt.pk, "--name", "Finder", "--use", "To help.", "--json"]
    )
    version = json.loads(done.output)["id"]
    refused = CliRunner().invoke(cli, ["release", version])
    assert [error.field for error in refused.exception.errors] == ["card.limits", "card.law"]  # type: ignore[union-attr]
    done = CliRunner().invoke(cli, ["provenance", version])
    assert json.loads(done.output) == json.loads(ModelVersion.objects.get().provenance)
