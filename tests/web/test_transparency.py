"""The public register, the log, reports and results: pages, routes, commands."""

import json

import pytest
from django.conf import settings as conf
from typer.testing import CliRunner

from aifactory.access import actions as access
from aifactory.audit.models import Event
from aifactory.audit.queries import latest_checkpoint
from aifactory.audit.sealing import seal_all
from aifactory.audit.verify import verify_export
from aifactory.awards.models import Project
from aifactory.cli.register import app as cli
from aifactory.kit import clock
from aifactory.people.models import Role
from aifactory.transparency import actions, queries
from tests.access import factories as applications
from tests.awards import factories as awards
from tests.people.factories import person
from tests.registry import factories as models

EVIL = "<script>alert('x')</script>"
pytestmark = pytest.mark.django_db


@pytest.fixture
def decided(store, tmp_path):
    """A call with an awarded, a rejected, an undecided and an unfinished application."""
    with clock.frozen(applications.DURING):
        call = applications.call()
        won, lost, _open = (applications.reviewed(call, tmp_path) for _ in range(3))
        applications.draft(call, tmp_path)
        chair = applications.decider()
        access.decide(won, awarded={"gpu": 3600 * 500}, reasons="Good.", by=chair)
        access.decide(lost, awarded={}, reasons="No room.", by=chair)
    return won, lost


def test_decisions_are_public_and_losers_are_not_named(decided, client, told):
    won, lost = decided
    facts = queries.with_projects(list(queries.decisions().order_by("-pk")))
    assert [(f["reference"], f["outcome"], f["organisation"]) for f in facts] == [
        (lost.reference, "rejected", None),
        (won.reference, "awarded", won.organisation.name),
    ]
    page = client.get("/register/decisions/")
    assert (lost.reference in told(page), lost.organisation.name in told(page)) == (True, False)


def test_calls_count_applications_and_days_but_no_drafts(decided):
    (call,) = queries.calls()
    assert call["applications"] == {"awarded": 1, "rejected": 1, "reviewed": 1}
    assert (call["submitted"], call["awarded"]) == (3, 1)
    assert call["days_to_decision"] == {"mean": 0.0, "longest": 0.0}


def test_undecided_and_unfinished_work_is_nowhere(decided, client, tmp_path, settings):
    settings.FACTORY_HOME = tmp_path
    won, _lost = decided
    others = list(type(won).objects.exclude(pk=won.pk))
    pages = ["/register/", "/register/decisions/", "/register/awards/", "/api/v1/register/calls", "/"]
    text = "".join(client.get(page).content.decode() for page in pages)
    assert [other.organisation.name in text or other.pk in text for other in others] == [False] * 3
    export = client.get("/register/log/export.jsonl").getvalue().decode()
    assert [other.applicant.name in export for other in others] == [False] * 3


def test_the_register_costs_the_same_however_much_was_given(client, decided, django_assert_num_queries):
    for _ in range(3):
        awards.line(awards.project(), resource="core")
    client.get("/register/")
    with django_assert_num_queries(18):
        client.get("/register/")
    with django_assert_num_queries(1):
        client.get("/register/awards/")
    with django_assert_num_queries(2):
        client.get("/register/decisions/")


def test_a_project_is_followed_from_decision_to_results(client, decided, told):
    won, _lost = decided
    project = Project.objects.get(application=won.pk)
    actions.record_outcome(
        project, by=project.leader, kind="jobs", title="Two hired", evidence="account", amount=2
    )
    words = told(client.get(f"/register/projects/{project.pk}/"))
    for said in (
        won.reference,
        "chair of the panel",
        "500 GPU-h",
        "0 of 500 GPU-h used",
        "Two hired Jobs created 2",
    ):
        assert said in words
    assert client.get("/register/projects/prj_none/").status_code == 404


def test_restricted_data_and_candidates_stay_hidden(client, plant, told):
    models.registered(plant)
    dataset = plant.agreement.offer.dataset
    address = f"/register/projects/{plant.project.pk}/"
    assert dataset.title in told(client.get(address))
    type(dataset).objects.update(access="nonpublic")
    page = client.get(address)
    assert (dataset.title in told(page), "A dataset that is not public" in told(page)) == (False, True)
    assert ("Tumour finder" in told(page), "radius" in page.content.decode()) == (False, False)
    assert queries.project(plant.project.pk)["agreements"][0]["title"] is None


def test_the_public_export_names_no_columns_of_a_model(client, plant, settings, tmp_path):
    settings.FACTORY_HOME = tmp_path
    models.registered(plant)
    export = client.get("/register/log/export.jsonl").getvalue().decode()
    assert [word in export for word in ("registry.modelversion:", "radius", "malignant")] == [
        True,
        False,
        False,
    ]


def test_simulated_runs_are_left_out_and_said(client, plant, told):
    models.trained(plant)
    facts = queries.project(plant.project.pk)
    assert (facts["simulated_runs"], facts["figures"]["energy"]["runs"]) == (1, 0)
    assert "1 run was simulated and is left out." in told(
        client.get(f"/register/projects/{plant.project.pk}/")
    )


