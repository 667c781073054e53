"""Pages and routes of cases."""

import json

import pytest
from typer.testing import CliRunner

from aifactory.cli.cases import app as cli
from aifactory.expertise import actions
from aifactory.expertise.models import Case
from aifactory.people.models import Role
from tests.expertise.test_actions import asked, open_case
from tests.people.factories import person

pytestmark = pytest.mark.django_db
EVIL = "<script>alert('x')</script>"
WISH = {"service": "law", "title": "May we?", "question": "Share the weights?"}


def test_signing_in_comes_first(client):
    case = asked()
    for path in ("/cases/", f"/cases/{case.pk}/", f"/projects/{case.project_id}/cases/new/"):
        assert client.get(path).url == f"/accounts/login/?next={path}"


def test_a_question_is_asked_on_a_page(client):
    project = asked().project
    address = f"/projects/{project.pk}/cases/new/"
    client.force_login(person(Role.ADVISER))
    assert (client.get(address).status_code, client.post(address, WISH).status_code) == (403, 403)
    client.force_login(project.leader)
    wrong = client.post(address, WISH | {"title": ""}).content.decode()
    assert '<a href="#id_title">Your question in one line: This field is required.</a>' in wrong
    answer = client.post(address, WISH)
    case = Case.objects.get(title="May we?")
    assert (answer.status_code, answer.url, case.state) == (302, f"/cases/{case.pk}/", "asked")


def test_whoever_needs_help_finds_where_to_ask(client, told):
    visitor = client.get("/services/").content.decode()
    assert visitor.count("mailto:office@aifactory.example?subject=") == 5
    assert 'href="/accounts/login/?next=/services/"' in visitor
    project = asked().project
    client.force_login(project.leader)
    page = client.get("/services/").content.decode()
    address = f"/projects/{project.pk}/cases/new/?service=law"
    assert (f'href="{address}"' in page, "mailto:" in page) == (True, False)
    assert '<option value="law" selected>' in client.get(address).content.decode()
    nl = told(client.get("/services/", headers={"Accept-Language": "nl"}))
    assert "voordat zij op veel nodes draait." in nl
    found = client.get("/api/v1/services").json()
    assert [(one["service"], one["mail"]) for one in found] == [
        (service, "office@aifactory.example") for service in ("start", "data", "model", "scale", "law")
    ]


def test_an_adviser_takes_writes_hands_over_and_closes(client, told):
    case, colleague = open_case(), person(Role.ADVISER, name="Bob Helper")
    client.force_login(case.adviser)
    page = f"/cases/{case.pk}/"
    assert "Hand over to a colleague" in told(client.get(page))
    client.post(f"{page}write/", {"text": "Median per fold.", "minutes": "45"})
    words = told(client.get(page))
    assert ("Median per fold." in words, "0.75 adviser-h" in words) == (True, True)
    wrong = client.post(f"{page}write/", {"text": "x", "minutes": "600"})
    assert "is left of the award" in told(wrong)
    client.post(f"{page}hand-over/", {"to": colleague.pk})
    assert Case.objects.get().adviser == colleague
    client.force_login(colleague)
    client.post(f"{page}close/")
    assert Case.objects.get().state == "closed"
    client.post(f"{page}reopen/")
    assert Case.objects.get().state == "open"


def test_the_asker_answers_but_books_and_closes_nothing(client, told):
    case = open_case()
    client.force_login(case.asked_by)
    page = f"/cases/{case.pk}/"
    words = told(client.get(page))
    assert ("Your answer" in words, "Close this case" in words, "Time in minutes" in words) == (
        True,
        False,
        False,
    )
    client.post(f"{page}write/", {"text": "Thanks!", "minutes": "45"})
    assert [(e.text, e.seconds) for e in case.entries.all()] == [("Thanks!", 0)]
    assert [client.post(f"{page}{verb}/").status_code for verb in ("take", "close", "reopen")] == [
        403,
        403,
        302,
    ]


def test_strangers_find_no_case(client):
    case = asked()
    client.force_login(person(Role.REVIEWER))
    assert client.get(f"/cases/{case.pk}/").status_code == 404
    assert "Gaps" not in client.get("/cases/").content.decode()


def test_what_people_write_is_escaped(client):
    case = actions.take(asked(title=EVIL, question=EVIL), by=person(Role.ADVISER, name=EVIL))
    actions.write(case, by=case.adviser, text=EVIL)
    for user in (case.asked_by, case.adviser):
        client.force_login(user)
        for path in (f"/cases/{case.pk}/", "/cases/", "/desk/", f"/projects/{case.project_id}/"):
            page = client.get(path)
            assert (page.status_code, EVIL in page.content.decode()) == (200, False)


def test_the_list_costs_the_same_however_long(client, django_assert_num_queries):
    adviser = open_case().adviser
    client.force_login(adviser)
    client.get("/cases/")
    for _ in range(5):
        asked()
    with django_assert_num_queries(4):
        client.get("/cases/")


def test_the_api_and_the_command_do_the_same(client, live_remote):
    project = asked().project
    live_remote(project.leader)
    run = CliRunner().invoke(cli, ["ask", project.pk, "--title", "How?", "--question", "Tell us.", "--json"])
    made = json.loads(run.output)
    assert (made["title"], made["state"], made["entries"], made["booked_hours"]) == ("How?", "asked", [], 0)
    live_remote(adviser := person(Role.ADVISER))
    CliRunner().invoke(cli, ["take", made["id"]])
    run = CliRunner().invoke(cli, ["write", made["id"], "So.", "--json"])
    written = json.loads(run.output)["entries"]
    assert [(entry["writer"], entry["text"], entry["hours"]) for entry in written] == [
        (adviser.name, "So.", 0)
    ]
    client.force_login(person())
    assert client.get(f"/api/v1/cases/{made['id']}").status_code == 404
