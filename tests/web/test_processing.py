"""Pages, routes and commands of personal data, erasure and the trust card."""

import json

import pytest
from typer.testing import CliRunner

from aifactory.cli.datasets import app as datasets_cli
from aifactory.cli.processing import app as cli
from aifactory.datasets import actions as datasets
from aifactory.datasets.erasure import actions
from aifactory.datasets.erasure.models import Erasure
from aifactory.datasets.models import Dataset
from aifactory.datasets.processing.queries import said_of
from aifactory.people.models import Role
from tests.datasets import factories as make
from tests.people.factories import organisation, person

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("store")]
PERSONAL = {f"personal-{name}": value for name, value in make.PERSONAL.items()}
FACTS = {
    "title": "Cells", "description": "Measured by us.", "theme": "health", "access": "restricted",
    "licence": "agreement", "contains_personal_data": "on",
}  # fmt: skip


def test_a_steward_says_on_the_description_what_the_law_asks(client, told):
    user = make.steward()
    client.force_login(user)
    holder = {"holder": make.holder_of(user).pk}
    wrong = client.post("/datasets/new/", FACTS | holder | PERSONAL | {"personal-privacy_contact": "me"})
    assert 'href="#id_personal-privacy_contact"' in wrong.content.decode()
    assert not Dataset.objects.exists()
    assert client.post("/datasets/new/", FACTS | holder | PERSONAL).status_code == 302
    dataset = Dataset.objects.get()
    assert said_of(dataset).document() == make.PERSONAL
    page = told(client.get(f"/datasets/{dataset.pk}/"))
    assert "Legal ground A public task (e)" in page
    assert "Kept until 31 December 2099" in page
    client.post(
        f"/datasets/{dataset.pk}/edit/", FACTS | PERSONAL | {"personal-basis": "", "personal-law": ""}
    )
    missing = told(client.get(f"/datasets/{dataset.pk}/personal-data/"))
    assert "Say on which legal ground it may be used. Art. 6(1)" in missing
    make.version(dataset)
    refused = client.post(f"/datasets/{dataset.pk}/publish/")
    assert (refused.status_code, "Say on which legal ground" in told(refused)) == (409, True)
    assert client.post(f"/datasets/{dataset.pk}/personal-data/", make.PERSONAL | PERSONAL).status_code == 302
    assert client.post(f"/datasets/{dataset.pk}/publish/").status_code == 302
    client.force_login(person(Role.STEWARD, organisation=organisation()))
    assert client.get(f"/datasets/{dataset.pk}/personal-data/").status_code == 403


def test_the_record_is_read_on_a_page_and_taken_as_a_file(client, told, django_assert_num_queries):
    dataset = make.published()
    agreement = make.in_force(make.offer(dataset))
    for _ in range(2):
        make.in_force(make.offer(dataset))
    client.force_login(person(Role.OFFICE))
    with django_assert_num_queries(5):
        page = told(client.get("/processing/"))
    assert page.count("Ziekenhuis De Linde") == 3
    assert f"Who processes {agreement.organisation.name} (NL)" in page
    assert "Uses none yet" in page
    with django_assert_num_queries(6):
        kept = told(client.get("/processing/?kind=store"))
    assert "Keeping it, to let others use it under agreements" in kept
    sheet = b"".join(client.get("/processing/register.csv").streaming_content).decode()
    assert len(sheet.splitlines()) == 5
    nl = told(client.get("/processing/", headers={"accept-language": "nl"}))
    assert "Patiënten" in nl
    client.force_login(person(organisation=organisation()))
    assert "Nothing here yet" in told(client.get("/processing/"))


