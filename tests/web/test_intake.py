"""Files that are sent in parts and the key of a dataset, on pages, over the API and from the command."""

import hashlib
import json

import pytest
from typer.testing import CliRunner

from aifactory.cli import assemble
from aifactory.datasets import actions as datasets
from aifactory.datasets.intake import actions
from aifactory.datasets.intake.models import SentFile
from aifactory.datasets.vault.models import DataKey
from aifactory.kit.sealed import SEGMENT, sealed_size
from aifactory.people.models import Role
from tests.datasets import factories as make
from tests.people.factories import person

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("store")]
DATA = b"n\n" + b"12345678\n" * 20_000
ANNOUNCED = {"name": "table.csv", "size": len(DATA), "digest": "sha256:" + hashlib.sha256(DATA).hexdigest()}


@pytest.fixture(autouse=True)
def small_parts(monkeypatch):
    monkeypatch.setattr(actions, "PART", 2 * SEGMENT)


@pytest.fixture
def version():
    dataset = make.dataset(access="public", contains_personal_data=False)
    return datasets.new_version(dataset, by=dataset.steward)


def begun(version) -> SentFile:
    sent = actions.begin(version, by=version.dataset.steward, **ANNOUNCED)
    actions.put_part(sent, 1, [DATA[: 2 * SEGMENT]], by=sent.sender)
    return sent


def test_the_page_of_a_version_shows_what_is_being_sent_and_lets_it_be_given_up(client, version, told):
    sent = begun(version)
    client.force_login(sent.sender)
    page = told(client.get(f"/datasets/versions/{version.pk}/"))
    assert "table.csv 180 kB 1 of 2 parts Being sent Give it up" in page
    assert f"aifactory datasets upload {version.dataset_id} FILE --version {version.pk}" in page
    after = client.post(f"/datasets/sent-files/{sent.pk}/give-up/", follow=True)
    assert "The parts of this file are forgotten." in told(after)
    assert "Sent in parts" not in told(after)
    sent.refresh_from_db()
    assert sent.state == "abandoned"


def test_strangers_find_nothing_that_is_being_sent(client, version):
    sent = begun(version)
    client.force_login(person())
    assert client.post(f"/datasets/sent-files/{sent.pk}/give-up/").status_code == 404
    assert client.get(f"/api/v1/sent-files/{sent.pk}").status_code == 404


def test_the_way_of_a_file_over_the_api(client, version, django_assert_num_queries):
    client.force_login(version.dataset.steward)

    def ask(method, path, body=None, kind="application/json"):
        content = body if isinstance(body, bytes) else json.dumps(body or {})
        answer = client.generic(method, f"/api/v1{path}", content, kind)
        return answer.status_code, answer.json()

    status, sent = ask("POST", f"/dataset-versions/{version.pk}/sent-files", ANNOUNCED)
    assert (status, sent["parts"], sent["arrived"], sent["seal"]) == (201, 2, [], None)
    place = f"/sent-files/{sent['id']}"
    assert ask("POST", f"{place}/parts/1/address") == (200, {"address": None})
    parts = DATA[: 2 * SEGMENT], DATA[2 * SEGMENT :]
    for number, part in enumerate(parts, 1):
        told = {"number": number, "size": len(part), "tag": hashlib.md5(part).hexdigest()}
        assert ask("PUT", f"{place}/parts/{number}", part, "application/octet-stream") == (200, told)
    status, refused = ask("PUT", f"{place}/parts/3", b"x", "application/octet-stream")
    assert (status, refused["detail"]) == (409, "Parts are numbered from 1 to 2.")
    assert ask("POST", f"{place}/finish")[1]["state"] == "checking"
    with django_assert_num_queries(5):
        listed = client.get(f"/api/v1/dataset-versions/{version.pk}/sent-files").json()
    assert [(item["id"], item["state"]) for item in listed["items"]] == [(sent["id"], "checking")]
    assert actions.take_in_sent() == 1
    assert ask("GET", place)[1]["state"] == "kept"
    (file,) = ask("GET", f"/dataset-versions/{version.pk}")[1]["files"]
    manifest = ask("GET", f"/dataset-versions/{version.pk}/manifest")[1]["files"]
    assert [(f["path"], f["blake3"], len(f["groups"])) for f in manifest] == [
        ("table.csv", file["blake3"], 3)
    ]