def test_a_report_is_public_once_accepted(client, decided, told):
    project = Project.objects.get()
    actions.draft(project, by=project.leader)
    address = f"/projects/{project.pk}/report/"
    client.force_login(project.leader)
    wrong = client.post(f"{address}write/", {"summary": "", "submit": "1"})
    assert '<a href="#id_summary">' in wrong.content.decode()
    client.post(f"{address}write/", {"summary": f"It works {EVIL}", "unused": "Late."})
    assert project.report.state == "draft"
    client.post(f"{address}write/", {"summary": f"It works {EVIL}", "unused": "Late.", "submit": "1"})
    assert client.post(f"{address}decide/", {"accept": "1"}).status_code == 403
    assert "It works" not in told(client.get(f"/register/projects/{project.pk}/"))
    client.force_login(person(Role.OFFICE))
    assert "Accept the report" in told(client.get(address))
    client.post(f"{address}decide/", {"accept": "1"})
    client.logout()
    page = client.get(f"/register/projects/{project.pk}/")
    assert ("It works" in told(page), EVIL in page.content.decode()) == (True, False)


def test_results_are_recorded_on_a_page(client):
    project = awards.project()
    address = f"/projects/{project.pk}/outcomes/new/"
    client.force_login(person(Role.ADVISER))
    assert client.get(address).status_code == 403
    client.force_login(project.leader)
    wish = {"kind": "publication", "title": EVIL, "evidence": "doi:10.5555/1", "happened_on": "2026-11-01"}
    assert "This field is required" in client.post(address, {"title": ""}).content.decode()
    assert client.post(address, wish).url == f"/projects/{project.pk}/"
    for page in (f"/projects/{project.pk}/", f"/register/projects/{project.pk}/"):
        assert EVIL not in client.get(page).content.decode()
    assert [o["title"] for o in queries.project(project.pk)["outcomes"]] == [EVIL]


def test_the_log_says_where_it_stands_and_how_to_verify(client, plant, told):
    seal_all(conf.LOG_ORIGIN)
    note = latest_checkpoint().note
    page = client.get("/register/log/")
    assert "aifactory verify export.jsonl checkpoint.txt --key" in told(page)
    assert client.get("/register/log/checkpoint.txt").content.decode() == note
    assert client.get("/register/log/key.txt").content.decode().startswith(f"{conf.LOG_ORIGIN}+")
    assert client.get("/register/factory-key.pem").content.startswith(b"-----BEGIN PUBLIC KEY-----")


def test_events_and_histories_are_looked_up(client, plant, told):
    seal_all(conf.LOG_ORIGIN)
    event = Event.objects.get(name="project:open")
    assert client.get(f"/register/log/?find={event.pk}").url == f"/register/log/events/{event.pk}/"
    words = told(client.get(f"/register/log/events/{event.pk}/"))
    assert ("Yes, the proof holds" in words, plant.project.thing in words) == (True, True)
    assert "project:open" in told(client.get(f"/register/log/?find={plant.project.thing}"))
    assert "Nothing was found." in told(client.get("/register/log/?find=awards.project:none"))
    assert client.get(f"/register/log/?find={EVIL}").content.decode().count(EVIL) == 0
    assert [client.get(f"/register/log/events/{n}/").status_code for n in (10**9, 10**30)] == [404, 404]


def test_only_an_auditor_gets_the_whole_export(client, plant, settings, tmp_path):
    settings.FACTORY_HOME = tmp_path
    address = "/register/log/export.jsonl?whole=1"
    assert client.get(address).status_code == 403
    client.force_login(person(Role.OFFICE))
    assert client.get(address).status_code == 403
    client.force_login(person(Role.AUDITOR))
    assert plant.user.email.encode() in client.get(address).getvalue()


def test_the_commands_fetch_what_verifies(plant, live_remote, settings, tmp_path):
    settings.FACTORY_HOME = tmp_path / "home"
    seal_all(conf.LOG_ORIGIN)
    live_remote(None)
    note, export = tmp_path / "checkpoint.txt", tmp_path / "export.jsonl"
    assert CliRunner().invoke(cli, ["checkpoint", "--to", str(note)]).exit_code == 0
    assert CliRunner().invoke(cli, ["export", str(export)]).exit_code == 0
    assert verify_export(export, note.read_text()).ok
    figures = json.loads(CliRunner().invoke(cli, ["figures", "--json"]).output)
    assert (figures["projects"], figures["organisations"]) == (1, 1)
    shown = json.loads(CliRunner().invoke(cli, ["show", plant.project.pk, "--json"]).output)
    assert shown["title"] == plant.project.title


def test_a_report_is_handed_in_by_command(plant, live_remote):
    live_remote(plant.user)
    project = plant.project.pk
    assert CliRunner().invoke(cli, ["draft-report", project]).exit_code == 0
    run = CliRunner().invoke(
        cli, ["submit-report", project, "--summary", "Done.", "--unused", "Late.", "--json"]
    )
    assert json.loads(run.output)["state"] == "submitted"
    assert CliRunner().invoke(cli, ["accept-report", project]).exit_code == 1
    live_remote(person(Role.OFFICE))
    assert (
        json.loads(CliRunner().invoke(cli, ["accept-report", project, "--json"]).output)["state"]
        == "accepted"
    )
    wish = [
        "outcome",
        project,
        "--title",
        "Paper",
        "--evidence",
        "doi:10.5555/1",
        "--kind",
        "publication",
        "--json",
    ]
    assert json.loads(CliRunner().invoke(cli, wish).output)["title"] == "Paper"