def test_a_request_goes_its_whole_way_on_pages(client, told):
    dataset = make.published()
    agreement = make.in_force(make.offer(dataset, actions=["analyse", "download"]))
    client.force_login(dataset.steward)
    address = f"/datasets/{dataset.pk}/erasures/new/"
    refused = client.post(
        address, {"reference": "Jan Jansen", "cause": "withdrawn", "received_on": "2026-01-31"}
    )
    assert "Give your own case number" in told(refused)
    client.post(address, {"reference": "2026-014", "cause": "withdrawn", "received_on": "2026-01-31"})
    erasure = Erasure.objects.get()
    page = told(client.get(f"/processing/erasures/{erasure.pk}/"))
    assert "2026-014" in page
    assert "To be answered by 28 February 2026" in page
    assert "Copies under an agreement: " + agreement.organisation.name in page
    asker = make.User.objects.get(pk=agreement.requested_by_id)
    duty = erasure.duties.get(kind="copies")
    assert client.get(f"/processing/duties/{duty.pk}/").status_code == 403
    client.force_login(asker)
    assert (
        f"/processing/duties/{duty.pk}/"
        in client.get("/").content.decode() + client.get("/processing/erasures/").content.decode()
    )
    answer = {"met": "yes", "statement": "All copies are deleted."}
    assert client.post(f"/processing/duties/{duty.pk}/", answer).status_code == 302
    assert "A version kept in the factory" not in told(client.get(f"/processing/erasures/{erasure.pk}/"))
    client.force_login(dataset.steward)
    own = erasure.duties.get(kind="version")
    client.post(f"/processing/duties/{own.pk}/", {"met": "yes", "statement": "All of it is gone."})
    page = told(client.get("/processing/erasures/"))
    assert ("Done" in page, "0 of 2" in page) == (True, True)
    client.force_login(person(organisation=organisation()))
    assert client.get(f"/processing/erasures/{erasure.pk}/").status_code == 404


def test_the_list_of_requests_costs_the_same_for_many(client, django_assert_num_queries):
    user = make.steward()
    for n in range(2):
        dataset = make.published(user)
        actions.record(dataset, by=user, reference=f"case-{n}", cause="objection")
    client.force_login(user)
    with django_assert_num_queries(5):
        client.get("/processing/erasures/")


def test_the_card_is_read_by_everybody(client, told):
    dataset = make.published()
    make.in_force(make.offer(dataset))
    page = told(client.get(f"/datasets/{dataset.pk}/trust/"))
    assert "9 of 11 claims have evidence." in page
    assert "The holder does not say where it comes from." in page
    assert "No run has used it yet." in page
    nl = told(client.get(f"/datasets/{dataset.pk}/trust/", headers={"accept-language": "nl"}))
    assert "De houder zegt niet waar het vandaan komt." in nl
    assert "Why trust it?" in told(client.get(f"/datasets/{dataset.pk}/"))


def run(app, *words):
    done = CliRunner().invoke(app, [*words])
    assert done.exit_code == 0, (words, done.output, done.exception)
    return done.output


def test_the_same_from_the_command_line(live_remote, tmp_path):
    dataset = make.dataset(personal=None)
    make.version(dataset)
    live_remote(dataset.steward)
    facts = tmp_path / "facts.json"
    facts.write_text(json.dumps(make.PERSONAL))
    assert json.loads(run(cli, "say", dataset.pk, str(facts), "--json")) == make.PERSONAL
    datasets.publish_dataset(dataset, by=dataset.steward)
    agreement = make.in_force(make.offer(dataset))
    (entry,) = json.loads(run(cli, "register", "--json"))["items"]
    assert (entry["id"], entry["basis"]) == (agreement.pk, "public_task")
    (kept,) = json.loads(run(cli, "register", "--kind", "store", "--json"))["items"]
    assert (kept["id"], kept["recipients"]) == (dataset.pk, [agreement.organisation.name])
    run(cli, "export", "--to", str(tmp_path / "register.json"))
    assert len(json.loads((tmp_path / "register.json").read_text())) == 2
    assert CliRunner().invoke(cli, ["export", "--to", "register.xls"]).exception.message.endswith(".json.")
    made = json.loads(run(cli, "erase", dataset.pk, "2026-014", "--received", "2026-01-31", "--json"))
    assert (made["waiting"], made["due_on"]) == (1, "2026-02-28")
    (duty,) = made["duties"]
    answered = json.loads(run(cli, "answer", duty["id"], "Art. 17(3)(d).", "--kept", "--json"))
    assert (answered["state"], answered["statement"]) == ("excepted", "Art. 17(3)(d).")
    assert json.loads(run(cli, "erasures", "--json"))["items"][0]["state"] == "done"
    assert json.loads(run(cli, "erasure", made["id"], "--json"))["waiting"] == 0
    assert json.loads(run(cli, "words"))["basis"]["consent"] == {"en": "Consent (a)", "nl": "Toestemming (a)"}
    card = json.loads(run(datasets_cli, "trust", dataset.pk, "--json"))
    assert (card["dataset"], card["values"]["energy"]["kwh"]) == (dataset.pk, None)
    assert "no reading" in run(datasets_cli, "trust", dataset.pk)