def test_the_sender_of_restricted_data_is_told_how_to_seal_it_and_nobody_else_is(client):
    dataset = make.dataset()
    sent = actions.begin(datasets.new_version(dataset, by=dataset.steward), by=dataset.steward, **ANNOUNCED)
    seals = []
    for who in (sent.sender, make.steward(dataset.holder), person(Role.OFFICE)):
        client.force_login(who)
        seals.append(client.get(f"/api/v1/sent-files/{sent.pk}").json()["seal"])
    assert (seals[0]["segment"], len(seals[0]["key"]), seals[1:]) == (65_536, 44, [None, None])
    assert actions.stored_size(sent, 2) == sealed_size(len(DATA) - 2 * SEGMENT)


def test_the_manifest_is_for_who_may_know_the_files(client):
    dataset = make.published()
    address = f"/api/v1/dataset-versions/{dataset.versions.get().pk}/manifest"
    assert client.get(address).status_code == 404
    client.force_login(dataset.steward)
    assert client.get(address).json()["schema"] == "aifactory/manifest/2"


def test_a_key_is_destroyed_on_its_page_after_the_dataset_is_withdrawn(client, told):
    dataset = make.published()
    client.force_login(dataset.steward)
    assert "Destroy the key" not in told(client.get(f"/datasets/{dataset.pk}/"))
    assert "The files are sealed with a key" in told(client.get(f"/datasets/{dataset.pk}/"))
    early = client.post(f"/datasets/{dataset.pk}/destroy-key/", {"reason": "The study is over."})
    assert "Withdraw the dataset first" in told(early)
    datasets.withdraw_dataset(dataset, by=dataset.steward, reason="The study is over.")
    assert "Destroy the key" in told(client.get(f"/datasets/{dataset.pk}/"))
    assert "This can't be undone." in told(client.get(f"/datasets/{dataset.pk}/destroy-key/"))
    done = client.post(f"/datasets/{dataset.pk}/destroy-key/", {"reason": "The study is over."}, follow=True)
    assert "Nobody can read this data any more. " in told(done)
    assert DataKey.objects.get().state == "destroyed"
    (file,) = dataset.versions.get().files.all()
    assert client.get(f"/datasets/files/{file.pk}/").status_code == 410
    client.force_login(person())
    assert client.get(f"/datasets/{dataset.pk}/destroy-key/").status_code == 404


def test_the_commands_speak_of_keys_and_of_what_is_sent(live_remote):
    dataset = make.published()
    live_remote(dataset.steward)

    def run(*words):
        done = CliRunner().invoke(assemble(), ["datasets", *words])
        return done.exit_code, json.loads(done.output) if done.exit_code == 0 else done.exception

    version = dataset.versions.get()
    assert run("key", dataset.pk, "--json")[1]["state"] == "held"
    assert run("manifest", version.pk)[1] == version.manifest()
    draft = datasets.new_version(dataset, by=dataset.steward)
    sent = actions.begin(draft, by=dataset.steward, **ANNOUNCED)
    assert [item["path"] for item in run("sent", draft.pk, "--json")[1]["items"]] == ["table.csv"]
    assert run("give-up", sent.pk, "--json")[1]["state"] == "abandoned"
    assert "Withdraw the dataset first" in str(
        run("destroy-key", dataset.pk, "The study is over.", "--json")[1]
    )
    datasets.withdraw_dataset(dataset, by=dataset.steward, reason="The study is over.")
    assert run("destroy-key", dataset.pk, "The study is over.", "--json")[1]["state"] == "destroyed"


def test_who_added_the_files_is_told_that_another_steward_publishes(client, told, settings):
    settings.SECOND_STEWARD = True
    dataset = make.dataset()
    version = datasets.new_version(dataset, by=dataset.steward)
    datasets.add_file(version, [make.CSV], by=dataset.steward, name="cells.csv")
    version.refresh_from_db()
    datasets.inspect_version(version, by=dataset.steward)
    for who, waits in ((dataset.steward, True), (make.steward(dataset.holder), False)):
        client.force_login(who)
        page = told(client.get(f"/datasets/versions/{version.pk}/"))
        assert ("another steward of the holder reads what was found" in page) is waits
        assert ("Publish this version" in page) is not waits
